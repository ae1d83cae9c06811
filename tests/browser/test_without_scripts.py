"""Reading works where no script runs, and so does answering a survey."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.companies import Filled
from tests.browser.looking import Looker, tab
from tests.pages import PAGES, Page

# By its route: what a page cannot do without a script, and does not pretend to.
NEEDS_SCRIPTS = {"api:docs": "a viewer of the schema; the schema itself is linked"}
WAITING = re.compile(r"\bloading\b|please wait", re.IGNORECASE)


@pytest.fixture(scope="module")
def reader(browser: Browser, filled: Filled) -> Iterator[Looker]:
    with tab(browser, cookies=filled.cookies("owner"), scripts=False) as looker:
        yield looker


@pytest.fixture(scope="module")
def anybody(browser: Browser) -> Iterator[Looker]:
    with tab(browser, cookies=[], scripts=False) as looker:
        yield looker


# As in test_every_page.py: what is open all day at every run, the rest in the slow tests.
SOME = [
    page if page.is_main else pytest.param(page, marks=pytest.mark.slow)
    for page in PAGES
    if page.route not in NEEDS_SCRIPTS
]


@pytest.mark.parametrize("page", SOME, ids=str)
def test_a_page_can_be_read(page: Page, filled: Filled, reader: Looker, anybody: Looker) -> None:
    tab_of = anybody if page.is_open else reader
    tab_of.page.goto(filled.url(page))
    main = tab_of.page.locator("main")
    expect(main.locator("h1")).to_be_visible()
    assert not WAITING.search(main.inner_text()), "something is still to come"
    assert main.locator("[aria-busy=true]").count() == 0
    late = main.locator("[hx-trigger*=load], [hx-trigger*=revealed], [hx-trigger*=intersect]")
    for number in range(late.count()):
        assert late.nth(number).locator("a[href]").count(), "a piece comes late, and has no link"
    charts = main.locator("figure:has([data-chart])")
    for number in range(charts.count()):
        assert charts.nth(number).locator("noscript").count(), "a chart must say what it needs"
    assert main.locator("table").count() or not charts.count(), "no table has a chart's numbers"


def test_a_survey_is_answered(filled: Filled, anybody: Looker) -> None:
    (page,) = [page for page in PAGES if str(page) == "surveys:answer"]
    tab_of = anybody.page
    tab_of.goto(filled.url(page))
    tab_of.locator("label", has_text=re.compile("^9$")).click()
    tab_of.locator("textarea").first.fill("Still works on the old terminal.")
    tab_of.locator("main button[type=submit]").first.click()
    expect(tab_of.get_by_role("heading", name=re.compile("Thank"))).to_be_visible()
