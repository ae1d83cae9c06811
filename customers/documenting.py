"""The pages of docs/data: every column of every kind, made from the kinds themselves."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from customers.imports.fields import (
    AttributeName,
    Currency,
    Day,
    Email,
    Field,
    Instant,
    Kind,
    LongText,
    Number,
    Text,
    Word,
    YesNo,
)
from customers.imports.files import Sample
from customers.imports.form import find_form
from customers.imports.guessing import guess_mapping, plain
from customers.imports.kinds import KINDS
from customers.imports.reading import open_table
from customers.imports.samples import SAMPLES

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "docs" / "data"
GROUPS = {
    "facts": "Facts",
    "billing": "Billing exports",
    "tools": "Other tools' exports",
}
_NAMES_SHOWN = 6
_ABOUT = """One page for each kind of file, with every column it takes and an example file that
imports as it is. The names are also the fields of the API and of the exports. Made by
`manage.py document_kinds`; do not edit.""".replace("\n", " ")
_ORDER = """Bring files in in this order, so that every row finds what it names. How to:
[Import a file](../how-to/import-a-file.md).""".replace("\n", " ")


def pages() -> dict[str, str]:
    """{file name: its text}."""
    made = {f"{kind.key}.md": page(kind) for kind in KINDS.values()}
    return {"README.md": index(), **made}


def index() -> str:
    lines = ["# Columns of every kind", "", _ABOUT, "", _ORDER]
    for group, title in GROUPS.items():
        kinds = [kind for kind in KINDS.values() if kind.group == group]
        if kinds:
            lines += ["", f"## {title}", "", "| kind | holds |", "|---|---|"]
            lines += [f"| [{kind.label}]({kind.key}.md) | {kind.description} |" for kind in kinds]
    return "\n".join([*lines, ""])


def page(kind: Kind) -> str:
    examples = examples_of(kind)
    lines = [
        f"# {kind.label}",
        "",
        kind.description,
        "",
        *_facts_about(kind),
        "",
        "| column | | holds | example |",
        "|---|---|---|---|",
    ]
    for field in kind.fields:
        required = "required" if field.is_required else ""
        example = examples.get(field.name, "")
        shown = f"`{_cell(example)}`" if example else ""
        lines.append(
            f"| `{field.name}` | {required} | {_cell(_help(field))} {_holds(field)} | {shown} |"
        )
    if kind.takes_attributes:
        lines.append(
            "| any other | | An attribute of the customer, if you tick it: `Contract type` (or"
            " `attributes.contract_type`, as exports call it) becomes `contract_type`. Text, up to"
            " 200 characters. | |"
        )
    lines += ["", *_words(kind), *_names(kind)]
    return "\n".join(lines).rstrip("\n") + "\n"


def _help(field: Field) -> str:
    return field.help.replace("(choose below)", "(say which when importing)")


def _facts_about(kind: Kind) -> Iterator[str]:
    if sample_path(kind) is not None:
        link = f"[{kind.sample}](../../customers/samples/{kind.sample})"
        yield f"Example that imports as it is: {link}."
        if kind.ages:
            yield ""
            yield (
                "What is older than said below is not taken, so the example comes with days of"
                " these weeks from Imports > New; the file in the repository keeps its own."
            )
    if kind.target and kind.target in KINDS:
        yield ""
        yield f"Its rows become [{KINDS[kind.target].label.lower()}]({kind.target}.md)."


def sample_path(kind: Kind) -> Path | None:
    path = SAMPLES / kind.sample
    return path if path.is_file() else None


def examples_of(kind: Kind) -> dict[str, str]:
    """{field: its first value in the sample}."""
    path = sample_path(kind)
    if path is None:
        return {}
    with path.open("rb") as stream:
        form = find_form(path.read_bytes(), "utf-8")
        table = open_table(stream, form)
        sample = Sample(table.columns, list(table.rows))
    return {
        name: values[0]
        for name, column in guess_mapping(kind, sample).items()
        if (values := sample.values(column, 1))
    }


def _holds(field: Field) -> str:
    """The type in words."""
    match field.type:
        case Text(maximum=maximum):
            return f"Text, up to {maximum:,} characters."
        case LongText(maximum=maximum):
            return f"Text of several lines, up to {maximum:,} characters."
        case Day():
            return "A day."
        case Instant():
            return "A day and time; without an offset in the company's zone."
        case YesNo():
            return "yes or no."
        case Number():
            return _number(field.type)
        case Currency():
            return "An ISO 4217 code."
        case AttributeName():
            return "Up to 63 characters: letters, digits and _."
        case Email():
            return "An address, up to 254 characters."
        case Word(keys=keys):
            return f"One of {', '.join(f'`{key}`' for key in keys)}."
    return ""


def _number(number: Number) -> str:
    what = "An amount" if number.is_money else "A number"
    digits = f"up to {number.whole_digits} digits"
    decimals = f" and {number.decimals} decimals" if number.decimals else ", whole"
    return f"{what}, {digits}{decimals}, {'also negative' if number.is_signed else '0 or more'}."


def _words(kind: Kind) -> Iterator[str]:
    """What else the words of a column are called."""
    for field in kind.fields:
        if isinstance(field.type, Word) and any(names for _, names in field.type.also):
            yield f"Words taken for `{field.name}`, in any case:"
            yield ""
            for key, names in field.type.also:
                yield f"- `{key}`: {names or 'nothing else'}"
            yield ""


def _names(kind: Kind) -> Iterator[str]:
    """Under which names a column is found without being told."""
    yield "Columns are found by these names too; any other can be chosen:"
    yield ""
    for field in kind.fields:
        own = plain(field.name)
        names = [name for name in field.aliases.split(", ") if name and name != own]
        if names:
            more = ", ..." if len(names) > _NAMES_SHOWN else ""
            yield f"- `{field.name}`: {', '.join(names[:_NAMES_SHOWN])}{more}"


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")
