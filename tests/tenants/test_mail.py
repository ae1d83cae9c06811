"""What every mail has in common."""

from __future__ import annotations

import pytest

from tenants import mail
from tenants.models import Company
from tests.cast import Mailbox

TO = "reader@else.example"
NAME = "O'Brien & <Söhne>"


@pytest.mark.parametrize("separator", ["\n", "\r", "\r\n", "\x0b", "\x01", "\x85", "\u2028"])
def test_a_name_of_several_lines_that_is_stored_already_still_mails(
    company: Company, mailbox: Mailbox, separator: str
) -> None:
    Company.objects.filter(pk=company.pk).update(name=f"Acme{separator}Bcc: eve@evil.example")
    company.refresh_from_db()
    mail.send(
        template="emails/accounts/password_reset",
        to=TO,
        context={"brand": company.name, "url": "http://x.example/", "user": None},
        company=company,
    )
    (sent,) = mailbox.wait_for(TO)
    assert sent["From"].addresses[0].display_name == "Acme Bcc: eve@evil.example"
    assert sent["Subject"] == "Reset your password at Acme Bcc: eve@evil.example"
    assert sent["Bcc"] is None


@pytest.mark.parametrize(
    ("template", "context"),
    [
        ("emails/tenants/sign_up_link", {"sign_up": {"company_name": NAME}}),
        ("emails/accounts/invitation", {"brand": NAME, "invitation": {"invited_by": NAME}}),
        ("emails/accounts/password_reset", {"brand": NAME}),
        ("emails/accounts/address_confirmation", {"brand": NAME}),
        ("emails/accounts/notice", {"subject": NAME, "text": NAME}),
        ("emails/survey", {"subject": NAME, "question": NAME}),
    ],
)
def test_plain_text_is_not_escaped_and_html_is(template: str, context: dict[str, object]) -> None:
    composed = mail.compose(template=template, to=TO, context={"brand": "Acme", **context})
    html = str(composed.alternatives[0].content)  # type: ignore[attr-defined]
    for text in (composed.subject, composed.body):
        assert NAME in text
        assert "&" not in text.replace(NAME, "")
    assert "O&#x27;Brien &amp; &lt;Söhne&gt;" in html
    assert NAME not in html
