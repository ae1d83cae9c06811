"""A walk by Tab: through every page that is open all day, and into and out of what opens there."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.companies import Filled
from tests.browser.looking import DESKTOP, NARROWEST, Looker, tab
from tests.pages import PAGES, Page

TABBING = (Path(__file__).parent / "tabbing.js").read_text()
MAIN = [page for page in PAGES if page.is_main]
TODAY = next(page for page in PAGES if page.route == "metrics:today")
CUSTOMERS = next(page for page in PAGES if page.route == "customers:list")


@pytest.fixture(scope="module")
def walker(browser: Browser, filled: Filled) -> Iterator[Looker]:
    with tab(browser, cookies=filled.cookies("owner")) as looker:
        yield looker


def walk(
    looker: Looker, *, within: str = "", backwards: bool = False, is_modal: bool = False
) -> list[str]:
    """What is wrong with going from one control to the next until the first one comes again: what
    was not reached, does not show the focus, or holds it. `within`: what has to be reached;
    `is_modal`: and nothing else."""
    page = looker.page
    page.keyboard.press("Tab")  # from now on focus is drawn as for a keyboard
    page.evaluate(TABBING)
    controls = dict(page.evaluate("() => tabbing.controls()"))
    wanted = dict(page.evaluate("(root) => tabbing.controls(root)", within or None))
    assert wanted, "nothing to walk through"
    found: list[str] = []
    reached: list[int] = []
    stuck = 0
    last = None
    for _ in range(3 * len(controls) + 20):
        page.keyboard.press("Shift+Tab" if backwards else "Tab")
        at = page.evaluate("() => tabbing.at()")
        if not at["shows"]:
            found.append(f"does not show the focus: {at['name']}")
        number = at["number"]
        stuck = stuck + 1 if number is not None and number == last else 0
        if stuck > 8:  # a date has a few parts of its own to go through
            return [*found, f"holds the focus: {at['name']}"]
        last = number
        if number is None or number in reached[-1:]:
            continue
        if number in reached:
            break
        reached.append(number)
    else:
        found.append("the walk did not end")
    found += [f"is not reached: {name}" for number, name in wanted.items() if number not in reached]
    if is_modal:
        found += [f"leads out: {controls[number]}" for number in reached if number not in wanted]
    if not within:
        forwards = reached[::-1] if backwards else reached
        first = forwards.index(min(forwards))
        ordered = forwards[first:] + forwards[:first]
        if ordered != sorted(ordered):
            found.append(f"the order is not that of the page: {ordered}")
    return found


@pytest.mark.slow
@pytest.mark.parametrize("page", MAIN, ids=str)
def test_tab_reaches_everything(page: Page, filled: Filled, walker: Looker) -> None:
    walker.turn("light", DESKTOP)
    walker.open(filled.url(page))
    found = walk(walker)
    walker.turn("dark", NARROWEST)
    walker.open(filled.url(page))
    found += [f"narrow: {one}" for one in walk(walker, backwards=True)]
    assert not found, "\n".join(dict.fromkeys(found))


def test_the_palette_is_walked_through_and_left(filled: Filled, walker: Looker) -> None:
    walker.turn("light", DESKTOP)
    walker.open(filled.url(TODAY))
    page = walker.page
    opener = page.locator("[data-open-palette]")
    opener.focus()
    page.keyboard.press("Enter")
    expect(page.locator("#palette input")).to_be_focused()
    page.keyboard.type("cust")
    expect(page.locator("#palette-results a").first).to_be_visible()
    assert walk(walker, within="#palette", is_modal=True) == []
    page.keyboard.press("Escape")
    if page.locator("#palette").evaluate("(palette) => palette.open"):
        page.keyboard.press("Escape")  # the first one cleared the field
    expect(page.locator("#palette")).not_to_be_visible()
    expect(opener).to_be_focused()


def test_the_shortcuts_open_from_the_menu_and_lead_back(filled: Filled, walker: Looker) -> None:
    walker.turn("light", DESKTOP)
    walker.open(filled.url(TODAY))
    page = walker.page
    summary = page.locator(".topbar .menu > summary")
    summary.focus()
    page.keyboard.press("Enter")
    expect(page.locator(".topbar .menu-panel")).to_be_visible()
    opener = page.locator("[data-open-shortcuts]")
    opener.focus()
    page.keyboard.press("Enter")
    expect(page.locator("#shortcuts")).to_be_visible()
    assert walk(walker, within="#shortcuts", is_modal=True) == []
    page.keyboard.press("Escape")
    expect(page.locator("#shortcuts")).not_to_be_visible()
    expect(opener).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.locator(".topbar .menu-panel")).not_to_be_visible()
    expect(summary).to_be_focused()


@pytest.mark.parametrize("menu", [".topbar .menu", ".side-more .menu"])
def test_a_menu_is_walked_through_and_left(menu: str, filled: Filled, walker: Looker) -> None:
    walker.turn("dark", NARROWEST)
    walker.open(filled.url(CUSTOMERS))
    page = walker.page
    summary = page.locator(f"{menu} > summary")
    summary.focus()
    page.keyboard.press("Enter")
    expect(page.locator(f"{menu} .menu-panel")).to_be_visible()
    assert walk(walker, within=menu) == []
    page.locator(f"{menu} .menu-panel a").last.focus()
    page.keyboard.press("Escape")
    expect(page.locator(f"{menu} .menu-panel")).not_to_be_visible()
    expect(summary).to_be_focused()


@pytest.mark.parametrize("route", ["customers:list", "metrics:health", "metrics:renewals"])
def test_keys_lead_through_a_list_of_customers(route: str, filled: Filled, walker: Looker) -> None:
    walker.turn("light", DESKTOP)
    listed = next(page for page in PAGES if page.route == route)
    walker.open(filled.url(listed) + "?owner=all&due=all" * (route == "metrics:renewals"))
    page = walker.page
    links = page.locator("main td .cell-main, main th .cell-main")
    names = list(dict.fromkeys(links.all_inner_texts()))
    links.first.click()
    expect(page.locator("h1")).to_have_text(names[0])
    for key, name in [("j", names[1]), ("j", names[2]), ("k", names[1])]:
        walker.settle()
        page.keyboard.press(key)
        expect(page.locator("h1")).to_have_text(name)
    walker.settle()
    page.locator(".breadcrumbs a").first.click()
    expect(links.first).to_have_text(names[0])
