"""What a browser finds wrong with a page: for eyes, screen readers, keyboards and slow lines."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page

DESKTOP, PHONE = {"width": 1280, "height": 900}, {"width": 390, "height": 844}
NARROWEST = {"width": 360, "height": 740}
MOST_BYTES, MOST_SHIFT = 100 * 1024, 0.02
RULES = {
    "runOnly": [
        *("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"),
    ],
    "resultTypes": ["violations"],
    "iframes": False,  # mails shown inside a page are mails, not pages
}
CHARTS = re.compile(r"/charts(\.\w+)?\.js$")
SCRIPTS = Path(__file__).parent
KEYBOARD = (SCRIPTS / "keyboard.js").read_text()
SHIFTED = """() => new Promise((done) => {
  let shifted = 0;
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) if (!entry.hadRecentInput) shifted += entry.value;
  }).observe({type: "layout-shift", buffered: true});
  setTimeout(() => done(shifted), 50);
})"""
IS_SETTLED = """() => document.readyState === "complete"
  && [...document.querySelectorAll("[data-chart]")].every((one) => one.dataset.drawn)
  && !document.querySelector(".htmx-request, .swagger-ui .loading")"""

IS_PAINTED = "() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))"

Theme = Literal["light", "dark"]


@dataclass
class Looker:
    """One tab, in which page after page is opened; `seen` is what the page now open asked for."""

    page: Page
    complaints: list[str] = field(default_factory=list)
    seen: list[str] = field(default_factory=list)
    sizes: dict[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.page.on("pageerror", lambda error: self.complaints.append(f"script: {error}"))
        self.page.on("console", self._heard)
        self._names: dict[str, str] = {}
        wire = self.page.context.new_cdp_session(self.page)
        wire.send("Network.enable")
        wire.on("Network.requestWillBeSent", self._asked)
        wire.on("Network.loadingFinished", self._came)

    def _heard(self, message: Any) -> None:
        if message.type in ("error", "warning"):
            self.complaints.append(f"console: {message.text}")

    def _asked(self, event: dict[str, Any]) -> None:
        url = event["request"]["url"]
        self._names[event["requestId"]] = url
        if not url.startswith(("data:", "blob:")):
            self.seen.append(url)

    def _came(self, event: dict[str, Any]) -> None:
        """What went over the wire; nothing where it was in the cache already."""
        url = self._names.pop(event["requestId"], "")
        self.sizes[url] = max(self.sizes.get(url, 0), event["encodedDataLength"])

    def open(self, url: str) -> None:
        """Until everything that it loads by itself is there. Raises when it is not a 200."""
        self.complaints.clear()
        self.seen.clear()
        answer = self.page.goto(url)
        assert answer is not None
        assert answer.status == 200, f"{url} answers {answer.status}"
        self.settle()

    def settle(self) -> None:
        """Wait until the page that a click or a key leads to has loaded and heeds keys."""
        self.page.wait_for_function(IS_SETTLED, timeout=30_000)

    def turn(self, theme: Theme, size: Any) -> None:
        """Look at the page that is open in a theme and a size."""
        self.page.emulate_media(color_scheme=theme, reduced_motion="reduce")
        self.page.set_viewport_size(size)
        self.page.evaluate(IS_PAINTED)

    def axe(self) -> list[str]:
        """What axe-core finds, one line for each element; on a screen as high as the page is, so
        that what stays in its place on the screen is over nothing that could be scrolled away."""
        size = self.page.viewport_size or DESKTOP
        height = self.page.evaluate("() => document.documentElement.scrollHeight")
        self.page.set_viewport_size({"width": size["width"], "height": max(height, size["height"])})
        found = Axe().run(self.page, options=RULES).response["violations"]
        return [
            f"axe {rule['id']}: {rule['help']}: {' '.join(map(str, node['target']))}"
            f" {node['html'][:160]}"
            for rule in found
            for node in rule["nodes"]
        ]

    def keyboard(self) -> list[str]:
        """What cannot be reached by Tab, or does not show that it was."""
        self.page.keyboard.press("Tab")  # from now on focus is drawn as for a keyboard
        found: list[str] = self.page.evaluate(KEYBOARD)
        return [f"keyboard: {one}" for one in found]

    def picture(self, path: Path, *, tallest: int) -> None:
        """The whole page, down to `tallest` pixels, as it looks once nothing is focused."""
        width = (self.page.viewport_size or DESKTOP)["width"]
        height = self.page.evaluate("() => document.documentElement.scrollHeight")
        # Not full_page: what stays at the foot of the screen would lie over the middle.
        self.page.set_viewport_size({"width": width, "height": min(height, tallest)})
        self.page.screenshot(path=path)

    def sideways(self) -> list[str]:
        """Whether the page has to be scrolled sideways."""
        width, room = self.page.evaluate(
            "() => [document.documentElement.scrollWidth, document.documentElement.clientWidth]"
        )
        return [f"{width} px wide in {room} px: {self._widest()}"] if width > room else []

    def _widest(self) -> str:
        return str(self.page.evaluate(WIDEST))

    def spilling(self) -> list[str]:
        """What reaches over the edge of its card, where nothing scrolls."""
        return [f"spills over its card: {one}" for one in self.page.evaluate(SPILLING)]

    def shift(self) -> list[str]:
        """Whether what was painted moved again, since the page was opened."""
        shifted: float = self.page.evaluate(SHIFTED)
        return [f"layout shifts by {shifted:.3f}"] if shifted >= MOST_SHIFT else []

    def strangers(self) -> list[str]:
        """Requests to other hosts than the page's own."""
        own = urlsplit(self.page.url).netloc
        return [f"asks {url}" for url in self.seen if urlsplit(url).netloc != own]

    def charts(self) -> list[str]:
        """The charts' scripts that were loaded."""
        return [url for url in self.seen if CHARTS.search(urlsplit(url).path)]

    def heavy(self) -> list[str]:
        """Whether what the page is made of, without the charts' script, is too much to send."""
        parts = sorted(self._parts().items(), key=lambda part: -part[1])
        if (weight := sum(size for _, size in parts)) < MOST_BYTES:
            return []
        most = ", ".join(f"{urlsplit(url).path} {size / 1024:.0f}" for url, size in parts[:5])
        return [f"weighs {weight / 1024:.0f} KB: {most}"]

    def _parts(self) -> dict[str, float]:
        """{address: bytes over the wire}."""
        parts = {url for url in self.seen if not CHARTS.search(urlsplit(url).path)}
        return {url: self.sizes.get(url, 0) for url in parts}


