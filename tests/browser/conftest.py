"""A real browser on the real portal."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from tests.browser.companies import Filled, filled_by
from tests.portal import RunningPortal, portal_in

CHROME = os.environ.get("CHROME", "/usr/bin/chromium")
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.hookimpl(tryfirst=True)  # before xdist reads the groups
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """All browser tests in one worker, which runs one portal; skipped where there is no browser."""
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.browser)
            item.add_marker(pytest.mark.xdist_group("browser"))
            if not Path(CHROME).exists() and not os.environ.get("PORTAL_NEED_BROWSER"):
                item.add_marker(pytest.mark.skip(reason=f"no browser at {CHROME}; set CHROME"))


@pytest.fixture(scope="session")
def portal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningPortal]:
    """The whole portal, running as `make run` does."""
    with portal_in(tmp_path_factory.mktemp("portal")) as running:
        yield running


@pytest.fixture(scope="session")
def filled(portal: RunningPortal) -> Filled:
    """A company of the portal's with something to show on every page; tests only read it, but for
    the answer that one gives."""
    return filled_by(portal, "filled", "main('filled', 12)")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Closed after the module: its event loop would make Django refuse the tests that follow."""
    expect.set_options(timeout=60_000)
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=CHROME, args=ARGUMENTS)
        yield launched
        launched.close()


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    made = browser.new_context(viewport={"width": 1280, "height": 900})
    yield made
    made.close()


@pytest.fixture
def page(context: BrowserContext) -> Iterator[Page]:
    """A page that fails its test when the browser reports an error (a script, the CSP)."""
    opened = context.new_page()
    opened.set_default_timeout(60_000)
    problems: list[str] = []
    opened.on("pageerror", lambda error: problems.append(str(error)))
    opened.on(
        "console",
        # A form sent back with its mistakes is a 422, which the browser reports like a fault.
        lambda message: (
            problems.append(message.text)
            if message.type == "error" and "422" not in message.text
            else None
        ),
    )
    yield opened
    assert problems == []
