"""Other tools' exports: a file of theirs brought to the rows of one of our kinds.

An adapter is a Kind whose fields are the tool's columns. When its rows are staged, `rows` (SQL
over them) gives the target's rows; from there on it is the target's import: the same checks, the
same report, the same facts.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from customers.imports.fields import Field, Kind
from customers.imports.staging import Stage


def adapted(
    target: Kind,
    *,
    key: str,
    label: str,
    description: str,
    fields: Sequence[Field],
    rows: str,
    said: Mapping[str, str | Sequence[str]],
    before: Callable[[Stage], None] | None = None,
    group: str = "tools",
) -> Kind:
    """A Kind that reads a tool's file as rows of `target`.

    `rows`: SQL of a SELECT over `import_row r` that gives `row_number` and columns named as the
    target's fields (those it speaks about). `said`: {target's field: the adapter's fields it is
    made of}; a problem with it is shown at the first, and where the file has none of them, what
    is held stays. `before` may note problems over the tool's own rows first. Attributes pass
    through when the target takes them.
    """
    made_of = {
        name: (sources,) if isinstance(sources, str) else tuple(sources)
        for name, sources in said.items()
    }

    def check(stage: Stage) -> None:
        if before is not None:
            before(stage)
            stage.drop_bad_rows()
        _become(stage, target, rows, made_of)
        target.check(stage)

    return Kind(
        key=key,
        label=label,
        noun=target.noun,
        description=description,
        sample=f"{key}.csv",
        fields=tuple(fields),
        check=check,
        compare=target.compare,
        write=target.write,
        takes_attributes=target.takes_attributes,
        group=group,
        target=target.key,
        asks=tuple(name for name in target.asks if name not in made_of),
        stored=target.stored_as,
        writes=target.writes,
    )


def _become(stage: Stage, target: Kind, rows: str, made_of: Mapping[str, Sequence[str]]) -> None:
    """Replace the staged rows by the target's."""
    attributes = [f"a{n}" for n in range(len(stage.attribute_keys))]
    spoken = [
        field.name
        for field in target.fields
        if field.name in made_of
        and (field.is_required or not stage.mapped.isdisjoint(made_of[field.name]))
    ]
    columns = ", ".join(["row_number", *(f'"{name}"' for name in spoken)])
    stage.execute("DROP TABLE IF EXISTS pg_temp.import_foreign, pg_temp.import_adapted")
    stage.execute("ALTER TABLE import_row RENAME TO import_foreign")
    stage.execute(
        "CREATE TEMPORARY TABLE import_adapted ON COMMIT DROP AS"
        f" SELECT {columns} FROM ({rows.replace('import_row', 'import_foreign')}) adapted"
    )
    shown_at = {name: sources[0] for name, sources in made_of.items()}
    stage.become(target, mapped=frozenset(spoken), shown_at=shown_at)
    kept = "".join(f", f.{name}" for name in attributes)
    mine = ", ".join(["a.row_number", *(f'a."{name}"' for name in spoken)])
    stage.execute(
        f"INSERT INTO import_row ({columns}{''.join(f', {name}' for name in attributes)})"
        f" SELECT {mine}{kept} FROM import_adapted a JOIN import_foreign f USING (row_number)"
    )
    stage.execute("DROP TABLE import_foreign, import_adapted")
    stage.analyze("import_row")
