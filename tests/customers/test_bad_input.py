"""Every bad file gets a message that names row and column, and nothing is half stored."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import pytest

from accounts.actions.refusals import Refused
from customers.imports.options import Options
from customers.imports.parsing import DateOrder, DecimalMark
from customers.imports.problems import FileProblem
from customers.models import (
    Change,
    Contact,
    Customer,
    CustomerAttribute,
    Import,
    ImportPart,
    Plan,
    Product,
    Source,
    Subscription,
    Term,
)
from tests.customers.importing import (
    CUSTOMERS,
    checked,
    imported,
    outcome,
    problems,
    run,
    uploaded,
)

pytestmark = pytest.mark.usefixtures("company")

SUBSCRIPTIONS = "customer,subscription id,product,amount,start date,end date\n"
FACTS = (
    Change,
    Contact,
    Customer,
    CustomerAttribute,
    Plan,
    Product,
    Source,
    Subscription,
    Term,
)


def facts() -> list[int]:
    return [model.objects.count() for model in FACTS]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "The file is empty"),
        (b"id,name\n", "Row 1: The file has a header but no rows"),
        (b'id,name\nc-1,"Al', "Row 2, column name: a quote is opened and never closed"),
        (b"id,name\nc-1,Al\x00pha\n", "Row 2, column name: there is a NUL byte"),
        ("id,name\né,é\nc-1,".encode() + b"\xff\n", "Row 3, column name: byte 0xFF"),
        (b"id,name,ID\n1,2,3\n", "Row 1, column ID: Columns 1 and 3 have the same name"),
        (("id,name," + ",".join(f"c{n}" for n in range(300))).encode(), "302 columns"),
        (b"PK\x03\x04" + bytes(100), "The workbook is cut off"),
    ],
)
def test_a_file_that_is_no_table_is_refused_at_once(content: bytes, words: str) -> None:
    before = facts()
    with pytest.raises(FileProblem) as caught:
        uploaded("customers", content)
    assert words in str(caught.value)
    assert facts() == before
    assert (Import.objects.count(), ImportPart.objects.count()) == (0, 0)


@pytest.mark.parametrize(
    ("break_", "words"),
    [
        (lambda lines: [*lines[:-1], 'c-900,"Cut'], "Row 901, column name: a quote is opened"),
        (lambda lines: [*lines[:-1], "c-900,N\x00l"], "Row 901, column name: there is a NUL"),
    ],
)
def test_what_is_found_later_fails_the_check(
    break_: Callable[[list[str]], list[str]], words: str
) -> None:
    lines = ["id,name", *(f"c-{n},Customer {n}" for n in range(1, 901))]
    before = facts()
    import_ = checked("customers", "\n".join(break_(lines)))
    assert import_.state == Import.State.FAILED
    assert words in import_.message
    assert [(p.row_number, p.column) for p in import_.problems.all()] == [(901, "name")]
    assert facts() == before


@dataclass(frozen=True)
class Bad:
    """A file of one kind with one bad row, and what is said about it."""

    kind: str
    content: str
    row: int
    column: str
    words: str
    options: Options = field(default_factory=Options)


BAD_ROWS = {
    "truncated row": Bad(
        "customers",
        "id,name,joined\nc-3,C,2025-01-01\nc-4,D",
        3,
        "joined",
        "2 cells and the header 3",
    ),
    "too many cells": Bad("customers", "id,name\nc-3,C,D,E\n", 2, "name", "“D”"),
    "missing name": Bad("customers", "id,name\nc-3, \n", 2, "name", "the cell is empty"),
    "a cell too long": Bad("customers", f"id,name\nc-3,{'x' * 301}\n", 2, "name", "301 characters"),
    "same customer twice": Bad(
        "customers", "id,name\nc-3,C\nc-4,D\nc-3,E\n", 4, "id", "the customer is already in row 2"
    ),
    "no date": Bad(
        "customers",
        "id,name,joined\nc-3,C,soon\nc-4,D,2025-01-01\n",
        2,
        "joined",
        "“soon” is not a date",
    ),
    "no such day": Bad(
        "customers",
        "id,name,joined\nc-3,C,2025-02-30\nc-4,D,2025-01-01\n",
        2,
        "joined",
        "no such day",
    ),
    "date of another order": Bad(
        "customers",
        "id,name,joined\nc-3,C,13/02/2025\nc-4,D,02/13/2025\n",
        3,
        "joined",
        "“02/13/2025” is not a date",
        Options(date_order=DateOrder.DAY_FIRST),
    ),
    "negative price": Bad(
        "subscriptions", f"{SUBSCRIPTIONS}c-1,s-1,Core,-5,2025-01-01,\n", 2, "amount", "negative"
    ),
    "negative price in parentheses": Bad(
        "subscriptions", f"{SUBSCRIPTIONS}c-1,s-1,Core,(5),2025-01-01,\n", 2, "amount", "negative"
    ),
    "not a number": Bad(
        "subscriptions",
        f"{SUBSCRIPTIONS}c-1,s-1,Core,NaN,2025-01-01,\n",
        2,
        "amount",
        "not a number",
    ),
    "infinite": Bad(
        "subscriptions",
        f"{SUBSCRIPTIONS}c-1,s-1,Core,1e999,2025-01-01,\n",
        2,
        "amount",
        "not a number",
    ),
    "decimals of another kind": Bad(
        "subscriptions",
        f'{SUBSCRIPTIONS}c-1,s-1,Core,"1.234,56",2025-01-01,\n',
        2,
        "amount",
        "“1.234,56” is not a number with a decimal point",
        Options(decimal_mark=DecimalMark.POINT),
    ),
    "no currency": Bad(
        "subscriptions",
        "customer,subscription id,amount,currency,start\nc-1,s-1,5,QQQ,2025-01-01\n",
        2,
        "currency",
        "not a currency code",
    ),
    "another currency's sign": Bad(
        "subscriptions", f"{SUBSCRIPTIONS}c-1,s-1,Core,€5,2025-01-01,\n", 2, "amount", "in USD"
    ),
    "unknown interval": Bad(
        "subscriptions",
        "customer,subscription id,amount,interval,start\nc-1,s-1,5,fortnight,2025-01-01\n",
        2,
        "interval",
        "“fortnight” is not an interval",
    ),
    "unknown customer": Bad(
        "subscriptions",
        f"{SUBSCRIPTIONS}c-9,s-1,Core,5,2025-01-01,\n",
        2,
        "customer",
        "no customer with this id or name",
    ),
    "ends before it starts": Bad(
        "subscriptions",
        f"{SUBSCRIPTIONS}c-1,s-1,Core,5,2025-01-02,2025-01-02\n",
        2,
        "end date",
        "it ends on 2025-01-02, not after its start",
    ),
    "overlapping terms in the file": Bad(
        "subscriptions",
        f"{SUBSCRIPTIONS}c-1,s-1,Core,5,2025-01-01,2025-07-01\n"
        "c-2,s-2,Core,5,2025-01-01,\nc-1,s-1,Core,6,2025-06-01,\n",
        4,
        "start date",
        "the term overlaps the one from 2025-01-01 to 2025-07-01 in row 2",
    ),
    "overlaps a term held before it": Bad(
        "subscriptions",
        f"{SUBSCRIPTIONS}c-1,held,Core,5,2024-06-01,2024-07-01\n",
        2,
        "start date",
        "the term overlaps the one from 2024-01-01 to 2025-01-01, which is held already",
    ),
    "overlaps a term held after it": Bad(
        "subscriptions",
        f"{SUBSCRIPTIONS}c-1,held,Core,5,2023-06-01,2024-02-01\n",
        2,
        "start date",
        "the term overlaps the one from 2024-01-01 to 2025-01-01, which is held already",
    ),
    "same term twice": Bad(
        "subscriptions",
        f"{SUBSCRIPTIONS}c-1,s-1,Core,5,2025-01-01,\nc-1,s-1,Core,6,2025-01-01,\n",
        3,
        "start date",
        "the same subscription with the same start is already in row 2",
    ),
    "a subscription of two customers": Bad(
        "subscriptions",
        f"{SUBSCRIPTIONS}c-1,s-1,Core,5,2025-01-01,2025-02-01\nc-2,s-1,Core,6,2025-02-01,\n",
        3,
        "customer",
        "subscription s-1 is of customer c-1 in row 2",
    ),
    "a subscription of another customer": Bad(
        "subscriptions",
        f"{SUBSCRIPTIONS}c-2,held,Core,5,2025-02-01,\n",
        2,
        "customer",
        "subscription held is held for customer c-1",
    ),
    "a price too large": Bad(
        "subscriptions",
        "customer,subscription id,amount,quantity,start\nc-1,s-1,999999999999,9999999,2025-01-01\n",
        2,
        "amount",
        "too large",
    ),
}


@pytest.mark.parametrize("bad", BAD_ROWS.values(), ids=BAD_ROWS.keys())
def test_a_bad_row_is_named_and_nothing_is_stored(bad: Bad) -> None:
    imported("customers", CUSTOMERS)
    imported("subscriptions", f"{SUBSCRIPTIONS}c-1,held,Core,5,2024-01-01,2025-01-01\n")
    before = facts()
    import_ = checked(bad.kind, bad.content, options=bad.options)
    assert import_.state == Import.State.CHECKED, import_.message + import_.question
    assert import_.rows_in_error == 1
    ((row, column, message),) = problems(import_)
    assert (row, column) == (bad.row, bad.column)
    assert bad.words in message
    with pytest.raises(Refused, match=r"in error|No row"):
        run(import_)
    assert facts() == before


@pytest.mark.parametrize(
    ("kind", "content", "words"),
    [
        ("customers", "id,name,joined\nc-3,C,01/02/2025\n", "1 February 2025 or as 2 January 2025"),
        ("customers", "id,name,joined\nc-3,C,13/02/2025\nc-4,D,02/13/2025\n", "is day first and"),
        ("subscriptions", f'{SUBSCRIPTIONS}c-1,s-1,Core,"1,234",2025-01-01,\n', "1234 or as 1.234"),
    ],
)
def test_what_can_be_read_both_ways_is_asked(kind: str, content: str, words: str) -> None:
    import_ = checked(kind, content)
    assert import_.state == Import.State.UPLOADED
    assert words in import_.question
    assert import_.checked_digest == ""


def test_files_of_other_habits_come_in() -> None:
    imported(
        "customers", "id;name;joined\nc-1;Müller;31.12.2024\nc-2;Beta;01.02.2024\n".encode("cp1252")
    )
    assert Customer.objects.get(external_id="c-1").name == "Müller"
    tabs = "customer\tsubscription id\tamount\tstart\nc-1\ts-1\t1.234,56 \tDec 31, 2024\n"
    imported("subscriptions", tabs.encode("utf-16"))
    assert f"{Term.objects.get().mrr:.2f}" == "1234.56"
    wide = ",".join(f"extra {n}" for n in range(198))
    import_ = imported("customers", f"id,name,{wide}\nc-3,Wide,{','.join('x' * 198)}\n")
    assert outcome(import_) == (1, 0, 0, 0)


def test_two_hundred_attributes_come_in() -> None:
    names = [f"extra {n}" for n in range(198)]
    content = f"id,name,{','.join(names)}\nc-3,Wide,{','.join('x' * 198)}\n"
    imported("customers", content, attributes=names)
    assert CustomerAttribute.objects.count() == 198


def test_all_problems_are_counted_and_the_first_are_kept() -> None:
    rows = "\n".join(f"c-{n},Customer,never" for n in range(1500))
    mapping = {"external_id": "id", "name": "name", "signed_up_on": "joined"}
    import_ = checked("customers", f"id,name,joined\n{rows}\n", mapping=mapping)
    assert import_.rows_in_error == 1500
    assert import_.problems.count() == 1000
    assert import_.problems.first().row_number == 2  # type: ignore[union-attr]


def test_what_changed_since_the_check_stops_the_run() -> None:
    imported("customers", CUSTOMERS)
    import_ = checked("subscriptions", f"{SUBSCRIPTIONS}c-1,s-1,Core,5,2025-01-01,\n")
    Customer.objects.all().delete()
    before = facts()
    import_ = run(import_)
    assert import_.state == Import.State.FAILED
    assert "what the company holds has changed" in import_.message
    assert problems(import_) == [(2, "customer", "there is no customer with this id or name")]
    assert facts() == before
