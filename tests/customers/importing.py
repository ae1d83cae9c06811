"""Bringing a file in, in a test: through the same actions and jobs as a page or command does."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from django.utils import timezone

from customers.actions import import_work, imports
from customers.imports.files import form_of, opened, sample_of
from customers.imports.guessing import guess_mapping
from customers.imports.kinds import KINDS
from customers.imports.options import Options
from customers.imports.samples import sample_file
from customers.models import Import

CUSTOMERS = "id,name\nc-1,Alpha\nc-2,Beta\n"


def uploaded(kind: str, content: str | bytes, name: str = "file.csv") -> Import:
    data = content.encode() if isinstance(content, str) else content
    return imports.take_file(kind=kind, file_name=name, pieces=[data], by=None)


def checked(
    kind: str,
    content: str | bytes,
    *,
    mapping: Mapping[str, str] | None = None,
    attributes: Sequence[str] = (),
    options: Options | None = None,
) -> Import:
    """The import after its dry run; the mapping is guessed unless given."""
    import_ = uploaded(kind, content)
    if mapping is None:
        sample = sample_of(opened(import_), form_of(import_))
        mapping = guess_mapping(KINDS[kind], sample)
    imports.start_check(
        import_=import_,
        mapping=mapping,
        attributes=attributes,
        options=options or Options(),
        by=None,
    )
    import_work.check_import(import_id=import_.pk)
    import_.refresh_from_db()
    return import_


def run(import_: Import, *, is_skipping_errors: bool = False) -> Import:
    imports.confirm(
        import_=import_,
        digest=import_.checked_digest,
        is_skipping_errors=is_skipping_errors,
        by=None,
    )
    import_work.run_import(import_id=import_.pk)
    import_.refresh_from_db()
    return import_


def imported(
    kind: str,
    content: str | bytes,
    *,
    mapping: Mapping[str, str] | None = None,
    attributes: Sequence[str] = (),
    options: Options | None = None,
) -> Import:
    """The import after its real run, which must succeed."""
    import_ = checked(kind, content, mapping=mapping, attributes=attributes, options=options)
    problems = [str(problem) for problem in import_.problems.all()]
    assert import_.state == Import.State.CHECKED, (import_.message, import_.question, problems)
    import_ = run(import_)
    assert import_.state == Import.State.DONE, import_.message
    return import_


def outcome(import_: Import) -> tuple[int, int, int, int]:
    """(created, updated, unchanged, in error)."""
    return (
        import_.created_rows,
        import_.updated_rows,
        import_.unchanged_rows,
        import_.rows_in_error,
    )


def problems(import_: Import) -> list[tuple[int, str, str]]:
    """(row, column, message) of each problem kept."""
    return list(import_.problems.values_list("row_number", "column", "message"))


def text_of_sample(kind: str) -> str:
    """The example file of a kind, as the page gives it today."""
    return sample_file(KINDS[kind], today=timezone.now().date()).decode()
