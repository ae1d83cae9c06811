"""What is looked for when a person is erased, and what texts are without it. Pure."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from functools import cache, cached_property
from typing import Any

from django.apps import apps

from customers.imports.kinds import KINDS
from customers.searching import escaped

WORD = "[erased]"
_LONG_ENOUGH = 3


@dataclass(frozen=True)
class Sought:
    """A person: the addresses, names and ids held of them, and where they belong.

    `contacts` and `customers` are row ids. `has_namesakes`: others here have the name, too; then
    it is taken out only where it is certain whose it is. `salt` is forgotten with the rest: then
    nobody can tell from a pseudonym which id it stands for.
    """

    addresses: Sequence[str] = ()
    names: Sequence[str] = ()
    ids: Sequence[str] = ()
    contacts: Sequence[int] = ()
    customers: Sequence[int] = ()
    has_namesakes: bool = False
    pseudonym: str = ""
    salt: str = ""

    def as_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, held: dict[str, Any]) -> Sought:
        return cls(**held)

    @cached_property
    def keys(self) -> frozenset[str]:
        """Every address and id, in lower case: what is one of these is the person."""
        return frozenset(value.lower() for value in (*self.addresses, *self.ids))

    def alias_of(self, end_user: str) -> str:
        """What stands for an end user's id: another for each, so that counts stay."""
        digest = hashlib.sha256(f"{self.salt}{end_user}".encode()).hexdigest()
        return f"{self.pseudonym}-{digest[:8]}"

    @cached_property
    def _whole_names(self) -> list[str]:
        return [name for name in self.names if len(name.split()) > 1]

    @cached_property
    def certain(self) -> Scrubber:
        """What can only be this person: addresses, telling ids, and a name nobody else has."""
        names = [] if self.has_namesakes else self._whole_names
        return Scrubber(self.addresses, names, list(filter(_is_telling, self.ids)))

    @cached_property
    def at_customer(self) -> Scrubber:
        """Also the name, for what is about the person's customers."""
        return Scrubber(self.addresses, self.names, list(filter(_is_telling, self.ids)))

    @cached_property
    def in_own(self) -> Scrubber:
        """Also each part of the name, for what the person has a part in."""
        parts = [part for name in self.names for part in name.split() if len(part) >= _LONG_ENOUGH]
        return Scrubber(self.addresses, [*self.names, *parts], list(filter(_is_telling, self.ids)))


def _is_telling(value: str) -> bool:
    """An id that is no everyday word or number: `p-17` and `8213377164` are, `17` is not, nor is
    `contacts`: taken out everywhere, a word of our own would leave nothing readable."""
    has_digit = any(character.isdigit() for character in value)
    is_long = len(value) >= 8 and value.lower() not in _own_words()
    return len(value) >= _LONG_ENOUGH and ((has_digit and not value.isdigit()) or is_long)


@cache
def _own_words() -> frozenset[str]:
    """What our tables, columns, kinds and choices are called."""
    words = {WORD.strip("[]"), "attributes"}
    for kind in KINDS.values():
        words |= {kind.key, kind.noun, kind.label, *(field.name for field in kind.fields)}
    for model in apps.get_models():
        words |= {model._meta.app_label, model._meta.db_table, str(model._meta.model_name)}
        for field in model._meta.concrete_fields:
            words |= {field.name, field.column or ""}
            words |= {str(value) for value, _ in field.flatchoices}
    return frozenset(word.lower() for word in words)


@dataclass(frozen=True)
class Scrubber:
    """Takes addresses, names and ids out of texts, where they stand as words of their own."""

    addresses: Sequence[str]
    names: Sequence[str]
    ids: Sequence[str]

    @cached_property
    def _pattern(self) -> re.Pattern[str]:
        found = [_address_pattern(address) for address in self.addresses]
        for name in self.names:
            found += _name_patterns(name)
        found += [rf"(?<!\w){re.escape(value)}(?![\w@]|[.-]\w)" for value in self.ids]
        found.sort(key=len, reverse=True)
        return re.compile("|".join(found) or r"(?!)", re.IGNORECASE)

    def text(self, value: str, word: str = WORD) -> str:
        return self._pattern.sub(lambda _: word, value)

    def has(self, value: str) -> bool:
        return self._pattern.search(value) is not None

    def json(self, value: Any, word: str = WORD) -> Any:
        """The same of every text in it, keys too."""
        if isinstance(value, str):
            return self.text(value, word)
        if isinstance(value, list):
            return [self.json(item, word) for item in value]
        if isinstance(value, dict):
            return {self.text(key, word): self.json(item, word) for key, item in value.items()}
        if isinstance(value, int) and not isinstance(value, bool):
            return word if self.has(str(value)) else value
        return value

    def text_or_json(self, value: str, word: str = WORD) -> str:
        """A text that may be JSON: its escapes would hide what it holds."""
        if value[:1] in "{[":
            try:
                held = json.loads(value)
            except ValueError:
                return self.text(value, word)
            clean = self.json(held, word)
            return value if clean == held else json.dumps(clean, ensure_ascii=False)
        return self.text(value, word)

    def like(self) -> list[str]:
        """ILIKE patterns: what holds none of them holds nothing sought. As a text and as JSON
        would write it."""
        return sorted({pattern for raw in self._raw() for pattern in _likes(raw)})

    def _raw(self) -> Iterator[str]:
        yield from self.addresses
        yield from self.ids
        for name in self.names:
            yield from name.split() if len(name.split()) == 1 else [max(name.split(), key=len)]


def _address_pattern(address: str) -> str:
    local, _, domain = address.partition("@")
    at = "(?:@|%40)"
    return (
        rf"(?<![\w.+-]){re.escape(local)}{at}{re.escape(domain)}(?![\w-]|\.\w)"
        if domain
        else rf"(?<!\w){re.escape(address)}(?!\w)"
    )


def _name_patterns(name: str) -> list[str]:
    """As it is written, and with the last part first."""
    parts = [re.escape(part) for part in name.split()]
    found = [_joined(parts, r"\s+")]
    if len(parts) > 1:
        found.append(_joined([parts[-1], *parts[:-1]], r",?\s+"))
    return found


def _joined(parts: Sequence[str], between: str) -> str:
    return rf"(?<!\w){between.join(parts)}(?!\w)"


def _likes(raw: str) -> Iterator[str]:
    for form in {
        raw,
        raw.replace("@", "%40"),
        json.dumps(raw, ensure_ascii=False)[1:-1],
        json.dumps(raw)[1:-1],
    }:
        yield f"%{escaped(form)}%"
