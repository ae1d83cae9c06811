"""Users named in notes: who a text names, and what a user was named in."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from accounts.models import User
from customers.models import Customer, Mention, Note

MOST_SHOWN = 20
_WORD_AFTER = re.compile(r"[\w-]")


@dataclass(frozen=True)
class Named:
    """An unread mention with the note as it is now."""

    mention: Mention
    note: Note
    customer: Customer


def named_in(text: str, users: Iterable[User]) -> list[User]:
    """The users whom the text names: `@` and their address, or their whole name. A longer name
    goes before a shorter one that it begins with; an `@` within a word names nobody."""
    spellings = sorted(
        (
            (spelling.casefold(), user)
            for user in users
            for spelling in (user.email, user.name.strip())
            if spelling
        ),
        key=lambda pair: -len(pair[0]),
    )
    folded = text.casefold()
    found: dict[int, User] = {}
    for place in (match.start() for match in re.finditer("@", folded)):
        if place and (folded[place - 1].isalnum() or folded[place - 1] in "._-+"):
            continue
        rest = folded[place + 1 :]
        for spelling, user in spellings:
            ends = rest[len(spelling) : len(spelling) + 1]
            if rest.startswith(spelling) and not _WORD_AFTER.match(ends):
                found[user.pk] = user
                break
    return list(found.values())


def unread(user: User) -> list[Named]:
    """What the user was named in and has not read, newest first; notes that are gone are left
    out. Two queries."""
    found = list(Mention.objects.unread_by(user.pk).select_related("customer", "by")[:MOST_SHOWN])
    notes = {
        note.external_id: note
        for note in Note.objects.current().filter(
            external_id__in=[one.note_external_id for one in found]
        )
    }
    return [
        Named(one, notes[one.note_external_id], one.customer)
        for one in found
        if one.note_external_id in notes
    ]
