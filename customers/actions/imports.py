"""Taking a file in, saying how it is read, confirming it, throwing it away."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from functools import partial
from typing import BinaryIO

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.actions import audit
from accounts.actions.refusals import Refused
from accounts.formatting import format_number
from accounts.models import User
from customers.imports.encoding import LABELS
from customers.imports.fields import attribute_key
from customers.imports.files import (
    PART_SIZE,
    Incoming,
    Intake,
    form_of,
    head_of,
    incoming,
    opened,
    original_pieces,
    parts_of,
    sample_of,
)
from customers.imports.form import Form, find_form
from customers.imports.guessing import fit, guess_kind
from customers.imports.kinds import KINDS
from customers.imports.options import Options
from customers.imports.parsing import BadValue
from customers.imports.problems import FileProblem
from customers.imports.remembering import forget, kind_of
from customers.models import Import, ImportPart, OriginalPart
from tenants.jobs import Job, enqueue

CHECK, RUN = "customers.check_import", "customers.run_import"
FILE_NAME_LENGTH = 200


class KindOpenError(FileProblem):
    """The columns do not tell what is in the file; somebody has to."""


@transaction.atomic
def take_file(
    *,
    kind: str,
    file_name: str,
    pieces: Iterable[bytes],
    by: User | None,
    sheet: str = "",
) -> Import:
    """Store a file to be imported, with its form and header; reads it in bounded memory.

    `kind` empty: it is found from the columns. `sheet`: of a workbook; without it the one that
    fits the kind best, of no kind the first that holds anything. Raises FileProblem when the file
    is no table and KindOpenError when its kind can't be told; then nothing is stored.
    """
    name = file_name.replace("\\", "/").rsplit("/", 1)[-1][-FILE_NAME_LENGTH:] or "file.csv"
    import_ = Import.objects.create(
        kind=KINDS[kind].key if kind else "",
        file_name=name,
        file_size=0,
        file_sha256="",
        form=asdict(Form()),
        columns=[],
        created_by=by,
    )
    with incoming(pieces, sheet, partial(fit, KINDS[kind]) if kind else None) as file:
        _store_text(import_, file)
        if file.kept is not None:
            _keep_original(import_, file.kept)
    if not kind:
        import_.kind = _found_kind(import_)
        import_.save(update_fields=["kind"])
    audit.record(
        by=by,
        action="import.uploaded",
        subject=import_,
        detail={
            "kind": import_.kind,
            "bytes": import_.file_size,
            "sha256": import_.file_sha256,
            **({"original": import_.original} if import_.original else {}),
        },
    )
    return import_


def _store_text(import_: Import, file: Incoming) -> None:
    intake = Intake()

    def fed() -> Iterable[bytes]:
        for piece in file.pieces:
            intake.feed(piece)
            yield piece

    for position, content in enumerate(parts_of(fed())):
        ImportPart.objects.create(of=import_, position=position, content=content)
    taken = intake.finish(file.form)
    import_.file_size = taken.size
    import_.file_sha256 = taken.sha256
    import_.form = asdict(taken.form)
    import_.original = file.original
    import_.columns = sample_of(opened(import_), taken.form).columns
    import_.save(update_fields=["file_size", "file_sha256", "form", "columns", "original"])


def _keep_original(import_: Import, workbook: BinaryIO) -> None:
    workbook.seek(0)
    pieces = iter(lambda: workbook.read(PART_SIZE), b"")
    for position, content in enumerate(pieces):
        OriginalPart.objects.create(of=import_, position=position, content=content)


def _found_kind(import_: Import) -> str:
    sample = sample_of(opened(import_), form_of(import_))
    found = kind_of(sample.columns) or guess_kind(sample, import_.file_name)
    if found is None:
        raise KindOpenError(
            _(
                "The names of the columns don't tell what is in the file ({names}). Choose it."
            ).format(names=", ".join(import_.columns[:10]))
        )
    return found.key


@transaction.atomic
def read_as(
    *, import_: Import, kind: str, encoding: str = "", sheet: str = "", by: User | None
) -> Import:
    """Take the file for another kind, encoding or sheet; its columns are to be mapped again.

    Raises Refused when that can't be, and FileProblem when so read it is no table.
    """
    import_ = _lock(import_)
    if not import_.is_editable:
        raise Refused(
            _("This import is {state}.").format(state=import_.get_state_display()),
            code="not_editable",
        )
    if kind not in KINDS:
        raise Refused(_("There is no kind {kind}.").format(kind=kind), code="unknown_kind")
    if sheet and sheet != import_.original.get("sheet"):
        if not import_.original_parts.exists():
            raise Refused(
                _("The workbook is not kept any more; send it again."), code="no_original"
            )
        import_.parts.all().delete()
        with incoming(original_pieces(import_), sheet) as file:
            _store_text(import_, file)
    elif encoding and not import_.original:
        if encoding not in LABELS:
            raise Refused(
                _("There is no encoding {encoding} here.").format(encoding=encoding),
                code="unknown_encoding",
            )
        import_.form = asdict(find_form(head_of(import_), encoding))
        import_.columns = sample_of(opened(import_), form_of(import_)).columns
    import_.kind = kind
    import_.state = Import.State.UPLOADED
    import_.mapping, import_.attributes, import_.options, import_.readings = {}, [], {}, {}
    import_.question = import_.message = import_.checked_digest = ""
    import_.save()
    import_.problems.all().delete()
    audit.record(
        by=by,
        action="import.reread",
        subject=import_,
        detail={"kind": kind, "form": import_.form, "sheet": sheet},
    )
    return import_


@transaction.atomic
def start_check(
    *,
    import_: Import,
    mapping: Mapping[str, str],
    attributes: Sequence[str],
    options: Options,
    by: User | None,
) -> Import:
    """Set how the file is read and queue the dry run. `mapping` is {our field: their column}.

    Raises Refused when a field or column does not exist, a required field has no column, or a
    column can't be an attribute.
    """
    import_ = _lock(import_)
    if not import_.is_editable:
        raise Refused(
            _("This import is {state}.").format(state=import_.get_state_display()),
            code="not_editable",
        )
    _refuse_bad_mapping(import_, mapping, attributes)
    if options.is_making_contacts and "customer" not in mapping:
        raise Refused(
            _(
                "To make contacts that are not known, choose the column that holds the "
                "customer's id."
            ),
            code="missing_field",
        )
    import_.mapping = dict(mapping)
    import_.attributes = list(attributes)
    import_.options = options.as_json()
    import_.readings = {}
    import_.state = Import.State.CHECKING
    import_.question = import_.message = import_.checked_digest = ""
    import_.save()
    import_.problems.all().delete()
    enqueue(CHECK, key=import_.job_key, payload={"import_id": import_.pk})
    audit.record(
        by=by,
        action="import.mapped",
        subject=import_,
        detail={"mapping": import_.mapping, "attributes": import_.attributes},
    )
    return import_


def _refuse_bad_mapping(
    import_: Import, mapping: Mapping[str, str], attributes: Sequence[str]
) -> None:
    kind = KINDS[import_.kind]
    known = {field.name for field in kind.fields}
    there = ", ".join(import_.columns)
    for name in mapping:
        if name not in known:
            raise Refused(
                _("There is no field {name}; there are {names}.").format(
                    name=name, names=", ".join(f.name for f in kind.fields)
                ),
                code="unknown_field",
            )
    for column in [*mapping.values(), *attributes]:
        if column not in import_.columns:
            raise Refused(
                _("The file has no column {column}; it has {there}.").format(
                    column=column, there=there
                ),
                code="unknown_column",
            )
    missing = [field for field in kind.required if field.name not in mapping]
    if missing:
        raise Refused(
            _("Choose a column for {names} ({ids}); the file has {there}.").format(
                names=_(" and ").join(field.shown_label for field in missing),
                ids=", ".join(field.name for field in missing),
                there=there,
            ),
            code="missing_field",
        )
    if attributes and not kind.takes_attributes:
        raise Refused(
            _("{label} have no attributes.").format(label=kind.shown_label), code="no_attributes"
        )
    _refuse_bad_attributes(attributes)


def _refuse_bad_attributes(attributes: Sequence[str]) -> None:
    keys: dict[str, str] = {}
    for column in attributes:
        try:
            key = attribute_key(column)
        except BadValue as error:
            raise Refused(error.message, code="bad_attribute") from None
        if key in keys:
            raise Refused(
                _("Columns {other} and {column} would both be the attribute {key}.").format(
                    other=keys[key], column=column, key=key
                ),
                code="bad_attribute",
            )
        keys[key] = column


@transaction.atomic
def confirm(*, import_: Import, digest: str, is_skipping_errors: bool, by: User | None) -> Import:
    """Queue what was shown. `digest` is Import.checked_digest as it was shown.

    Raises Refused when that is not what stands now, or rows are in error and not to be skipped.
    """
    import_ = _lock(import_)
    if import_.state != Import.State.CHECKED or digest != import_.checked_digest:
        raise Refused(
            _("This is no longer what was shown. Look at it again, then confirm."), code="changed"
        )
    if import_.rows_in_error and not is_skipping_errors:
        raise Refused(
            ngettext(
                "{count} row is in error. Mend the file, or import the good rows alone.",
                "{count} rows are in error. Mend the file, or import the good rows alone.",
                import_.rows_in_error,
            ).format(count=format_number(import_.rows_in_error)),
            code="rows_in_error",
        )
    if not import_.good_rows:
        raise Refused(_("No row can be imported."), code="no_good_rows")
    import_.state = Import.State.CONFIRMED
    import_.is_skipping_errors = is_skipping_errors
    import_.confirmed_by = by
    import_.confirmed_at = timezone.now()
    import_.save()
    import_.original_parts.all().delete()
    enqueue(RUN, key=import_.job_key, payload={"import_id": import_.pk})
    audit.record(
        by=by,
        action="import.confirmed",
        subject=import_,
        detail={
            "digest": digest,
            "rows": import_.good_rows,
            "is_skipping_errors": is_skipping_errors,
        },
    )
    return import_


@transaction.atomic
def discard(*, import_: Import, by: User | None) -> None:
    """Throw away a file that has not been imported. Raises Refused when it has, or is about to."""
    import_ = _lock(import_)
    if not import_.is_editable:
        raise Refused(
            _("This import is {state}.").format(state=import_.get_state_display()),
            code="not_editable",
        )
    audit.record(by=by, action="import.discarded", subject=import_)
    import_.delete()


@transaction.atomic
def forget_mapping(*, import_: Import, by: User | None) -> None:
    """Forget how files with columns like this one's are read. The import itself stays as it is,
    but for a mapping that nobody has confirmed."""
    import_ = _lock(import_)
    forget(import_)
    if import_.state == Import.State.UPLOADED:
        import_.mapping, import_.attributes, import_.options = {}, [], {}
        import_.save()
    audit.record(by=by, action="import.mapping_forgotten", subject=import_)


@transaction.atomic
def resume(*, import_: Import, by: User | None) -> Import:
    """Queue the work again of an import whose job was given up. Nothing happens to another."""
    import_ = _lock(import_)
    if is_stalled(import_):
        kind = CHECK if import_.state == Import.State.CHECKING else RUN
        enqueue(kind, key=import_.job_key, payload={"import_id": import_.pk})
        audit.record(by=by, action="import.resumed", subject=import_)
    return import_


def is_stalled(import_: Import) -> bool:
    """It should be worked on and no job is there to do it. Costs a query while at work."""
    open_states = [Job.State.QUEUED, Job.State.RUNNING]
    return (
        import_.is_at_work
        and not Job.objects.filter(key=import_.job_key, state__in=open_states).exists()
    )


def _lock(import_: Import) -> Import:
    return Import.objects.select_for_update().get(pk=import_.pk)
