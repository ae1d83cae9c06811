"""Companies of a running portal, filled by tests/browser/filling.py."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from tests.pages import COMPANY, Page
from tests.portal import RunningPortal

SPEAK = """
from tenants.models import Company
Company.objects.filter(slug={1!r}).update(language={0!r})
"""


@dataclass(frozen=True)
class Filled:
    """A company of a running portal that has something to show everywhere."""

    portal: RunningPortal
    slug: str
    things: dict[str, Any]
    sessions: dict[str, str]
    cookie: str

    def url(self, page: Page) -> str:
        base = self.portal.company_url(self.slug) if page.urlconf == COMPANY else self.portal.url
        return base + page.path(self.things)

    def cookies(self, role: str) -> list[dict[str, str]]:
        host = f"{self.slug}.localhost"
        value = self.sessions[role]
        return [{"name": self.cookie, "value": value, "domain": host, "path": "/"}]

    def speak(self, language: str) -> None:
        """Speak a language from now on to everybody who chose none."""
        self.portal.manage("shell", "--no-imports", "-c", SPEAK.format(language, self.slug))


def filled_by(portal: RunningPortal, slug: str, call: str) -> Filled:
    """What `call`, of tests/browser/filling.py, said of the company it filled."""
    command = f"from tests.browser import filling; filling.{call}"
    said = portal.manage("shell", "-v", "0", "-c", command)
    (line,) = [line for line in said.splitlines() if line.startswith("FILLED ")]
    return Filled(portal, slug, **json.loads(line.removeprefix("FILLED ")))
