"""Importing a file that the portal itself brings: as people import theirs, and nothing else."""

from __future__ import annotations

from django.db.models import QuerySet

from accounts.models import User
from customers.actions import imports
from customers.imports.options import Options
from customers.models import Import
from customers.sample_data import ImportFile
from tenants.jobs import finish


class BringingInError(RuntimeError):
    """A file of our own was not taken, which is a mistake in it or in what takes it."""


def is_in(file: ImportFile) -> bool:
    """The file was imported."""
    return _same(file).filter(state=Import.State.DONE).exists()


def _same(file: ImportFile) -> QuerySet[Import]:
    return Import.objects.filter(kind=file.kind, file_name=file.name)


def bring_in(file: ImportFile, *, by: User | None) -> Import:
    """Import one file: take it, check it, confirm what the check showed, run it.

    One that is in already is left as it is; what a call that died had begun with it is finished
    first, or thrown away.
    """
    for unfinished in _same(file):
        finish(key=unfinished.job_key)
        unfinished.refresh_from_db()
        if unfinished.is_editable:
            imports.discard(import_=unfinished, by=by)
    done = _same(file).filter(state=Import.State.DONE).order_by("-pk").first()
    if done is not None:
        return done
    import_ = imports.take_file(kind=file.kind, file_name=file.name, pieces=[file.content], by=by)
    import_ = imports.start_check(
        import_=import_,
        mapping=file.mapping,
        attributes=file.attributes,
        options=Options(),
        by=by,
    )
    _work(import_, Import.State.CHECKED)
    import_ = imports.confirm(
        import_=import_, digest=import_.checked_digest, is_skipping_errors=False, by=by
    )
    _work(import_, Import.State.DONE)
    return import_


def _work(import_: Import, wanted: str) -> None:
    finish(key=import_.job_key)
    import_.refresh_from_db()
    if import_.state != wanted or import_.rows_in_error:
        said = [import_.question, import_.message, *map(str, import_.problems.all()[:3])]
        raise BringingInError(f"{import_.file_name}: {' '.join(filter(None, said))}")
