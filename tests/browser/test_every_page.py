"""Every page in a real browser: axe-core, keyboard, narrow screens, weight, shifts, strangers."""

from __future__ import annotations

import http.client
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser

from tests.browser.companies import Filled
from tests.browser.looking import DESKTOP, NARROWEST, PHONE, Looker, tab
from tests.pages import PAGES, Page


@pytest.fixture(scope="module")
def owner(browser: Browser, filled: Filled) -> Iterator[Looker]:
    with tab(browser, cookies=filled.cookies("owner")) as looker:
        yield looker


@pytest.fixture(scope="module")
def anybody(browser: Browser) -> Iterator[Looker]:
    with tab(browser, cookies=[]) as looker:
        yield looker


@pytest.fixture(scope="module")
def german(browser: Browser, filled: Filled) -> Iterator[tuple[Looker, Looker]]:
    """The owner and a stranger, spoken to in German meanwhile: its words are the longer ones."""
    filled.speak("de")
    with (
        tab(browser, cookies=filled.cookies("owner")) as owner,
        tab(browser, cookies=[], locale="de-DE") as anybody,
    ):
        yield owner, anybody
    filled.speak("en")


# A browser takes a second or two for each: what is open all day at every run, the rest in the slow
# tests.
SOME = [page if page.is_main else pytest.param(page, marks=pytest.mark.slow) for page in PAGES]


@pytest.mark.parametrize("page", SOME, ids=str)
def test_a_page_is_for_everybody(
    page: Page, filled: Filled, owner: Looker, anybody: Looker
) -> None:
    looker = anybody if page.is_open else owner
    looker.turn("light", DESKTOP)
    looker.open(filled.url(page))
    found = [*looker.complaints, *looker.shift(), *looker.strangers()]
    if bool(looker.charts()) != page.has_chart:
        found.append(f"loads {looker.charts() or 'no charts script'}; see tests/pages.py")
    if not page.is_foreign:
        found += [*looker.sideways(), *looker.spilling()]
        found += [*looker.heavy(), *looker.axe(), *looker.keyboard()]
        looker.turn("dark", PHONE)
        found += looker.axe()
    looker.turn("dark", NARROWEST)
    found += [*looker.sideways(), *looker.spilling()]
    assert not found, "\n".join(found)


@pytest.mark.slow
@pytest.mark.parametrize("page", [page for page in PAGES if not page.is_foreign], ids=str)
def test_a_page_is_for_everybody_in_the_other_theme(
    page: Page, filled: Filled, owner: Looker, anybody: Looker
) -> None:
    looker = anybody if page.is_open else owner
    looker.turn("light", PHONE)
    looker.open(filled.url(page))
    found = [*looker.complaints, *looker.shift(), *looker.axe(), *looker.keyboard()]
    looker.turn("dark", DESKTOP)
    found += looker.axe()
    assert not found, "\n".join(found)


@pytest.mark.slow
@pytest.mark.parametrize("page", [page for page in PAGES if not page.is_foreign], ids=str)
def test_a_page_has_room_for_german(
    page: Page, filled: Filled, german: tuple[Looker, Looker]
) -> None:
    owner, anybody = german
    looker = anybody if page.is_open else owner
    looker.turn("light", NARROWEST)
    looker.open(filled.url(page))
    is_of_contact = page.is_open and page.route.startswith("surveys:")  # in the contact's language
    assert is_of_contact or looker.page.get_attribute("html", "lang") == "de"
    found = [*looker.sideways(), *looker.spilling()]
    looker.turn("light", DESKTOP)
    found += [*looker.sideways(), *looker.spilling()]
    assert not found, "\n".join(found)


@pytest.mark.parametrize(
    "route",
    [
        *("customers:list", "customers:task_list", "metrics:health", "metrics:renewals"),
        *("surveys:follow_up_list", "surveys:campaign_list", "customers:contacts"),
        *("accounts:audit", "accounts:people", "metrics:goals"),
        *("customers:subscriptions", "customers:fact_list", "customers:fact_detail"),
        *("customers:import_list", "surveys:advocates", "metrics:annotations"),
        *("metrics:benchmarks", "metrics:detail (by segment)", "metrics:detail (a share)"),
        *("metrics:options", "metrics:cohort", "metrics:forecast_cohort"),
        *("metrics:health_models", "metrics:health_model", "metrics:data"),
    ],
)
def test_nothing_of_a_list_to_work_through_is_aside_on_a_phone(
    route: str, filled: Filled, owner: Looker
) -> None:
    (page,) = [page for page in PAGES if str(page) == route]
    owner.turn("light", NARROWEST)
    owner.open(filled.url(page))
    found = owner.page.eval_on_selector_all(
        ".table-stacked", "(all) => all.map((one) => one.scrollWidth - one.clientWidth)"
    )
    assert found
    assert not any(found)


def test_the_last_cell_of_a_cohort_stands_as_the_others(filled: Filled, owner: Looker) -> None:
    (page,) = [page for page in PAGES if str(page) == "metrics:cohorts"]
    for size in (DESKTOP, PHONE):
        owner.turn("light", size)
        owner.open(filled.url(page))
        found = owner.page.eval_on_selector_all(
            "td.heat", "(all) => all.map((one) => getComputedStyle(one).padding)"
        )
        assert set(found) == {"0px"}


@pytest.mark.parametrize("route", ["accounts:audit", "surveys:suppressions", "customers:stream"])
def test_the_tab_that_is_open_is_in_sight_on_a_phone(
    route: str, filled: Filled, owner: Looker
) -> None:
    (page,) = [page for page in PAGES if str(page) == route]
    owner.turn("light", DESKTOP)
    owner.open(filled.url(page))
    owner.turn("light", NARROWEST)
    left, right, room = owner.page.eval_on_selector(
        ".tabs [aria-current]",
        """(one) => [one.getBoundingClientRect().left, one.getBoundingClientRect().right,
        document.documentElement.clientWidth]""",
    )
    assert left >= 0
    assert right <= room


def test_the_charts_script_is_kept_for_good(filled: Filled, owner: Looker) -> None:
    """It is large: a browser loads it once, and anew only when it is another one."""
    (page,) = [page for page in PAGES if str(page) == "metrics:detail"]
    owner.open(filled.url(page))
    (address,) = owner.charts()
    asked = http.client.HTTPConnection("127.0.0.1", filled.portal.port)
    asked.request("GET", urlsplit(address).path, headers={"Host": urlsplit(address).netloc})
    kept = asked.getresponse().headers["Cache-Control"]
    asked.close()
    assert "immutable" in kept
    assert "max-age=315360000" in kept
    name = address.rsplit("/", 1)[1]
    assert len(name.split(".")) == 3, "its address must name what is in it"
