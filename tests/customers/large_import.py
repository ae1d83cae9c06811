"""Run as a process by a test: bring a file of many rows in, as web and worker do, and say how much
memory that took at its peak. Leaves nothing behind.

`python -m tests.customers.large_import COMPANY KIND ROWS`
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Iterator

import django
from django.conf import settings

settings.DATABASES["default"]["NAME"] = os.environ["TEST_DATABASE"]
django.setup()

from django.db import transaction  # noqa: E402
from django_tenants.utils import tenant_context  # noqa: E402

from customers.actions import import_work, imports  # noqa: E402
from customers.imports.files import form_of, opened, sample_of  # noqa: E402
from customers.imports.guessing import guess_mapping  # noqa: E402
from customers.imports.kinds import KINDS  # noqa: E402
from customers.imports.options import Options  # noqa: E402
from customers.models import Import  # noqa: E402
from tenants.models import Company  # noqa: E402
from tests.memory import peak_mb  # noqa: E402

HEADERS = {
    "customers": "id,name,joined,tier,region,notes\n",
    "narrow": "id,name,joined\n",
    "tickets": "id,customer,opened at,subject,priority,channel\n",
}
KIND_OF = {"narrow": "customers"}
PAD = "x" * 200


def line(kind: str, number: int) -> str:
    if kind == "narrow":
        return f"c-{number},Customer {number},2025-03-01\n"
    day = f"2025-{number % 12 + 1:02}-{number % 28 + 1:02}"
    if kind == "customers":
        return f"c-{number},Customer {number},{day},tier {number % 5},r{number % 7},{PAD}\n"
    at = f"{day} 10:{number % 60:02}:00"
    return f"t-{number},c-{number % 1000},{at},Subject {number},high,email\n"


def pieces(kind: str, rows: int) -> Iterator[bytes]:
    yield HEADERS[kind].encode()
    for start in range(0, rows, 1000):
        yield "".join(line(kind, n) for n in range(start, min(start + 1000, rows))).encode()


def bring_in(shape: str, rows: int) -> Import:
    begun = time.perf_counter()
    kind = KIND_OF.get(shape, shape)
    taken = imports.take_file(kind=kind, file_name="f.csv", pieces=pieces(shape, rows), by=None)
    report["upload_mb"], report["bytes"] = peak_mb(), taken.file_size
    mapping = guess_mapping(KINDS[kind], sample_of(opened(taken), form_of(taken)))
    imports.start_check(import_=taken, mapping=mapping, attributes=[], options=Options(), by=None)
    import_work.work_on(import_id=taken.pk)
    taken.refresh_from_db()
    report["check_seconds"] = round(time.perf_counter() - begun)
    if taken.state != Import.State.CHECKED:
        return taken
    imports.confirm(import_=taken, digest=taken.checked_digest, is_skipping_errors=False, by=None)
    import_work.work_on(import_id=taken.pk)
    taken.refresh_from_db()
    report["seconds"] = round(time.perf_counter() - begun)
    return taken


report: dict[str, object] = {}
with tenant_context(Company.objects.get(pk=int(sys.argv[1]))), transaction.atomic():
    if sys.argv[2] == "tickets":
        bring_in("customers", 1000)
    done = bring_in(sys.argv[2], int(sys.argv[3]))
    report |= {"state": done.state, "created": done.created_rows, "peak_mb": peak_mb()}
    report["message"] = done.message
    transaction.set_rollback(True)
sys.stdout.write(json.dumps(report))
