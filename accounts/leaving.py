"""What goes with a user who leaves or may do less. Apps above say it (`add_belonging`)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from accounts.models import User


@dataclass(frozen=True)
class Belonging:
    """`told` says, for the page that asks, what of each of these users would go, in a sentence, by
    the user's id; a query. `take` takes it away, where `user` as they are now may not have it, in
    the transaction that changed them, and says in a sentence what went, or nothing."""

    key: str
    told: Callable[[Sequence[User]], Mapping[int, str]]
    take: Callable[[User, User], str]


belongings: list[Belonging] = []


def add_belonging(belonging: Belonging) -> None:
    """Registering the same key twice replaces it."""
    belongings[:] = [known for known in belongings if known.key != belonging.key] + [belonging]


def told_of(users: Sequence[User]) -> dict[int, list[str]]:
    """By user's id, those of whom something would go."""
    found: dict[int, list[str]] = {}
    for belonging in belongings:
        for user_id, words in belonging.told(users).items():
            found.setdefault(user_id, []).append(words)
    return found


def take_from(user: User, by: User) -> list[str]:
    """Whatever the user may not have any more, by who changed them: what went, in sentences."""
    return [words for one in belongings if (words := one.take(user, by))]
