"""What jobs do with an import: the dry run and the real one. Both may be run twice."""

from __future__ import annotations

from contextlib import AbstractContextManager
from dataclasses import asdict
from datetime import datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from accounts.actions import audit
from accounts.formatting import format_number
from accounts.languages import speaking_to
from customers.actions.locking import lock_to_write
from customers.actions.undo import undo_import
from customers.imports.checking import NeedsAnswerError, Outcome, check_file
from customers.imports.kinds import KINDS
from customers.imports.problems import FileProblem
from customers.imports.remembering import remember
from customers.models import Import, ImportProblem, Source
from customers.usage.assigning import assign_to_written
from tenants.context import current_company
from tenants.jobs import enqueue


def work_on(*, import_id: int) -> None:
    """Does what is due: the dry run of an import being checked, the real one of a confirmed, the
    undo of one that is to be undone."""
    with _speaking(import_id):
        check_import(import_id=import_id)
        run_import(import_id=import_id)
        undo_import(import_id=import_id)


def _speaking(import_id: int) -> AbstractContextManager[None]:
    """What is found out is told to whoever asked for it, in their language."""
    import_ = (
        Import.objects.filter(pk=import_id)
        .select_related("created_by", "confirmed_by", "undone_by")
        .first()
    )
    asked = import_ and (import_.undone_by or import_.confirmed_by or import_.created_by)
    return speaking_to(asked or None, current_company())


@transaction.atomic
def check_import(*, import_id: int) -> None:
    """The dry run: everything up to the writing. Leaves counts and problems to confirm."""
    import_ = _take(import_id, Import.State.CHECKING)
    if import_ is None:
        return
    now = timezone.now()
    try:
        with transaction.atomic():
            outcome = check_file(import_, current_company(), now=now)
    except NeedsAnswerError as error:
        import_.state = Import.State.UPLOADED
        import_.question = " ".join(error.questions)
    except FileProblem as error:
        _fail(import_, error)
    else:
        _note(import_, outcome)
        import_.state = Import.State.CHECKED
        import_.checked_digest = import_.digest()
        import_.checked_at = now
    import_.save()


def run_import(*, import_id: int) -> None:
    """The real run: the facts, the change feed and the outcome in one transaction."""
    Import.objects.filter(pk=import_id, state=Import.State.CONFIRMED).update(
        state=Import.State.RUNNING
    )
    with transaction.atomic():
        import_ = _take(import_id, Import.State.RUNNING)
        if import_ is not None:
            _run(import_)


def _run(import_: Import) -> None:
    lock_to_write(KINDS[import_.kind], is_patient=True)
    now = timezone.now()
    try:
        with transaction.atomic():
            _store(import_, now)
    except _MoreErrorsError as error:
        _note(import_, error.outcome)
        import_.state = Import.State.FAILED
        import_.finished_at = now
        import_.message = _(
            "{now} rows are in error and {before} were when it was checked: what the company holds"
            " has changed since. Nothing was stored."
        ).format(now=format_number(error.outcome.rows_in_error), before=format_number(error.shown))
        import_.save()
        return
    except (FileProblem, NeedsAnswerError) as error:
        _fail(import_, error)
        import_.save()
        return
    _finish(import_)


class _MoreErrorsError(Exception):
    """More rows are in error than were shown."""

    def __init__(self, outcome: Outcome, shown: int) -> None:
        super().__init__(f"{outcome.rows_in_error} rows in error, {shown} shown")
        self.outcome = outcome
        self.shown = shown


def _store(import_: Import, now: datetime) -> None:
    shown = import_.rows_in_error
    source = Source.objects.create(
        kind=Source.Kind.IMPORT, label=import_.file_name, reference_id=import_.pk
    )
    outcome = check_file(import_, current_company(), now=now, source=source)
    if outcome.rows_in_error > (shown if import_.is_skipping_errors else 0):
        raise _MoreErrorsError(outcome, shown)
    import_.source = source
    _note(import_, outcome)
    import_.tell_progress(gettext_noop("Storing"))
    KINDS[import_.kind].write(outcome.stage)
    assign_to_written(outcome.stage)
    outcome.stage.store_former()


def _finish(import_: Import) -> None:
    import_.state = Import.State.DONE
    import_.message = ""
    import_.finished_at = timezone.now()
    import_.save()
    remember(import_)
    audit.record(
        by=import_.confirmed_by,
        action="import.finished",
        subject=import_,
        detail={
            "created": import_.created_rows,
            "updated": import_.updated_rows,
            "unchanged": import_.unchanged_rows,
            "in_error": import_.rows_in_error,
        },
    )
    if import_.created_rows or import_.updated_rows:
        enqueue("metrics.refresh", key="metrics.refresh")


def give_up(*, import_id: int) -> None:
    """Fail an import whose job keeps raising. Its facts were never stored; of one that was to be
    undone they stay."""
    with _speaking(import_id), transaction.atomic():
        _give_up(import_id)


def _give_up(import_id: int) -> None:
    import_ = Import.objects.select_for_update().filter(pk=import_id).first()
    if import_ is not None and import_.state == Import.State.UNDOING:
        import_.state = Import.State.DONE
        import_.message = _("Something went wrong on our side. Nothing was undone; try again.")
        import_.save()
    elif import_ is not None and import_.is_at_work:
        import_.state = Import.State.FAILED
        import_.finished_at = timezone.now()
        import_.message = _("Something went wrong on our side. Nothing was stored; try again.")
        import_.save()


def _take(import_id: int, state: str) -> Import | None:
    """The import, locked, when it is in `state`; else there is nothing to do."""
    return Import.objects.select_for_update().filter(pk=import_id, state=state).first()


def _fail(import_: Import, error: FileProblem | NeedsAnswerError) -> None:
    import_.state = Import.State.FAILED
    import_.message = str(error)
    import_.finished_at = timezone.now()
    import_.problems.all().delete()
    if isinstance(error, FileProblem) and error.row is not None:
        ImportProblem.objects.create(
            of=import_, row_number=error.row, column=error.column[:200], message=error.message
        )


def _note(import_: Import, outcome: Outcome) -> None:
    import_.rows = outcome.rows
    import_.created_rows = outcome.counts.created
    import_.updated_rows = outcome.counts.updated
    import_.unchanged_rows = outcome.counts.unchanged
    import_.ignored_rows = outcome.counts.ignored
    import_.rows_in_error = outcome.rows_in_error
    import_.notices = [asdict(notice) for notice in outcome.stage.notices]
    import_.problems.all().delete()
    ImportProblem.objects.bulk_create(
        ImportProblem(
            of=import_,
            row_number=problem.row_number,
            column=problem.column[:200],
            value=problem.value[:200],
            message=problem.message,
        )
        for problem in outcome.problems
    )
