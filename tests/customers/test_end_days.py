"""What an end date of a term means is found from the rows, and told where it may be wrong."""

from __future__ import annotations

import pytest

from customers.forms import MappingForm
from customers.imports.files import Sample
from customers.imports.kinds import KINDS
from customers.imports.options import EndDay, Options
from customers.models import Import, Term
from tests.customers.importing import CUSTOMERS, imported

pytestmark = pytest.mark.usefixtures("company")

HEADER = "customer,subscription id,product,amount,start date,end date\n"
NEXT_DAY = "c-1,s-1,Core,10,2025-01-05,2025-11-08\nc-1,s-2,Core,20,2025-11-09,\n"
SAME_DAY = "c-1,s-1,Core,10,2025-01-05,2025-11-09\nc-1,s-2,Core,20,2025-11-09,\n"
TO_DECEMBER = "c-1,s-1,Core,10,2025-01-01,2025-12-31\n"
TO_JANUARY = "c-1,s-1,Core,10,2025-01-01,2026-01-01\n"
NOTHING_TOLD = "c-1,s-1,Core,10,2025-01-05,2025-11-08\n"


def read(rows: str, end_day: EndDay) -> tuple[str, Import]:
    """The first term's end as it is stored, and the import."""
    imported("customers", CUSTOMERS)
    import_ = imported("subscriptions", HEADER + rows, options=Options(end_day=end_day))
    return str(Term.objects.order_by("starts_on").values_list("ends_on", flat=True)[0]), import_


def told(import_: Import) -> str:
    return " ".join(notice["text"] for notice in import_.notices)


@pytest.mark.parametrize(
    ("rows", "ends_on", "words"),
    [
        (NEXT_DAY, "2025-11-09", "read as last days, as these rows show"),
        (SAME_DAY, "2025-11-09", ""),
        (TO_DECEMBER, "2026-01-01", "read as last days, as these rows show"),
        (TO_JANUARY, "2026-01-01", ""),
        (NOTHING_TOLD, "2025-11-08", "Nothing in the file shows"),
        (NEXT_DAY + "c-2,s-3,Core,9,2025-01-05,2025-03-17\nc-2,s-4,Core,9,2025-03-17,\n",
         "2025-11-08", "Nothing in the file shows"),
    ],
)  # fmt: skip
def test_the_rows_say_which_day_it_is(rows: str, ends_on: str, words: str) -> None:
    found, import_ = read(rows, EndDay.FOUND)
    assert found == ends_on
    assert words in told(import_)
    assert bool(words) == bool(import_.notices)


def test_what_was_chosen_holds_and_is_doubted() -> None:
    found, import_ = read(NEXT_DAY, EndDay.FIRST_WITHOUT)
    assert found == "2025-11-08"
    assert "leaves for a day and comes back" in told(import_)
    assert import_.notices[0]["rows"] == [2]
    _, import_ = read(SAME_DAY.replace("s-", "t-"), EndDay.FIRST_WITHOUT)
    assert not import_.notices
    found, import_ = read(SAME_DAY.replace("c-1", "c-2").replace("s-", "u-"), EndDay.LAST)
    assert "overlap for a day" in told(import_)


def test_the_page_finds_it_unless_told() -> None:
    field = MappingForm(KINDS["subscriptions"], Sample(["a"], []))["end_day"]
    assert field.value() == EndDay.FOUND
    costs = MappingForm(KINDS["costs"], Sample(["a"], [])).fields["end_day"]
    assert EndDay.FOUND.value not in dict(costs.choices)  # type: ignore[attr-defined]
