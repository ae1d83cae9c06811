"""Finding anything of the company's by a few words. Every app says what it finds (`add_finder`)."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from django.utils.translation import gettext as _

from accounts.models import User

LONGEST = 100
MOST_EACH = 6


@dataclass(frozen=True)
class Found:
    """One thing to go to. `icon` is a name of portal/icons.svg."""

    title: str
    href: str
    text: str = ""
    icon: str = "dot"


@dataclass(frozen=True)
class Finder:
    """`find` gets the words as given, the user who asks (None: an API key) and how many are
    wanted at most; it returns only what that user may see. Costs a query or two."""

    key: str
    title: str
    find: Callable[[str, User | None, int], Iterable[Found]]
    position: int = 50


@dataclass(frozen=True)
class Group:
    """What one finder found. `has_more`: there is more than is shown."""

    key: str
    title: str
    found: tuple[Found, ...]
    has_more: bool


finders: list[Finder] = []


def add_finder(finder: Finder) -> None:
    """Registering the same key twice replaces it."""
    finders[:] = sorted(
        [known for known in finders if known.key != finder.key] + [finder],
        key=lambda known: (known.position, known.key),
    )


def words_of(text: str) -> str:
    """What was typed, with single spaces and not too long."""
    return " ".join(text.replace("\0", "").split())[:LONGEST]


def search(words: str, user: User | None, *, most: int = MOST_EACH) -> list[Group]:
    """What is found, by group; groups without anything are left out."""
    groups = []
    for finder in finders if words else ():
        found = tuple(finder.find(words, user, most + 1))
        if found:
            groups.append(Group(finder.key, _(finder.title), found[:most], len(found) > most))
    return groups


def fits(words: str, *texts: str) -> bool:
    """Each of the words begins a word of one of the texts."""
    known = " ".join(texts).lower().replace("-", " ").split()
    return all(any(word.startswith(one) for word in known) for one in words.lower().split())
