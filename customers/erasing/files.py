"""Taking a person out of the files that were brought in."""

from __future__ import annotations

import csv
import io
import tempfile
from typing import IO, cast

from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.languages import speaking_to
from customers.erasing.sought import Sought
from customers.imports.files import form_of, opened, parts_of
from customers.models import FormerValue, Import, ImportPart, OriginalPart
from tenants.context import current_company

_PIECE = 1 << 20
_LONGEST_NEEDLE = 1024
# Fields that name a person by id: there, an id that is no more than a number is known, too.
_PERSONAL = frozenset(
    {"contact", "end_user", "user", "requester_email", "user_email", "email", "record_id"}
)
_OPEN = (
    Import.State.UPLOADED,
    Import.State.CHECKING,
    Import.State.CHECKED,
    Import.State.CONFIRMED,
    Import.State.RUNNING,
)


def scrub_file(import_id: int, sought: Sought) -> int:
    """Empty the person's rows in a stored file and take the name out of others; 1 if there were.

    Rows keep their numbers. A file that was not brought in yet is given up, and one that cannot
    be written anew loses its content. Bounded memory; reads the file once or twice.
    """
    import_ = Import.objects.select_for_update().filter(pk=import_id).first()
    if import_ is None or not _may_hold(import_, sought):
        return 0
    with tempfile.TemporaryFile() as copy:
        try:
            if not _rewrite(import_, sought, cast("IO[bytes]", copy)):
                return 0
        except (UnicodeError, csv.Error):
            copy.truncate(0)
        copy.seek(0)
        OriginalPart.objects.filter(of=import_).delete()
        ImportPart.objects.filter(of=import_).delete()
        if import_.state in _OPEN:
            _give_up(import_)
        else:
            pieces = iter(lambda: copy.read(_PIECE), b"")
            for position, content in enumerate(parts_of(pieces)):
                ImportPart.objects.create(of=import_, position=position, content=content)
    return 1


def _give_up(import_: Import) -> None:
    import_.state = Import.State.FAILED
    import_.finished_at = timezone.now()
    with speaking_to(import_.created_by, current_company()):
        import_.message = _(
            "Somebody in this file was erased on request. Nothing of it was stored; bring it in"
            " again without them."
        )
    import_.save()
    import_.problems.all().delete()


def forget_former_values(sought: Sought) -> int:
    """What contacts' rows held before an import goes whole; undoing it brings nobody back."""
    found = FormerValue.objects.filter(table="customers_contact", row_id__in=sought.contacts)
    return found.delete()[0]


def _may_hold(import_: Import, sought: Sought) -> bool:
    """Something sought is in the bytes; looked for in lower case, in pieces that overlap."""
    form = form_of(import_)
    needles = [needle.lower() for needle in (*sought.addresses, *sought.ids)]
    needles += [max(name.split(), key=len).lower() for name in sought.names if name.strip()]
    text = io.TextIOWrapper(opened(import_), form.encoding, errors="replace", newline="")
    before = ""
    while piece := text.read(_PIECE):
        here = before + piece.lower()
        if any(needle in here for needle in needles):
            return True
        before = here[-_LONGEST_NEEDLE:]
    return False


def _rewrite(import_: Import, sought: Sought, copy: IO[bytes]) -> bool:
    """Writes the file without the person to `copy`; whether that is another file."""
    form = form_of(import_)
    personal = {
        import_.columns.index(column)
        for field, column in import_.mapping.items()
        if column in import_.columns
        and (field in _PERSONAL or (field == "external_id" and import_.kind == "contacts"))
    }
    source = io.TextIOWrapper(opened(import_), form.encoding, errors="replace", newline="")
    out = io.TextIOWrapper(copy, form.encoding, newline="", write_through=True)
    for _skipped in range(form.skipped):
        out.write(source.readline())
    writer = csv.writer(out, delimiter=form.delimiter, quotechar=form.quote)
    is_header, is_changed = True, False
    for cells in csv.reader(source, delimiter=form.delimiter, quotechar=form.quote):
        clean = cells if is_header else _clean(cells, personal, sought)
        is_changed = is_changed or clean != cells
        writer.writerow(clean)
        is_header = is_header and not any(cells)
    out.detach()
    return is_changed


def _clean(cells: list[str], personal: set[int], sought: Sought) -> list[str]:
    """The row without the person; empty when it is about them."""
    for place, cell in enumerate(cells):
        value = cell.strip().lower().removeprefix("mailto:")
        if value in sought.keys and (place in personal or sought.certain.has(cell)):
            return []
    return [sought.certain.text(cell) if cell else cell for cell in cells]