WIDEST = """() => {
  const room = document.documentElement.clientWidth;
  const over = [...document.querySelectorAll("body *")].filter((one) => {
    if (one.getBoundingClientRect().right <= room + 0.5) return false;
    for (let up = one.parentElement; up && up !== document.body; up = up.parentElement) {
      if (getComputedStyle(up).overflowX !== "visible") return false;
    }
    return true;
  });
  return over.slice(0, 3).map((one) => one.outerHTML.slice(0, 120)).join(" | ");
}"""

SPILLING = """() => {
  const over = [...document.querySelectorAll(".card *")].filter((one) => {
    if (!one.checkVisibility()) return false;
    const edge = one.getBoundingClientRect().right;
    for (let up = one.parentElement; up; up = up.parentElement) {
      if (getComputedStyle(up).overflowX !== "visible") return false;
      if (up.matches(".card")) return edge > up.getBoundingClientRect().right + 0.5;
    }
  });
  return over.slice(0, 3).map((one) => one.outerHTML.slice(0, 120));
}"""


@contextmanager
def tab(
    browser: Browser, *, cookies: list[Any], scripts: bool = True, locale: str = "en-US"
) -> Iterator[Looker]:
    """A tab of a browser that knows nothing but these cookies."""
    context: BrowserContext = browser.new_context(
        viewport=DESKTOP,
        color_scheme="light",
        reduced_motion="reduce",
        java_script_enabled=scripts,
        locale=locale,
    )
    context.add_cookies(cookies)
    page = context.new_page()
    page.set_default_timeout(60_000)
    try:
        yield Looker(page)
    finally:
        context.close()
