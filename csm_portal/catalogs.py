"""What the portal says, taken out of its sources, and the same in other languages.

`languages/<code>/<part>.po` beside this file holds what a part of the house says: the name of the
folder a text stands in, "portal" for what several say. `manage.py messages` keeps them; pages read
one catalogue per language, which `manage.py build_assets` compiles.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from django.conf import settings
from django.utils.translation.template import templatize

from metrics.words import folded

FOLDER = Path(__file__).parent / "languages"
PARTS = ("accounts", "customers", "metrics", "surveys", "tenants")
SHARED = "portal"
# What is written for those who run or build the portal, not for those who use it.
NOT_PAGES = ("management", "migrations", "demo", "documenting.py", "styleguide.html")
# By name of the function: which arguments are the context, the text and its plural.
CALLS = {
    **dict.fromkeys(("_", "gettext", "gettext_lazy", "gettext_noop", "folded"), (None, 0, None)),
    **dict.fromkeys(("pgettext", "pgettext_lazy"), (0, 1, None)),
    **dict.fromkeys(("ngettext", "ngettext_lazy"), (None, 0, 1)),
    **dict.fromkeys(("npgettext", "npgettext_lazy"), (0, 1, 2)),
}
LITERAL = r"""u?(?:"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')"""
CALL_OF_TEMPLATE = re.compile(rf"\b(n?p?gettext|_)\(({LITERAL}(?:, ?{LITERAL})*)(?:, ?count)?\)")


@dataclass(frozen=True)
class Said:
    """A text as the sources say it: what it is known by in a catalogue."""

    text: str
    plural: str = ""
    context: str = ""

    @property
    def id(self) -> str | tuple[str, str]:
        return (self.text, self.plural) if self.plural else self.text


def said_in_python(source: str) -> Iterator[Said]:
    """The texts in calls of gettext and its kin."""
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Call):
            continue
        function = node.func
        name = function.id if isinstance(function, ast.Name) else getattr(function, "attr", "")
        if name not in CALLS or not node.args:
            continue
        if isinstance(function, ast.Attribute) and name == "_":
            continue
        said = _said(node, *CALLS[name])
        if said is not None:
            yield Said(folded(said.text)) if name == "folded" else said


def _said(call: ast.Call, context: int | None, text: int, plural: int | None) -> Said | None:
    """None of a variable: what it holds is marked with gettext_noop where it is written."""
    found = []
    for place in (text, plural, context):
        argument = ast.Constant("") if place is None else call.args[place]
        if not (isinstance(argument, ast.Constant) and isinstance(argument.value, str)):
            return None
        found.append(argument.value)
    return Said(*found)


def said_in_template(source: str) -> Iterator[Said]:
    """The texts of translate, blocktranslate and _()."""
    for found in CALL_OF_TEMPLATE.finditer(templatize(source)):
        yield from said_in_python(f"{found[1]}({found[2]})")


def said_by_the_portal(root: Path | None = None) -> dict[str, set[Said]]:
    """{part: what it says}, of all sources."""
    root = root or settings.BASE_DIR
    found: dict[Said, set[str]] = {}
    for part in (*PARTS, "csm_portal"):
        for path in sorted((root / part).rglob("*.py")):
            if not set(path.parts) & set(NOT_PAGES):
                for said in said_in_python(path.read_text()):
                    found.setdefault(said, set()).add(part)
    for path in sorted((root / "templates").rglob("*.*")):
        if path.name not in NOT_PAGES:
            part = _part_of_template(path.relative_to(root / "templates"))
            for said in said_in_template(path.read_text()):
                found.setdefault(said, set()).add(part)
    parts: dict[str, set[Said]] = {part: set() for part in (*PARTS, SHARED)}
    for said, where in found.items():
        only = next(iter(where)) if len(where) == 1 else SHARED
        parts[only if only in PARTS else SHARED].add(said)
    return parts


def _part_of_template(path: Path) -> str:
    """templates/customers/... and templates/emails/customers/... are of customers."""
    folders = [{"account": "accounts"}.get(name, name) for name in path.parts[:-1]]
    return next((name for name in folders if name in PARTS), SHARED)


def languages() -> list[str]:
    """The codes of the languages there are catalogues of."""
    return sorted(code for code, _name in settings.LANGUAGES if code != settings.LANGUAGE_CODE)


def read(code: str, part: str) -> Catalog:
    path = FOLDER / code / f"{part}.po"
    if not path.exists():
        return Catalog(locale=code, domain="django", fuzzy=False)
    with path.open("rb") as file:
        return read_po(file, locale=code, domain="django", abort_invalid=True)


def renew(code: str) -> dict[str, int]:
    """Write the catalogues of this language anew: what is said now, with what was translated, in
    whichever part. {part: how many texts wait for a translation}."""
    known: dict[tuple[str, str, bool], Message] = {}
    for part in (*PARTS, SHARED):
        for message in read(code, part):
            if message.id and any(strings(message)):
                known[*_key(message), bool(message.pluralizable)] = message
    waiting = {}
    for part, texts in said_by_the_portal().items():
        catalog = Catalog(locale=code, domain="django", fuzzy=False, creation_date=None)
        for said in sorted(texts, key=lambda one: (one.text, one.context)):
            before = known.get((said.text, said.context, bool(said.plural)))
            catalog.add(said.id, before.string if before else None, context=said.context or None)
        path = FOLDER / code / f"{part}.po"
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("wb") as file:
            write_po(file, catalog, width=100, omit_header=True)
        waiting[part] = len(untranslated(catalog))
    return waiting


def strings(message: Message) -> tuple[str, ...]:
    """Its translation, or its translations by number; "" for what is missing."""
    string = message.string
    return tuple(string) if isinstance(string, list | tuple) else (string or "",)


def _key(message: Message) -> tuple[str, str]:
    text = message.id[0] if isinstance(message.id, list | tuple) else message.id
    return text, message.context or ""


def untranslated(catalog: Catalog) -> list[str]:
    """The texts that have no translation yet."""
    return [_key(message)[0] for message in catalog if message.id and not all(strings(message))]


def compile_catalogs(folder: Path) -> dict[str, int]:
    """One compiled catalogue per language under `folder`, for gettext; {code: its messages}."""
    counts = {}
    for code in languages():
        whole = Catalog(locale=code, domain="django", fuzzy=False)
        for part in (*PARTS, SHARED):
            for message in read(code, part):
                if message.id and all(strings(message)):
                    whole.add(message.id, message.string, context=message.context)
        write_compiled(folder, code, whole)
        counts[code] = len(whole)
    return counts


def write_compiled(folder: Path, code: str, catalog: Catalog) -> None:
    """The compiled catalogue of a language where gettext finds it under `folder`."""
    place = folder / code / "LC_MESSAGES"
    place.mkdir(parents=True, exist_ok=True)
    unfinished = place / ".django.mo"
    with unfinished.open("wb") as file:
        write_mo(file, catalog)
    unfinished.replace(place / "django.mo")
