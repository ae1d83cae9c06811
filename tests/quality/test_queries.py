"""How many queries each page needs is written down, and does not grow with the company.

The file says the most each page may need. After a change that is worth more queries, or that
saves some, write it anew (HOW, below) and look at the difference before committing it.
"""

from __future__ import annotations

import json
import os
from collections import Counter
from pathlib import Path

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from tenants.models import Company
from tests.cast import ROLES
from tests.casting import Clients
from tests.clients import HostClient
from tests.filled import Things, fill
from tests.pages import COMPANY, PAGES
from tests.quality.conftest import FEW

FILE = Path(__file__).parent / "query_counts.json"
MANY = 60
SAVEPOINTS = ("SAVEPOINT", "RELEASE SAVEPOINT", "ROLLBACK TO SAVEPOINT")
HOW = "QUERY_COUNTS=write .venv/bin/python -m pytest -n 0 tests/quality/test_queries.py"


Counts = dict[str, list[str]]


def queries(company: Company, things: Things, clients: dict[str, HostClient]) -> Counts:
    """{page: what it asks the database once it was opened before}; savepoints are not counted."""
    found = {}
    for page in PAGES:
        if page.urlconf != COMPANY:
            continue
        client = clients["anybody" if page.is_open else page.roles[-1]]
        path = page.path(things)
        client.get(path)
        with CaptureQueriesContext(connection) as caught:
            answer = client.get(path)
        assert answer.status_code == 200, path
        statements = [" ".join(str(query["sql"]).split()) for query in caught]
        found[str(page)] = [one for one in statements if not one.startswith(SAVEPOINTS)]
    return found


def more_of(few: list[str], many: list[str]) -> str:
    """How the statements begin that there are more of."""
    before, after = (Counter(one[:150] for one in statements) for statements in (few, many))
    return "".join(f"\n    {count}x {shape}" for shape, count in (after - before).items())


def counted(company: Company, client_of: Clients, *, customers: int) -> Counts:
    """What the pages ask in a company of so many customers, which is gone afterwards."""
    with transaction.atomic():
        things = fill(company, customers=customers)
        clients = {role: client_of(company, role) for role in ROLES}
        clients["anybody"] = client_of(company, None)
        found = queries(company, things, clients)
        transaction.set_rollback(True)
    return found


@pytest.mark.usefixtures("mailbox")
def test_pages_need_no_more_queries_than_written_down_however_many_customers(
    company: Company, client_of: Clients
) -> None:
    few = counted(company, client_of, customers=FEW)
    many = counted(company, client_of, customers=MANY)

    grown = [
        f"{page}: {len(few[page])} -> {len(many[page])}{more_of(few[page], many[page])}"
        for page in few
        if len(many[page]) > len(few[page])
    ]
    assert not grown, f"More queries for {MANY} customers than for {FEW}:\n" + "\n".join(grown)
    now = {page: len(statements) for page, statements in sorted(many.items())}
    if os.environ.get("QUERY_COUNTS") == "write":
        FILE.write_text(json.dumps(now, indent=2) + "\n")
    fixed = json.loads(FILE.read_text())
    over = [f"{page}: {now[page]}, not {fixed.get(page)}" for page in now]
    over = [line for line, page in zip(over, now, strict=True) if now[page] > fixed.get(page, 0)]
    said = f"More queries than written down; if they are worth it: {HOW}\n"
    assert not over, said + "\n".join(over)
    assert set(fixed) <= set(now), f"These are no pages any more: {set(fixed) - set(now)}; {HOW}"
