"""An admin moves a slider, sees what it would change, publishes, and reads what became of it."""

from __future__ import annotations

import datetime as dt
import re
import time
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.portal import RunningPortal

SLUG = "scored"
EMAIL, PASSWORD = "ada@scored.example", "a long and healthy walk"
CUSTOMERS = 30
OPEN = 6
"""Customer n has n modulo OPEN open tickets."""

ADMIN = f"""
from allauth.account.models import EmailAddress
from django_tenants.utils import tenant_context
from accounts.models import User
from tenants.models import Company
with tenant_context(Company.objects.get(slug={SLUG!r})):
    user = User(email={EMAIL!r}, name="Ada", role="admin")
    user.set_password({PASSWORD!r})
    user.save()
    EmailAddress.objects.create(user=user, email={EMAIL!r}, verified=True, primary=True)
"""


@pytest.fixture(scope="module")
def company(portal: RunningPortal, tmp_path_factory: pytest.TempPathFactory) -> str:
    """A company with customers, contracts and tickets, and an admin; its address."""
    owner = ("--owner-email", "owner@scored.example")
    portal.manage("create_company", "--name", "Scored", "--slug", SLUG, *owner)
    portal.manage("shell", "--no-imports", "-c", ADMIN)
    folder = tmp_path_factory.mktemp("files")
    for kind, text in _files(dt.datetime.now(dt.UTC).date()).items():
        path = Path(folder, f"{kind}.csv")
        path.write_text(text)
        portal.manage("import_csv", "--company", SLUG, kind, path)
    return portal.company_url(SLUG)


def _files(today: dt.date) -> dict[str, str]:
    began = today - dt.timedelta(days=400)
    opened = today - dt.timedelta(days=3)
    numbers = range(1, CUSTOMERS + 1)
    tickets = [
        f"t-{number}-{one},c-{number},Help,{opened}T09:00:00Z"
        for number in numbers
        for one in range(number % OPEN)
    ]
    return {
        "customers": "\n".join(
            ["customer id,name", *(f"c-{number},Customer {number:02}" for number in numbers)]
        ),
        "subscriptions": "\n".join(
            [
                "customer id,subscription id,product,plan,amount,quantity,interval,starts on",
                *(
                    f"c-{number},s-{number},Suite,Basic,{100 + number},1,month,{began}"
                    for number in numbers
                ),
            ]
        ),
        "tickets": "\n".join(["external_id,customer,subject,opened_at", *tickets]),
    }


def sign_in(page: Page, company: str) -> None:
    page.goto(f"{company}/accounts/login/")
    page.get_by_label("E-mail").fill(EMAIL)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("link", name="Customers").first).to_be_visible()


MOVED_AT_ONCE = """
document.addEventListener("readystatechange", () => {
  if (document.readyState !== "interactive") return;
  const slider = document.querySelector("#signal-open_tickets input[type=range]");
  if (!slider) return;
  slider.value = slider.max;
  slider.dispatchEvent(new Event("input", { bubbles: true }));
});
"""
"""A hand that is quicker than the page's scripts."""


def test_what_is_moved_before_the_scripts_listen_is_tried_too(page: Page, company: str) -> None:
    """Before the next test: that one publishes the weight which this one only tries."""
    sign_in(page, company)
    page.goto(f"{company}/health/models/")
    page.get_by_role("link", name="1. All customers").click()
    page.add_init_script(MOVED_AT_ONCE)
    page.get_by_role("link", name="Edit", exact=True).click()
    preview = page.locator("#preview")
    changed = preview.locator("[data-changed]:not([data-changed='0'])")
    expect(changed).to_have_count(1)
    expect(preview).to_contain_text(re.compile(rf"[1-9]\d* of {CUSTOMERS} customers change band"))


def test_from_a_slider_to_the_customers(page: Page, company: str) -> None:
    sign_in(page, company)
    page.goto(f"{company}/health/models/")
    page.get_by_role("link", name="1. All customers").click()
    expect(page.get_by_text(f"For everybody: {CUSTOMERS} customers now.")).to_be_visible()
    page.get_by_role("link", name="Edit", exact=True).click()
    preview = page.locator("#preview")
    expect(preview).to_contain_text(f"0 of {CUSTOMERS} customers change band")

    signal = page.locator("#signal-open_tickets")
    before = signal.locator("[data-share]").inner_text()
    signal.get_by_label("Weight of Open tickets").press("End")  # the heaviest there is
    expect(signal.locator("[data-share]")).not_to_have_text(before)
    expect(preview.locator("[data-changed='0']")).to_have_count(0)
    expect(preview).to_contain_text(re.compile(rf"^\s*\d+ of {CUSTOMERS} customers change band"))
    changed = int(preview.locator("[data-changed]").get_attribute("data-changed") or 0)
    assert 0 < changed < CUSTOMERS
    expect(preview.get_by_text("Who changes band")).to_be_visible()

    _drag_a_point(page)
    expect(signal.get_by_label("Points at point 2, 0 to 100")).not_to_have_value("80")
    mover = preview.locator(".mover-list a").first
    expect(mover).to_be_visible()
    name, address = mover.inner_text(), mover.get_attribute("href")

    page.get_by_label("Amber from").fill("90")  # which is above green
    expect(preview).to_contain_text("Green must begin above amber")
    page.get_by_role("button", name="Publish", exact=True).click()
    expect(page.get_by_text("Not saved")).to_be_visible()
    page.get_by_label("Amber from").fill("50")
    expect(preview.locator("[data-changed]")).to_be_visible()
    page.get_by_label("Note").fill("Tickets count more")
    page.get_by_role("button", name="Publish", exact=True).click()
    expect(page.get_by_text("Version 2 is in force.")).to_be_visible()
    expect(page.get_by_role("heading", name="Version 2")).to_be_visible()
    expect(page.get_by_text("Tickets count more").first).to_be_visible()
    page.get_by_role("link", name="What changed").click()
    expect(page.get_by_role("row", name=re.compile("Open tickets"))).to_contain_text("+")

    _read_of_a_customer(page, f"{company}{address}", name)


def _read_of_a_customer(page: Page, address: str, name: str) -> None:
    """Its score by the new version, which a job gives it; where that comes from, and the course."""
    page.goto(address)
    expect(page.get_by_role("heading", name=name, level=1)).to_be_visible()
    deadline = time.monotonic() + 180
    while not page.get_by_text("version 2, published").count():
        assert time.monotonic() < deadline, page.inner_text("main")
        page.reload()
    row = page.locator("#working").get_by_role("row", name=re.compile("Open tickets"))
    expect(row).to_contain_text("tickets")
    expect(page.get_by_role("heading", name="Course")).to_be_visible()
    page.get_by_text("Show as a table").first.click()
    history = page.get_by_role("table", name="Scores, the newest first")
    expect(history.get_by_role("row").nth(1)).to_contain_text("All customers, version 2")


def _drag_a_point(page: Page) -> None:
    """The second of the curve of open tickets, some way up."""
    signal = page.locator("#signal-open_tickets")
    signal.get_by_text("Curve, and what to do when missing").click()
    dot = signal.locator(".curve-dot").nth(1)
    dot.scroll_into_view_if_needed()
    box = dot.bounding_box()
    assert box is not None
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 5, y + 12, steps=4)
    page.mouse.up()
