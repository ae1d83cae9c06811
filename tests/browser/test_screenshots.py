"""Pictures of every page, to be looked at: for each role, in both themes, on desktop and phone.

Of the demo company, of one without any data and of one with thousands of customers; they are kept
under var/screenshots, with contact sheets (index.html of each company). `make screenshots` makes
them; SCREENSHOTS names companies, roles or parts of page names to make fewer.
"""

from __future__ import annotations

import html
import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest
from django.conf import settings
from playwright.sync_api import Browser

from tests.browser.companies import Filled, filled_by
from tests.browser.looking import DESKTOP, PHONE, Looker, Theme, tab
from tests.cast import ROLES
from tests.pages import PAGES, Page
from tests.portal import RunningPortal, start_portal

pytestmark = pytest.mark.slow

FOLDER = Path(settings.BASE_DIR) / "var" / "screenshots"
MANY, PATIENCE, TALLEST = 5000, 1200.0, 6000
SIZES = {"desktop": DESKTOP, "phone": PHONE}
# Who owns sees all there is; the others each page once in each theme and once in each size.
LOOKS: dict[str, list[tuple[Theme, str]]] = {
    role: [("light", "desktop"), ("dark", "phone")] for role in ROLES
}
LOOKS["owner"] = [(theme, size) for theme in ("light", "dark") for size in SIZES]  # type: ignore[misc]
COMPANIES = {
    "northwind": "main_found('northwind')",
    "blank": "main_found('blank')",
    "big": f"main_big('big', {MANY})",
}
WANTED = os.environ.get("SCREENSHOTS", "").split()


def is_wanted(name: str, among: list[str]) -> bool:
    """Whether SCREENSHOTS names it, or nothing of its sort."""
    asked = [word for word in WANTED if any(word in one for one in among)]
    return not asked or any(word in name for word in asked)


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningPortal]:
    running = start_portal(tmp_path_factory.mktemp("demo"), command="demo", patience=PATIENCE)
    yield running
    running.stop()


@dataclass(frozen=True)
class Shot:
    """One picture, what it is of, and what is wrong with that."""

    page: str
    role: str
    look: str
    path: Path
    wrong: Sequence[str]

    def __str__(self) -> str:
        return f"{self.page} as {self.role}, {self.look}"


@pytest.mark.parametrize("slug", [slug for slug in COMPANIES if is_wanted(slug, list(COMPANIES))])
def test_every_page_is_pictured(slug: str, demo: RunningPortal, browser: Browser) -> None:
    company = filled_by(demo, slug, COMPANIES[slug])
    shots: list[Shot] = []
    for role in (role for role in ROLES if is_wanted(role, list(ROLES))):
        with tab(browser, cookies=company.cookies(role)) as looker:
            for page in _pages_of(role, company):
                shots += _pictures(looker, page, role, company)
    _contact_sheet(FOLDER / slug, shots)
    assert shots
    wrong = [f"{shot}: {one}" for shot in shots for one in shot.wrong]
    assert not wrong, "\n".join(wrong)


def _pages_of(role: str, company: Filled) -> Iterator[Page]:
    """The pages that the role may open, as far as the company has what they are about."""
    for page in PAGES:
        if not is_wanted(str(page), [str(one) for one in PAGES]) or page.is_open:
            continue
        if role in page.roles and page.is_about(company.things):
            yield page


def _pictures(looker: Looker, page: Page, role: str, company: Filled) -> Iterator[Shot]:
    looker.turn("light", DESKTOP)
    looker.open(company.url(page))
    for theme, size in LOOKS[role]:
        looker.turn(theme, SIZES[size])
        name = re.sub(r"\W+", "-", str(page)).strip("-")
        path = FOLDER / company.slug / role / f"{name}.{theme}.{size}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        looker.picture(path, tallest=TALLEST)
        wrong = [*looker.complaints, *looker.sideways(), *looker.spilling()]
        looker.complaints.clear()
        yield Shot(str(page), role, f"{theme}, {size}", path, wrong)


def _contact_sheet(folder: Path, shots: list[Shot]) -> None:
    """A page with all pictures, small; each leads to itself."""
    rows = []
    for page in dict.fromkeys(shot.page for shot in shots):
        pictures = "".join(
            f'<a href="{shot.path.relative_to(folder)}"><img src="{shot.path.relative_to(folder)}"'
            f' alt=""><br>{html.escape(f"{shot.role}, {shot.look}")}</a>'
            for shot in shots
            if shot.page == page
        )
        rows.append(f"<h2>{html.escape(page)}</h2><div>{pictures}</div>")
    style = "body{font:14px sans-serif}div{display:flex;flex-wrap:wrap;gap:8px}img{height:260px}"
    text = f"<!DOCTYPE html><title>{folder.name}</title><style>{style}</style>{''.join(rows)}"
    (folder / "index.html").write_text(text)
