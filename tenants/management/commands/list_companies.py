"""manage.py list_companies"""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from tenants.links import company_url
from tenants.models import Company


class Command(BaseCommand):
    """One line per company: slug, state, address, name; separated by tabs."""

    help = "List the companies of this portal."

    def handle(self, *args: Any, **options: Any) -> None:
        for company in Company.objects.order_by("slug"):
            url = company_url(company)
            self.stdout.write(f"{company.slug}\t{company.state}\t{url}\t{company.name}")
