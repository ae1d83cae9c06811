"""Adding sample data to a company that has no customers yet, and taking all of them out again."""

from __future__ import annotations

from contextlib import AbstractContextManager

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from accounts.actions import audit
from accounts.actions.refusals import Refused
from accounts.formatting import format_number
from accounts.languages import speaking_to
from accounts.models import Role, User
from customers import sample_data
from customers.actions import undo
from customers.actions.bringing_in import bring_in
from customers.actions.facts import remove_facts
from customers.imports.kinds import KINDS
from customers.models import Customer, Import, SampleData, Source
from customers.models.source import SAMPLE_DATA_REMOVED
from customers.wording import within
from tenants.context import current_company
from tenants.jobs import enqueue, finish
from tenants.models import Company

WORK = "customers.sample_data"


def add(*, by: User) -> SampleData:
    """Queue the adding. Raises Refused when there are customers, or sample data."""
    company = current_company()
    if Customer.objects.exists():
        raise Refused(
            _("Sample data are for a company without customers; this one has some."),
            code="has_customers",
        )
    try:
        with transaction.atomic():
            row = SampleData.objects.create(as_of=company.today(), changed_by=by)
            _tell(company, is_there=True)
            enqueue(WORK, key=WORK)
            audit.record(by=by, action="sample_data.added", subject=company)
    except IntegrityError:
        raise Refused(_("The sample data are there already."), code="there_already") from None
    return row


@transaction.atomic
def remove(*, by: User) -> None:
    """Queue the removal. Raises Refused while there are none, or they are still being added."""
    row = SampleData.objects.select_for_update().first()
    if row is None:
        raise Refused(_("There are no sample data."), code="not_there")
    if row.state == SampleData.State.ADDING:
        raise Refused(_("They are still being added: wait a moment."), code="being_added")
    row.state = SampleData.State.REMOVING
    row.changed_by, row.message = by, ""
    row.save()
    enqueue(WORK, key=WORK)
    audit.record(by=by, action="sample_data.removal_asked", subject=current_company())


def work() -> None:
    """The job's part: does what the row asks for, from where an earlier attempt stopped."""
    row = SampleData.objects.first()
    with _speaking(row):
        if row is not None and row.state == SampleData.State.ADDING:
            _add(row)
        elif row is not None and row.state == SampleData.State.REMOVING:
            _remove(row)


def _speaking(row: SampleData | None) -> AbstractContextManager[None]:
    """What is told of the work is told to whoever asked for it."""
    return speaking_to(row.changed_by if row else None, current_company())


def give_up() -> None:
    """The job's last attempt failed: what came in can be removed."""
    with _speaking(SampleData.objects.first()):
        told = _("Something went wrong on our side. Remove what is there and try again.")
    SampleData.objects.exclude(state=SampleData.State.THERE).update(
        state=SampleData.State.THERE, message=told
    )


def _add(row: SampleData) -> None:
    working = User.objects.active().exclude(role=Role.VIEWER).order_by("pk")
    owners = [user.name or user.email for user in working]
    files = sample_data.make_files(current_company(), row.as_of, owners)
    row.total = len(files)
    for number, file in enumerate(files):
        row.done, row.doing = number, _doing(file)
        row.save()
        import_ = bring_in(file, by=row.changed_by)
        if import_.pk not in row.imports:
            row.imports.append(import_.pk)
    row.done, row.doing, row.state = row.total, "", SampleData.State.THERE
    row.save()


def _doing(file: sample_data.ImportFile) -> str:
    return _("Importing {count} {kind}").format(
        count=format_number(file.rows), kind=within(KINDS[file.kind].label)
    )


def _remove(row: SampleData) -> None:
    """First the customers with all that hangs on them, also what people added to them; then what
    the files brought beside, the last first."""
    brought = Import.objects.filter(pk__in=row.imports)
    row.doing = _("Removing the customers and what hangs on them")
    row.save()
    with transaction.atomic():
        sources = brought.exclude(source=None).values("source")
        names = list(
            Customer.objects.filter(source__in=sources).values_list("external_id", flat=True)
        )
        source = Source.objects.create(kind=Source.Kind.USER, label=SAMPLE_DATA_REMOVED)
        remove_facts(kind=KINDS["customers"], external_ids=names, source=source)
    for import_ in brought.order_by("-pk"):
        if import_.state == Import.State.DONE:
            undo.start_undo(import_=import_, by=row.changed_by)
        finish(key=import_.job_key)
    for cleanup in sample_data.cleanups:
        cleanup()
    company = current_company()
    with transaction.atomic():
        row.delete()
        _tell(company, is_there=False)
        audit.record(by=row.changed_by, action="sample_data.removed", subject=company)


def _tell(company: Company, *, is_there: bool) -> None:
    Company.objects.filter(pk=company.pk).update(has_sample_data=is_there)
