"""Views of lists that were saved while an erased person was searched for: the words go. As an
address has them (`q=Ann+Lee`) they are no text in which a name is recognised."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from urllib.parse import parse_qsl, urlencode

from django.utils.translation import gettext_noop

from customers.actions.erasure import NAME
from customers.models import Contact
from customers.registry import Erasing
from metrics.models import SavedView

WORDS = "q"
PLACE = gettext_noop("saved views that search for the person")


def without_words(query: str) -> str:
    """The same address without what is searched for."""
    said = parse_qsl(query, keep_blank_values=True)
    return urlencode([(name, value) for name, value in said if name != WORDS])


def words_in(query: str) -> str:
    return " ".join(value for name, value in parse_qsl(query) if name == WORDS)


def erase(contacts: Sequence[Contact]) -> dict[str, int]:
    count = 0
    for view in _of(contacts):
        SavedView.objects.filter(pk=view.pk).update(query=without_words(view.query))
        count += 1
    return {PLACE: count}


def told(contacts: Sequence[Contact]) -> dict[str, int]:
    return {PLACE: len(list(_of(contacts)))}


def _of(contacts: Sequence[Contact]) -> Iterator[SavedView]:
    addresses = {contact.email.casefold() for contact in contacts}
    names = [contact.name.casefold().split() for contact in contacts if not _is_unnamed(contact)]
    ids = {contact.external_id.casefold() for contact in contacts if contact.external_id}
    for view in SavedView.objects.filter(query__contains=f"{WORDS}=").order_by("pk"):
        said = words_in(view.query).casefold().split()
        if (
            any(address in " ".join(said) for address in addresses)
            or any(_holds(said, name) or (said and _holds(name, said)) for name in names if name)
            or " ".join(said) in ids
        ):
            yield view


def _is_unnamed(contact: Contact) -> bool:
    """The name went before; what stands there is nobody's."""
    return contact.removed_at is not None and contact.name == NAME


def _holds(words: Sequence[str], some: Sequence[str]) -> bool:
    """Whether these stand among the words one after the other."""
    return any(list(words[at : at + len(some)]) == list(some) for at in range(len(words)))


ERASING = Erasing(key="saved_views", erase=erase, told=told)
