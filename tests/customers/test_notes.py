"""Notes written on a customer's page, and users named in them."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from accounts.actions.refusals import Refused
from accounts.models import AuditEntry, User
from customers import mentions
from customers.actions import notes as actions
from customers.actions.merging import merge_customers
from customers.mentions import named_in
from customers.models import Change, Customer, Mention, Note, Source
from tenants.limits import HOUR, Limit
from tenants.models import Company
from tests.casting import Clients, Jobs, Users
from tests.customers.facts import customer_of


@pytest.fixture
def admin(company: Company, user_of: Users) -> User:
    return user_of(company, "admin")


PEOPLE: Any = [
    SimpleNamespace(pk=number, email=email, name=name)
    for number, (email, name) in enumerate(
        [
            ("ann@acme.example", "Ann"),
            ("ann.lee@acme.example", "Ann Lee"),
            ("zoe@acme.example", "Zoë Ünal"),
            ("nameless@acme.example", ""),
        ]
    )
]


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("@Ann please", ["ann"]),
        ("(@ann lee, @Zoë Ünal!)", ["ann.lee", "zoe"]),
        ("@ann@acme.example.", ["ann"]),
        ("@ann.lee@acme.example and @ANN", ["ann.lee", "ann"]),
        ("@nameless@acme.example", ["nameless"]),
        ("ann@acme.example is an address", []),
        ("@Anna, @ nobody, @", []),
        ("@Ann @ann @Ann Lee", ["ann", "ann.lee"]),
        ("@zoë ünal\n@ann-marie", ["zoe"]),
    ],
)
def test_who_a_text_names(text: str, named: list[str]) -> None:
    assert [one.email.split("@")[0] for one in named_in(text, PEOPLE)] == named


def test_a_note_is_a_fact_with_versions(alpha: Customer, manager: User) -> None:
    note = actions.write(customer=alpha, text="  First\r\nline ", by=manager)
    assert (note.text, note.author, note.customer) == ("First\nline", str(manager), alpha)
    assert Change.objects.filter(customer=alpha, kind="notes").exists()
    later = actions.edit(note=note, text="Second", by=manager)
    assert later.pk != note.pk
    assert (later.external_id, later.written_at) == (note.external_id, note.written_at)
    note.refresh_from_db()
    assert note.superseded_at is not None
    actions.remove(note=later, by=manager)
    assert not Note.objects.current().exists()
    assert Note.objects.count() == 2
    told = AuditEntry.objects.filter(action__startswith="note.").order_by("pk")
    assert [one.action for one in told] == ["note.written", "note.edited", "note.removed"]


def test_only_who_wrote_a_note_here_changes_it(alpha: Customer, manager: User, admin: User) -> None:
    note = actions.write(customer=alpha, text="Mine", by=manager)
    with pytest.raises(Refused, match="Only who wrote"):
        actions.edit(note=note, text="Yours", by=admin)
    with pytest.raises(Refused, match="Only who wrote"):
        actions.remove(note=note, by=admin)
    source = Source.objects.create(kind=Source.Kind.API_KEY, label="a key", reference_id=manager.pk)
    Note.objects.filter(pk=note.pk).update(source=source)
    with pytest.raises(Refused, match="Only who wrote"):
        actions.edit(note=Note.objects.get(pk=note.pk), text="Ours", by=manager)
    for text in (" ", "x" * 10_001):
        with pytest.raises(Refused):
            actions.write(customer=alpha, text=text, by=manager)


def test_who_is_named_gets_one_mail_and_has_it_on_today_until_read(
    alpha: Customer,
    manager: User,
    admin: User,
    company: Company,
    client_of: Clients,
    do_jobs: Jobs,
    mailbox: Any,
) -> None:
    note = actions.write(
        customer=alpha, text=f"Look, @{admin.name}! Yours, @{manager.email}", by=manager
    )
    do_jobs(company, queue="mail")
    [mail] = mailbox.wait_for(admin.email)
    assert mail["Subject"] == f"{manager} named you in a note about Alpha"
    assert "Look, @" in mailbox.text(mail)
    assert f"/customers/{alpha.pk}/#notes" in mailbox.text(mail)
    assert not mailbox.mails(manager.email)  # nobody names themselves

    note = actions.edit(note=note, text=f"Look again, @{admin.name}", by=manager)
    do_jobs(company, queue="mail")
    assert len(mailbox.mails(admin.email)) == 1
    [named] = mentions.unread(admin)
    assert named.note.text.startswith("Look again")

    client = client_of(company, "admin")
    assert "Look again" in client.get("/today/").content.decode()
    answer = client.post(f"/mentions/{named.mention.pk}/read/", {"next": "/today/"})
    assert answer["Location"] == "/today/"
    assert "Look again" not in client.get("/today/").content.decode()
    assert (
        client_of(company, "owner").post(f"/mentions/{named.mention.pk}/read/").status_code == 404
    )


def test_no_mail_about_what_is_gone_or_read(
    alpha: Customer, manager: User, admin: User, company: Company, do_jobs: Jobs, mailbox: Any
) -> None:
    gone = actions.write(customer=alpha, text=f"One @{admin.name}", by=manager)
    actions.remove(note=gone, by=manager)
    unnamed = actions.write(customer=alpha, text=f"Two @{admin.name}", by=manager)
    actions.edit(note=unnamed, text="Two", by=manager)
    actions.write(customer=alpha, text=f"Three @{admin.name}", by=manager)
    actions.mark_read(mention=Mention.objects.get(is_named=True), by=admin)
    do_jobs(company, queue="mail")
    assert mailbox.mails(admin.email) == []
    assert mentions.unread(admin) == []


def test_nobody_is_mailed_twice_about_one_note(
    alpha: Customer, manager: User, admin: User, company: Company, do_jobs: Jobs, mailbox: Any
) -> None:
    naming = f"Look, @{admin.name}"
    note = actions.write(customer=alpha, text=naming, by=manager)
    do_jobs(company, queue="mail")
    for text in ("Look", naming, f"{naming}, again @{admin.email}"):
        note = actions.edit(note=note, text=text, by=manager)
        do_jobs(company, queue="mail")
        assert len(mentions.unread(admin)) == (text != "Look")
    assert len(mailbox.wait_for(admin.email)) == 1


def test_an_author_brings_about_so_many_mails_an_hour(
    alpha: Customer,
    manager: User,
    admin: User,
    company: Company,
    do_jobs: Jobs,
    mailbox: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(actions, "MAILS_BY_AUTHOR", Limit("mention-mails-tested", 2, HOUR))
    for number in range(4):
        actions.write(customer=alpha, text=f"{number}: @{admin.name}", by=manager)
    actions.write(customer=alpha, text=f"Mine: @{manager.name}", by=admin)
    do_jobs(company, queue="mail")
    assert len(mailbox.wait_for(admin.email, count=2)) == 2
    assert len(mailbox.wait_for(manager.email)) == 1  # another author's
    assert len(mentions.unread(admin)) == 4


def test_a_walk_through_the_pages_without_scripts(
    alpha: Customer, company: Company, client_of: Clients, admin: User
) -> None:
    client = client_of(company, "manager")
    page = client.get(f"/customers/{alpha.pk}/").content.decode()
    assert "Keep the note" in page
    answer = client.post(
        f"/customers/{alpha.pk}/notes/", {"text": "They like it", "named": admin.name}
    )
    assert answer["Location"] == f"/customers/{alpha.pk}/#notes"
    note = Note.objects.current().get()
    assert note.text == f"They like it\n@{admin.name}"
    assert Mention.objects.get().user == admin
    page = client.get(f"/customers/{alpha.pk}/").content.decode()
    assert f"/notes/{note.external_id}/" in page
    assert f"/notes/{note.external_id}/" not in (
        client_of(company, "admin").get(f"/customers/{alpha.pk}/").content.decode()
    )
    edit = f"/notes/{note.external_id}/"
    assert "They like it" in client.get(edit).content.decode()
    assert client_of(company, "admin").get(edit).status_code == 404
    refused = client.post(edit, {"text": " "})
    assert (refused.status_code, "Write something first" in refused.content.decode()) == (422, True)
    client.post(edit, {"text": "They love it"})
    assert "They love it" in client.get(f"/customers/{alpha.pk}/").content.decode()
    client.post(f"{edit}removal/")
    assert not Note.objects.current().exists()
    viewer = client_of(company, "viewer")
    assert "Keep the note" not in viewer.get(f"/customers/{alpha.pk}/").content.decode()
    assert viewer.post(f"/customers/{alpha.pk}/notes/", {"text": "x"}).status_code == 403


def test_merging_brings_mentions_along(alpha: Customer, manager: User, admin: User) -> None:
    beta = customer_of("Beta")
    actions.write(customer=beta, text=f"@{admin.name}", by=manager)
    merge_customers(keep=alpha, merge=beta, by=manager)
    [named] = mentions.unread(admin)
    assert named.customer == alpha
