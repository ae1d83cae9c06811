"""A newcomer's whole way: sign up, verify, import, ask, answer, read the figures."""

from __future__ import annotations

import os
import re
import subprocess
import time
from pathlib import Path

from playwright.sync_api import Browser, Page, expect

from tests.customers.telco_like import telco_like
from tests.portal import RunningPortal

SLUG = "walker"
EMAIL = "wendy@walker.example"
PASSWORD = "a long and quiet walk"
CONTACT = "anna@telco.example"
LONG = 60_000
FILES = telco_like(size=300)


def open_newest_mail(page: Page, portal: RunningPortal, subject: str) -> None:
    """Open the newest mail with these words in its subject, once it has come."""
    deadline = time.monotonic() + 180
    while True:
        page.goto(f"{portal.url}/mailbox")
        link = page.get_by_role("link", name=re.compile(subject)).first
        if link.count():
            link.click()
            return
        assert time.monotonic() < deadline, f"no mail about {subject!r} came"


def sign_up(page: Page, portal: RunningPortal) -> None:
    page.goto(portal.url)
    page.get_by_role("link", name="Start a company").click()
    page.get_by_label("Company name").fill("Walker Ltd")
    page.get_by_label("Address").fill("admin")
    page.get_by_label("Your name").fill("Wendy Walker")
    page.get_by_label("Your e-mail").fill(EMAIL)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Start").click()
    expect(page.get_by_text("is reserved").first).to_be_visible()
    page.get_by_label("Address").fill(SLUG)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Start").click()
    expect(page.get_by_role("heading", name="Check your mail")).to_be_visible()


def verify(page: Page, portal: RunningPortal) -> None:
    open_newest_mail(page, portal, "Confirm your e-mail")
    page.frame_locator("iframe").get_by_role("link", name="Confirm").first.click()
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name=re.compile("Confirm and make")).click()
    page.wait_for_url(re.compile(rf"{SLUG}\.localhost"), timeout=LONG)


def sign_in(page: Page) -> None:
    expect(page.get_by_label("E-mail")).to_have_value(EMAIL)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("link", name="Data", exact=True)).to_be_visible()


def import_file(page: Page, portal: RunningPortal, kind: str, path: Path, rows: int) -> None:
    page.goto(f"{portal.company_url(SLUG)}/imports/new/")
    page.locator("select[name=kind]").select_option(kind)
    page.locator("input[type=file]").set_input_files(path)
    page.get_by_role("button", name="Go on").click()
    page.get_by_role("button", name="Check the file").click()
    page.get_by_role("button", name=re.compile(f"^Import {rows} rows?$")).click(timeout=LONG)
    expect(page.get_by_text("Imported", exact=True).first).to_be_visible(timeout=LONG)


def send_campaign(page: Page, portal: RunningPortal) -> None:
    page.goto(f"{portal.company_url(SLUG)}/campaigns/new/")
    page.get_by_label("Name").fill("Autumn NPS")
    page.get_by_role("button", name="Go on to the question").click()
    page.get_by_role("button", name="Save and choose contacts").click()
    page.get_by_role("button", name="Save and go on").click()
    page.get_by_role("button", name="Save and preview").click()
    page.get_by_role("button", name=re.compile("^Send")).click()
    expect(page).to_have_url(re.compile(r"/campaigns/\d+/$"))


def look_only(browser: Browser, portal: RunningPortal) -> None:
    """As scanners of mail do: fetch every link, and render one page for more than ten seconds."""
    context = browser.new_context(viewport={"width": 390, "height": 844})
    scanner = context.new_page()
    open_newest_mail(scanner, portal, "to recommend")
    links = scanner.frame_locator("iframe").locator("a.score")
    links.first.wait_for()
    addresses = [links.nth(number).get_attribute("href") or "" for number in range(links.count())]
    assert len(addresses) == 11
    for address in addresses:
        for method in ([], ["--head"]):
            fetched = subprocess.run(
                ["curl", "--silent", "--fail", "--output", os.devnull, *method, address],
                check=False,
            )
            assert fetched.returncode == 0
    scanner.clock.install()
    scanner.goto(addresses[9])
    expect(scanner.locator("input[type=radio][value='9']")).to_be_checked()
    scanner.clock.run_for(11_000)  # the page's own clock: every timer of it has gone off
    expect(scanner.locator("[data-status]")).to_have_text("")
    context.close()


def answer(browser: Browser, portal: RunningPortal) -> None:
    """On a phone, signed in nowhere: click 9 in the mail, say why, send."""
    context = browser.new_context(viewport={"width": 390, "height": 844})
    phone = context.new_page()
    open_newest_mail(phone, portal, "to recommend")
    phone.frame_locator("iframe").get_by_role("link", name=re.compile(r"^9\b")).first.click()
    expect(phone.locator("input[type=radio][value='9']")).to_be_checked()
    phone.locator("textarea").fill("They answer the phone.")
    phone.locator("main button[type=submit]").first.click()
    expect(phone.get_by_role("heading", name=re.compile("Thank"))).to_be_visible()
    assert context.cookies(portal.company_url(SLUG)) == []
    context.close()


def test_the_device_s_time_zone_is_proposed(browser: Browser, portal: RunningPortal) -> None:
    context = browser.new_context(timezone_id="Europe/Vienna")
    page = context.new_page()
    page.goto(f"{portal.url}/sign-up/")
    expect(page.get_by_label("Time zone")).to_have_value("Europe/Vienna")
    context.close()


def test_a_newcomer_gets_from_sign_up_to_the_figures(
    page: Page, browser: Browser, portal: RunningPortal, tmp_path: Path
) -> None:
    files = {
        "customers": FILES.customers,
        "subscriptions": FILES.subscriptions,
        "contacts": f"account_no,email,name\ntelco-00001,{CONTACT},Anna Bell\n".encode(),
    }
    for kind, content in files.items():
        (tmp_path / f"{kind}.csv").write_bytes(content)

    sign_up(page, portal)
    verify(page, portal)
    sign_in(page)
    expect(page.get_by_role("link", name=re.compile("Import")).first).to_be_visible()
    import_file(page, portal, "customers", tmp_path / "customers.csv", 300)
    import_file(page, portal, "subscriptions", tmp_path / "subscriptions.csv", 300)
    import_file(page, portal, "contacts", tmp_path / "contacts.csv", 1)
    send_campaign(page, portal)
    look_only(browser, portal)
    campaign, page = page.url, page.context.new_page()  # that page goes on refreshing itself
    page.goto(campaign)
    expect(page.get_by_text("No answers yet").first).to_be_visible()
    answer(browser, portal)

    page = page.context.new_page()
    page.goto(portal.company_url(SLUG))
    money = f"${FILES.mrr:,.2f}"
    deadline = time.monotonic() + 180
    overview = page.locator("main")
    figures = [
        overview.get_by_text(money).first,
        overview.get_by_text(f"{FILES.open_subscriptions}", exact=True).first,
        overview.get_by_text("100.0", exact=True).first,  # NPS of one promoter
    ]
    while not all(figure.count() for figure in figures):  # they follow import and answer by jobs
        assert time.monotonic() < deadline, page.inner_text("main")
        page.reload()
    for figure in figures:
        expect(figure).to_be_visible()
    page.goto(f"{portal.company_url(SLUG)}/campaigns/")
    page.get_by_role("link", name="Autumn NPS").click()
    expect(page.get_by_text("They answer the phone.")).to_be_visible()
