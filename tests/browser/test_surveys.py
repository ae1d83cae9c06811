"""From building a campaign to reading the comment of an answer given on a phone, by touch; and a
promoter's referral link, which brings somebody in."""

from __future__ import annotations

import re
import time
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect

from tests.portal import RunningPortal

SLUG = "asker"
EMAIL, PASSWORD = "olga@asker.example", "a long and curious walk"
LONG = 60_000
PHONE = {"width": 390, "height": 844}
WORDS = "The export saved us a week. Ünïcode, too 👍"

PEOPLE = f"""
from allauth.account.models import EmailAddress
from django_tenants.utils import tenant_context
from accounts.models import User
from surveys.actions.rewards import change_referral_settings
from tenants.models import Company
with tenant_context(Company.objects.get(slug={SLUG!r})):
    user = User(email={EMAIL!r}, name="Olga", role="admin")
    user.set_password({PASSWORD!r})
    user.save()
    EmailAddress.objects.create(user=user, email={EMAIL!r}, verified=True, primary=True)
    change_referral_settings(values={{"is_on": True}}, by=None)
"""


@pytest.fixture(scope="module")
def company(portal: RunningPortal, tmp_path_factory: pytest.TempPathFactory) -> str:
    """A company with contacts at two customers, and an admin; its address."""
    owner = ("--owner-email", "owner@asker.example")
    portal.manage("create_company", "--name", "Asker", "--slug", SLUG, *owner)
    portal.manage("shell", "--no-imports", "-c", PEOPLE)
    folder = tmp_path_factory.mktemp("files")
    files = {
        "customers": "customer id,name\nc-1,Blue Ltd\nc-2,Green Ltd\n",
        "contacts": "customer id,email,name\nc-1,tia@blue.example,Tia Touch\n"
        "c-2,noah@green.example,Noah Noscript\n",
    }
    for kind, text in files.items():
        path = Path(folder, f"{kind}.csv")
        path.write_text(text)
        portal.manage("import_csv", "--company", SLUG, kind, path)
    return portal.company_url(SLUG)


def sign_in(page: Page, company: str) -> None:
    page.goto(f"{company}/accounts/login/")
    page.get_by_label("E-mail").fill(EMAIL)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("link", name="Customers").first).to_be_visible()


def send_campaign(page: Page, company: str, name: str, address: str, question: str) -> str:
    """Build an NPS campaign to one contact and send it; the address of its page."""
    page.goto(f"{company}/campaigns/new/")
    page.get_by_label("Name").fill(name)
    page.get_by_role("button", name="Go on to the question").click()
    page.locator("#language-en textarea").first.fill(question)
    page.get_by_role("button", name="Save and choose contacts").click()
    page.get_by_label("Contacts I name").check()
    page.locator("textarea[name=addresses]").fill(address)
    page.get_by_role("button", name="Save and go on").click()
    page.get_by_role("button", name="Save and preview").click()
    page.get_by_role("button", name="Send to 1 contact").click()
    expect(page).to_have_url(re.compile(r"/campaigns/\d+/$"))
    return page.url


def open_mail(page: Page, portal: RunningPortal, subject: str) -> None:
    """Open the newest mail with these words in its subject, once it has come."""
    deadline = time.monotonic() + 180
    while True:
        page.goto(f"{portal.url}/mailbox")
        link = page.get_by_role("link", name=re.compile(subject)).first
        if link.count():
            link.click()
            return
        assert time.monotonic() < deadline, f"no mail about {subject!r} came"


