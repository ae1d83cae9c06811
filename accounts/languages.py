"""In which language and notation somebody is spoken to."""

from __future__ import annotations

from collections import Counter
from contextlib import AbstractContextManager

from django.db.models import Count

from accounts.models import User
from tenants.languages import speaking
from tenants.models import Company


def speaking_to(user: User | None, company: Company) -> AbstractContextManager[None]:
    """The user's own, or the company's where they chose none; for anybody else the company's."""
    chosen = (user.language, user.notation) if user else ("", "")
    return speaking(*_spoken(*chosen, company))


def spoken_at(company: Company) -> list[tuple[str, str]]:
    """The languages and notations that the company's users read in, the most usual first. Costs a
    query."""
    chosen = User.objects.active().order_by().values_list("language", "notation")
    counts = Counter([_spoken("", "", company)])
    for language, notation, users in chosen.annotate(users=Count("pk")):
        counts[_spoken(language, notation, company)] += users
    return [spoken for spoken, _ in counts.most_common()]


def _spoken(language: str, notation: str, company: Company) -> tuple[str, str]:
    language = language or company.language
    if not notation and language == company.language:
        notation = company.notation
    return language, notation
