"""Keeping the list of who signs in where, which "find my company" mails read."""

from __future__ import annotations

from tenants.models import Company, DirectoryEntry


def enter(*, company: Company, email: str) -> None:
    """List the address at the company; does nothing when it is listed. Part of the caller's
    transaction, also from inside the company's schema."""
    DirectoryEntry.objects.get_or_create(company_id=company.pk, email=email.lower())


def leave(*, company: Company, email: str) -> None:
    """Take the address off the company's list; does nothing when it is not on it."""
    DirectoryEntry.objects.filter(company_id=company.pk, email=email.lower()).delete()
