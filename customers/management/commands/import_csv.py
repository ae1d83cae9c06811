"""manage.py import_csv --company acme customers FILE --map external_id=account_no ...

FILE is delimited text or a workbook (.xlsx).
"""

from __future__ import annotations

from argparse import BooleanOptionalAction
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django_tenants.utils import tenant_context

from accounts.actions.refusals import Refused
from customers.actions import imports
from customers.forms import ASKED
from customers.imports.files import PART_SIZE, form_of, opened, sample_of
from customers.imports.guessing import guess_options
from customers.imports.kinds import KINDS
from customers.imports.options import EndDay, Options
from customers.imports.parsing import DateOrder, DecimalMark
from customers.imports.problems import FileProblem
from customers.imports.remembering import propose
from customers.models import Import
from customers.mrr import FACTORS
from tenants.jobs import JobFailedError, finish
from tenants.models import Company

SHOWN_PROBLEMS = 20
FIND_OUT = "auto"
REFRESH = "metrics.refresh"
MARKS = {"point": DecimalMark.POINT, "comma": DecimalMark.COMMA}


class Command(BaseCommand):
    help = (
        "Import a CSV file or a workbook into a company, wait for the result, and leave its"
        " figures computed."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "kind",
            choices=[*KINDS, FIND_OUT],
            help=f"What is in the file; {FIND_OUT}: found out from its columns.",
        )
        parser.add_argument("file", type=Path)
        parser.add_argument("--company", required=True, help="The company's slug.")
        parser.add_argument(
            "--map",
            action="append",
            default=[],
            metavar="FIELD=COLUMN",
            help="Our field = their column. Without any --map: as a file with these columns was"
            " read last time, else guessed from the header.",
        )
        parser.add_argument(
            "--guess", action="store_true", help="Guess the fields that no --map names."
        )
        parser.add_argument(
            "--attribute",
            action="append",
            default=[],
            metavar="COLUMN",
            help="A column that becomes an attribute of the customer, usable as a segment.",
        )
        parser.add_argument(
            "--sheet", default="", help="Of a workbook; without it the one that fits the kind best."
        )
        parser.add_argument("--date-order", choices=[order.value for order in DateOrder])
        parser.add_argument("--decimal-mark", choices=list(MARKS))
        parser.add_argument(
            "--end-day",
            choices=[day.value for day in EndDay],
            help="What an end date means: the day after the last one (default), the last day, or"
            " what the rows of subscriptions show.",
        )
        parser.add_argument(
            "--interval",
            choices=list(FACTORS),
            help="Of subscriptions: what an amount is for, where its row does not say. Without it:"
            " as the name of a guessed column tells, else what the contract on record has, else"
            " a month.",
        )
        parser.add_argument(
            "--gap-days",
            type=int,
            help="Of invoices: periods up to so many days apart are one. Without it: as the"
            " company's billing settings say.",
        )
        parser.add_argument(
            "--make-contacts",
            action=BooleanOptionalAction,
            help="Of past answers: make the contacts that are not known, of the customer's id and"
            " the address. Without it they are in error.",
        )
        parser.add_argument(
            "--skip-errors",
            action="store_true",
            help="Import the good rows though others are in error. Without it nothing is stored.",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        company = company_of(options["company"])
        with tenant_context(company):
            import_ = self._take(options)
            try:
                import_ = self._check(import_, options)
                self._run(import_, is_skipping_errors=options["skip_errors"])
            except CommandError:
                _discard(import_)
                raise
            except Refused as refusal:
                _discard(import_)
                raise CommandError(refusal.message) from None
            self._compute()

    def _take(self, options: dict[str, Any]) -> Import:
        path: Path = options["file"]
        try:
            return imports.take_file(
                kind="" if options["kind"] == FIND_OUT else options["kind"],
                file_name=path.name,
                pieces=_pieces(path),
                by=None,
                sheet=options["sheet"],
            )
        except OSError as error:
            raise CommandError(f"{path} can't be read: {error.strerror}.") from None
        except FileProblem as problem:
            raise CommandError(f"{path.name}: {problem}") from None

    def _check(self, import_: Import, options: dict[str, Any]) -> Import:
        mapping, attributes = _mapping(options["map"]), options["attribute"]
        said: dict[str, Any] = {}
        if not mapping or options["guess"]:
            sample = sample_of(opened(import_), form_of(import_))
            proposal = propose(KINDS[import_.kind], sample)
            if proposal.remembered is None:
                mapping = proposal.mapping | mapping
                said = guess_options(KINDS[import_.kind], mapping)
            else:
                self.stdout.write(f"Columns as last time, in {proposal.remembered.file_name}.")
                mapping = proposal.mapping | mapping
                attributes = attributes or proposal.attributes
                said = proposal.options
        given = {
            "date_order": options["date_order"],
            "decimal_mark": MARKS.get(options["decimal_mark"]),
            "end_day": options["end_day"],
            "interval": options["interval"],
            "gap_days": options["gap_days"],
            "is_making_contacts": options["make_contacts"],
        }
        given = {name: value for name, value in given.items() if value is not None}
        asks = KINDS[import_.kind].asks
        for name in ASKED:
            if name in given and name not in asks:
                raise CommandError(f"{KINDS[import_.kind].label} have no option {name}.")
        try:
            how = Options.from_json(said | given)
        except ValueError as error:
            raise CommandError(str(error)) from None
        import_ = imports.start_check(
            import_=import_,
            mapping=mapping,
            attributes=attributes,
            options=how,
            by=None,
        )
        _wait(import_)
        if import_.question:
            raise CommandError(f"{import_.question} Say which with --date-order or --decimal-mark.")
        self._stop_if_failed(import_)
        self._tell_problems(import_)
        for notice in import_.notices:
            self.stdout.write(in_words(notice))
        return import_

    def _run(self, import_: Import, *, is_skipping_errors: bool) -> None:
        if import_.rows_in_error and not is_skipping_errors:
            raise CommandError(
                f"{import_.rows_in_error:,} of {import_.rows:,} rows are in error; nothing was"
                " stored. --skip-errors imports the others."
            )
        import_ = imports.confirm(
            import_=import_,
            digest=import_.checked_digest,
            is_skipping_errors=is_skipping_errors,
            by=None,
        )
        _wait(import_)
        self._stop_if_failed(import_)
        self.stdout.write(
            f"{import_.file_name}: {import_.rows:,} rows;"
            f" {import_.created_rows:,} created, {import_.updated_rows:,} updated,"
            f" {import_.unchanged_rows:,} unchanged, {import_.rows_in_error:,} in error."
            f" (import {import_.pk})"
        )

    def _stop_if_failed(self, import_: Import) -> None:
        if import_.state == Import.State.FAILED:
            if import_.rows_in_error:
                self._tell_problems(import_)
            raise CommandError(f"{import_.file_name}: {import_.message}")

    def _tell_problems(self, import_: Import) -> None:
        for problem in import_.problems.all()[:SHOWN_PROBLEMS]:
            self.stderr.write(str(problem))
        if import_.rows_in_error > SHOWN_PROBLEMS:
            self.stderr.write(f"... {import_.rows_in_error:,} rows in error in all.")

    def _compute(self) -> None:
        finish_job(REFRESH, "The rows are stored, but computing the figures failed")
        self.stdout.write("The figures are computed.")


def in_words(notice: dict[str, Any]) -> str:
    more = ", ..." if notice["count"] > len(notice["rows"]) else ""
    rows = ", ".join(map(str, notice["rows"]))
    noun = "row" if notice["count"] == 1 else "rows"
    return f"{notice['text']} {notice['count']:,} {noun}: {rows}{more}."


def company_of(slug: str) -> Company:
    company: Company | None = Company.objects.filter(slug=slug, state=Company.State.READY).first()
    if company is None:
        there = ", ".join(
            Company.objects.filter(state=Company.State.READY)
            .order_by("slug")
            .values_list("slug", flat=True)[:20]
        )
        raise CommandError(f"There is no company {slug}; there are: {there or 'none yet'}.")
    return company


def _pieces(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while piece := file.read(PART_SIZE):
            yield piece


def _mapping(given: list[str]) -> dict[str, str]:
    mapping = {}
    for pair in given:
        field, equals, column = pair.partition("=")
        if not equals or not field.strip() or not column.strip():
            raise CommandError(
                f"--map {pair}: write our field = their column, as in --map name=title"
            )
        mapping[field.strip()] = " ".join(column.split())
    return mapping


def _wait(import_: Import) -> None:
    """Until the import is no longer at work."""
    finish_job(import_.job_key, "The import failed")
    import_.refresh_from_db()


def finish_job(key: str, failure: str) -> None:
    """Do or await the job; raises CommandError with `failure` and why."""
    try:
        finish(key=key)
    except JobFailedError as error:
        raise CommandError(f"{failure}: {error}") from None


def _discard(import_: Import) -> None:
    import_.refresh_from_db()
    if import_.is_editable:
        imports.discard(import_=import_, by=None)
