"""What identify and group calls say of people and groups, put together whatever their order."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from customers.imports.fields import attribute_key
from customers.imports.parsing import BadValue
from customers.models import StreamSubject

# Who changes what is kept of it has this lock (tenants.locks).
LOCK = "stream:calls"
USER, GROUP = StreamSubject.Kind.USER.value, StreamSubject.Kind.GROUP.value
TEXT_LIMIT = 200
TRAITS_LIMIT = 50
# So much is kept of what is said of one end user or group; further things are not.
THINGS_LIMIT = 200
ATTRIBUTE = "attribute:"
# Traits of a group that are no attributes: they are personal, too long to segment by, or ours (an
# `updated_at` would say how old the row is, an `external_id` whose it is).
_LEFT_OUT = {
    "address", "avatar", "company", "created_at", "createdat", "description", "email", "id",
    "logo", "name", "phone", "updated_at", "valid_from", "external_id",
}  # fmt: skip
# Segments made from subscriptions have these names already.
_RENAMED = {"plan": "plan_name", "product": "product_name"}

# [value, instant it was said for, message id, id of the source]: what JSON keeps of one thing said.
Said = list[Any]


@dataclass
class Subject:
    """An end user or group and all that was said of it. `public`: the sources whose word does not
    count against that of others.

    `changed`: what calls changed now; `news`: of that, what they said for the first time.
    `is_full`: they said more than is kept.
    """

    kind: str
    external_id: str
    said: dict[str, Said]
    source_id: int
    public: Collection[int] = ()
    changed: set[str] = field(default_factory=set)
    news: set[str] = field(default_factory=set)
    is_full: bool = False

    def hear(self, name: str, value: Any, *, at: dt.datetime, by: str, source_id: int) -> None:
        """Believe the latest; of two for one instant the one with the greater message id. What
        another than a public source said, a public one does not change."""
        stamp = at.astimezone(dt.UTC).isoformat(timespec="microseconds")
        held = self.said.get(name)
        if held is None and len(self.said) >= THINGS_LIMIT:
            self.is_full = True
            return
        rank = (source_id not in self.public, stamp, by)
        if held is not None and rank <= (not self.is_public(name), held[1], held[2]):
            return
        if held is None or held[0] != value:
            self.news.add(name)
        self.said[name] = [value, stamp, by, source_id]
        self.changed.add(name)
        self.source_id = source_id

    def value(self, name: str) -> Any:
        held = self.said.get(name)
        return None if held is None else held[0]

    def source_of(self, name: str) -> int:
        """Who said it. What was kept before sources were, the last one to speak did."""
        held = self.said[name]
        return int(held[3]) if len(held) > 3 else self.source_id

    def is_public(self, name: str) -> bool:
        return self.source_of(name) in self.public

    def not_public(self, names: Iterable[str]) -> set[str]:
        return {name for name in names if not self.is_public(name)}

    def source_for(self, names: Collection[str]) -> int:
        """Whose word it is when these are stored together: the latest, before public ones."""
        return max(
            (not self.is_public(name), self.said[name][1], self.source_of(name)) for name in names
        )[2]

    def updated_at(self, *, is_public_heard: bool) -> str:
        """The latest instant that anything was said for."""
        names = self.said if is_public_heard else self.not_public(self.said)
        return str(max(self.said[name][1] for name in names))


def things_said(body: Mapping[str, Any]) -> Iterator[tuple[str, str, str, Any]]:
    """(kind of subject, its id, name, value) of all that a call says."""
    user, group, traits = body["userId"], body["groupId"], body["traits"]
    if body["type"] == "group":
        yield GROUP, group, "", None
        for name, value in _of_group(traits):
            yield GROUP, group, name, value
        if user:
            yield USER, user, "group", group
        return
    company = traits.get("company")
    if isinstance(company, Mapping):
        told = _short(company.get("id"))
        group = group or told
        if told and told == group:
            yield GROUP, group, "", None
            for name, value in _of_group(company):
                yield GROUP, group, name, value
    yield USER, user, "", None
    if group:
        yield USER, user, "group", group
    for trait, name in (
        ("email", "email"),
        ("name", "name"),
        ("firstName", "first"),
        ("first_name", "first"),
        ("lastName", "last"),
        ("last_name", "last"),
        ("role", "role"),
        ("title", "title"),
    ):
        if text := _short(traits.get(trait)):
            yield USER, user, name, text


def _of_group(traits: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """The name, the day of sign-up, and scalar traits as attributes; null clears one."""
    if name := _short(traits.get("name"), limit=300):
        yield "name", name
    created = traits.get("createdAt") or traits.get("created_at")
    if isinstance(created, str) and len(created) >= 10 and _is_day(created[:10]):
        yield "signed_up_on", created[:10]
    taken = 0
    for trait in sorted(traits):
        value = traits[trait]
        if trait.lower() in _LEFT_OUT or isinstance(value, dict | list):
            continue
        try:
            key = attribute_key(_RENAMED.get(trait.lower(), _words(trait)))
        except BadValue:
            continue
        if key in _LEFT_OUT:  # `external-id`, too
            continue
        text = _short(value)
        if (text or value is None) and taken < TRAITS_LIMIT:
            taken += 1
            yield ATTRIBUTE + key, text or None


def _words(trait: str) -> str:
    """`contractType` -> `contract_Type`: as attributes of files are called."""
    return "".join(
        f"_{letter}" if letter.isupper() and before.islower() else letter
        for before, letter in zip(f" {trait}", trait, strict=False)
    )


def _short(value: Any, *, limit: int = TEXT_LIMIT) -> str:
    """A scalar as one line of text; empty for anything else, or when it does not fit."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int | float):
        value = str(value)
    if not isinstance(value, str):
        return ""
    text = " ".join(value.split())
    return text if text.isprintable() and len(text) <= limit else ""


def _is_day(text: str) -> bool:
    try:
        dt.date.fromisoformat(text)
    except ValueError:
        return False
    return True
