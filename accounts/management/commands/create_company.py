"""manage.py create_company --name Acme --slug acme --owner-email owner@acme.example"""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.core.validators import validate_email
from django_tenants.utils import tenant_context

from accounts.actions.invitations import invite_first_owner
from tenants.actions.companies import SlugTakenError, create_company
from tenants.actions.settings import change_settings
from tenants.jobs import JobFailedError, finish, run_pending
from tenants.links import company_url
from tenants.models import Company
from tenants.reserved import slug_problem, suggest_slug


class Command(BaseCommand):
    """Make a company, wait until it is ready, and invite its owner by mail."""

    help = "Make a company and invite its owner by e-mail."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--name", required=True, help="What the company is called.")
        parser.add_argument("--slug", required=True, help="Its address: <slug>.<public host>.")
        parser.add_argument("--owner-email", required=True, help="Who is invited as its owner.")
        parser.add_argument("--timezone", help="IANA name; its days are counted there (UTC).")
        parser.add_argument("--currency", help="ISO 4217 (USD).")

    def handle(self, *args: Any, **options: Any) -> None:
        slug, email = options["slug"].strip().lower(), options["owner_email"]
        try:
            validate_email(email)
        except ValidationError as error:
            raise CommandError(f"{email!r} is no e-mail address.") from error
        if problem := slug_problem(slug):
            raise CommandError(f"{problem} How about {suggest_slug(slug)!r}?")
        try:
            company = create_company(name=options["name"], slug=slug)
        except SlugTakenError as error:
            raise CommandError(f"{error} How about {suggest_slug(slug)!r}?") from error
        self._provision(company)
        self._settings(company, options)
        with tenant_context(company):
            invite_first_owner(email=email, actor_label="manage.py create_company")
            run_pending(queue="mail")
        self.stdout.write(f"{company.name} is ready at {company_url(company)}")
        self.stdout.write(f"An invitation to be its owner was mailed to {email}.")

    def _provision(self, company: Company) -> None:
        try:
            finish(key=f"tenants.provision:{company.pk}")
        except JobFailedError as error:
            raise CommandError(
                f"{company.slug} is not ready; its job will be tried again: {error}"
            ) from error
        company.refresh_from_db()

    def _settings(self, company: Company, options: dict[str, Any]) -> None:
        given = {key: options[key] for key in ("timezone", "currency") if options[key]}
        try:
            change_settings(company=company, values=given)
        except ValidationError as error:
            raise CommandError("; ".join(error.messages)) from error