def fits(page: Page) -> bool:
    """Nothing has to be scrolled sideways."""
    return bool(page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"))


@pytest.fixture
def phone(browser: Browser) -> BrowserContext:
    return browser.new_context(viewport=PHONE, has_touch=True, is_mobile=True)  # type: ignore[arg-type]


def fill_when_ready(page: Page, field: Locator, words: str) -> None:
    """Once htmx listens to what it has put in: what is typed in the moment before is not asked
    for until the next letter."""
    expect(page.locator(".htmx-request, .htmx-added")).to_have_count(0)
    field.fill(words)


def test_contacts_are_picked_while_typing(page: Page, company: str) -> None:
    """What was ticked stays as other words are typed, and so does the place in the field."""
    sign_in(page, company)
    page.goto(f"{company}/campaigns/new/")
    page.get_by_label("Name").fill("Picked")
    page.get_by_role("button", name="Go on to the question").click()
    page.get_by_role("button", name="Save and choose contacts").click()
    page.get_by_label("Contacts I name").check()
    field, found = page.get_by_label("Find contacts"), page.locator("#found-contacts")
    field.press_sequentially("touch")
    found.get_by_label("Tia Touch").check()
    field.fill("green")
    expect(found.get_by_label("Noah Noscript")).to_be_visible()
    expect(page.get_by_text("1 contact picked")).to_be_visible()
    expect(field).to_be_focused()
    found.get_by_label("Noah Noscript").check()
    page.get_by_role("button", name="Add the ticked").click()
    picked = page.locator("#picked-contacts")
    expect(picked.get_by_role("listitem")).to_have_count(2)
    expect(field).to_be_focused()
    picked.get_by_role("button", name="Remove Tia Touch").click()
    expect(picked.get_by_role("listitem")).to_have_count(1)
    fill_when_ready(page, field, "touch")
    found.get_by_role("button", name="Add the one found").click()
    expect(picked.get_by_text("2 contacts picked")).to_be_visible()
    picked.get_by_role("button", name="Remove all 2").click()
    expect(picked.get_by_role("listitem")).to_have_count(0)
    expect(field).to_be_focused()
    fill_when_ready(page, field, "green")
    found.get_by_role("button", name="Add the one found").click()
    expect(picked.get_by_role("listitem")).to_have_count(1)
    page.get_by_role("button", name="Save and count").click()
    expect(page.get_by_text("1 contact at 1 customer will be asked.")).to_be_visible()
    assert fits(page)


def test_from_the_campaign_to_the_comment(
    page: Page, phone: BrowserContext, portal: RunningPortal, company: str
) -> None:
    sign_in(page, company)
    question = "Would you pass Asker on by touch?"
    campaign = send_campaign(page, company, "Touched", "tia@blue.example", question)

    hand = phone.new_page()
    open_mail(hand, portal, "by touch")
    mail = hand.frame_locator("iframe")
    link = mail.get_by_role("link", name=re.compile(r"^9\b")).first.get_attribute("href")
    assert link is not None
    assert link.startswith(company)
    hand.goto(link)
    nine = hand.locator("input[type=radio][value='9']")
    expect(nine).to_be_checked()
    assert fits(hand)
    hand.locator("label.score:has(input[value='10'])").tap()
    expect(hand.locator("input[type=radio][value='10']")).to_be_checked()
    hand.locator("textarea").first.fill(WORDS)
    hand.locator("main button[type=submit]").first.tap()
    expect(hand.get_by_role("heading", name="Thank you")).to_be_visible()
    assert fits(hand)
    assert phone.cookies() == []

    offered = hand.locator("a[href*='/r/']").first.get_attribute("href")
    assert offered is not None
    assert offered.startswith(f"{company}/r/")
    refer(hand, offered)
    assert phone.cookies() == []
    phone.close()

    page = page.context.new_page()  # the campaign's page goes on refreshing itself
    page.goto(campaign)
    expect(page.get_by_text(WORDS).first).to_be_visible()
    page.goto(f"{company}/campaigns/advocates/")
    deadline = time.monotonic() + 180
    while not page.get_by_role("link", name="Tia Touch").count():  # it lands by a job
        assert time.monotonic() < deadline, page.inner_text("main")
        page.reload()
    page.get_by_role("link", name="Tia Touch").click()
    expect(page.get_by_text("nora@new.example")).to_be_visible()


def refer(hand: Page, link: str) -> None:
    """Somebody else opens the link, forgets to agree, then does."""
    hand.goto(link)
    expect(hand.get_by_role("heading", name="Tia Touch recommends Asker")).to_be_visible()
    assert fits(hand)
    hand.get_by_label("Your name").fill("Nora New")
    hand.get_by_label("Your e-mail address").fill("nora@new.example")
    hand.get_by_role("button", name="Send").tap()
    expect(hand.get_by_text("Please tick this")).to_be_visible()
    expect(hand.get_by_label("Your name")).to_have_value("Nora New")
    hand.get_by_label(re.compile("may keep this")).check()
    hand.get_by_role("button", name="Send").tap()
    expect(hand.get_by_role("heading", name="Thank you")).to_be_visible()


def test_an_answer_without_javascript(
    page: Page, browser: Browser, portal: RunningPortal, company: str
) -> None:
    sign_in(page, company)
    question = "Would you pass Asker on unscripted?"
    campaign = send_campaign(page, company, "Unscripted", "noah@green.example", question)

    context = browser.new_context(viewport=PHONE, java_script_enabled=False)  # type: ignore[arg-type]
    plain = context.new_page()
    open_mail(plain, portal, "unscripted")
    mail = plain.frame_locator("iframe")
    link = mail.get_by_role("link", name=re.compile(r"^3\b")).first.get_attribute("href")
    assert link is not None
    plain.goto(link)
    expect(plain.locator("input[type=radio][value='3']")).to_be_checked()

    plain.goto(link.split("?")[0])  # no score yet, so what is asked after one comes later
    plain.locator("label.score:has(input[value='3'])").click()
    plain.locator("main button[type=submit]").click()
    expect(plain.get_by_role("heading", name="Thank you")).to_be_visible()
    assert plain.locator("a[href*='/r/']").count() == 0  # no promoter, so nothing to pass on
    words = "Too slow on Mondays."
    plain.locator("textarea").fill(words)
    plain.locator("main button[type=submit]").click()
    expect(plain.get_by_text(words)).to_be_visible()
    assert plain.locator("textarea").count() == 0
    assert context.cookies() == []
    context.close()

    page = page.context.new_page()  # the campaign's page goes on refreshing itself
    page.goto(campaign)
    expect(page.get_by_text(words).first).to_be_visible()
