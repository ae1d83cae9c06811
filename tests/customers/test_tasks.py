"""Tasks: made by hand or of a row, finished, reopened, snoozed, handed over, edited; and what
merging, erasing and taking back imports do with them."""

from __future__ import annotations

import datetime as dt

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone

from accounts.actions.refusals import Refused
from accounts.models import AuditEntry, User
from customers.actions import import_work
from customers.actions import tasks as actions
from customers.actions.erasure import erase_contact, work_on
from customers.actions.merging import merge_customers
from customers.actions.tasks import About
from customers.actions.undo import start_undo
from customers.models import Contact, Customer, Source, Task
from customers.task_list import Asked, tasks_of
from tenants.models import Company
from tests.casting import Clients, Users
from tests.customers.facts import customer_of
from tests.customers.importing import imported

RENEWAL = About(kind="renewal", key="17")


@pytest.fixture
def owner(company: Company, user_of: Users) -> User:
    return user_of(company, "owner")


def test_about_the_same_row_there_is_one_open_task(alpha: Customer, manager: User) -> None:
    first = actions.make(customer=alpha, title="Call", by=manager, about=RENEWAL)
    again = actions.make(customer=alpha, title="Call them", by=manager, about=RENEWAL)
    assert again == first
    by_hand = [actions.make(customer=alpha, title="Write", by=manager) for _ in range(2)]
    assert len({task.pk for task in by_hand}) == 2
    with pytest.raises(IntegrityError), transaction.atomic():
        Task.objects.create(customer=alpha, title="x", about_kind="renewal", about_key="17")

    actions.finish(task=first, by=manager)
    second = actions.make(customer=alpha, title="Call again", by=manager, about=RENEWAL)
    assert second != first
    with pytest.raises(Refused, match="another open task"):
        actions.reopen(task=first, by=manager)


def test_a_task_goes_its_way_and_every_step_is_audited(
    alpha: Customer, manager: User, owner: User, company: Company
) -> None:
    today = company.today()
    task = actions.make(customer=alpha, title=" Call  them ", by=manager, assignee=manager)
    assert task.title == "Call them"
    tomorrow = today + dt.timedelta(days=1)
    actions.snooze(task=task, until=tomorrow, by=manager)
    assert list(Task.objects.waiting(today)) == []
    assert list(Task.objects.waiting(tomorrow)) == [task]
    actions.hand_over(task=task, to=owner, by=manager)
    task.refresh_from_db()
    assert (task.assignee, task.snoozed_until) == (owner, None)
    actions.edit(task=task, by=owner, title="Call", due_on=tomorrow, text="About the price")
    assert list(Task.objects.waiting(today)) == []
    for _ in range(2):
        actions.finish(task=task, by=owner)
    task.refresh_from_db()
    assert (task.is_done, task.done_by) == (True, owner)
    with pytest.raises(Refused, match="done"):
        actions.snooze(task=task, until=tomorrow, by=owner)
    actions.reopen(task=task, by=manager)
    task.refresh_from_db()
    assert (task.is_done, task.done_at, task.done_by) == (False, None, None)
    told = AuditEntry.objects.filter(action__startswith="task.").order_by("pk")
    assert [entry.action for entry in told] == [
        "task.made",
        "task.snoozed",
        "task.handed_over",
        "task.edited",
        "task.finished",
        "task.reopened",
    ]


def test_what_makes_no_sense_is_refused(
    alpha: Customer, manager: User, company: Company, user_of: Users
) -> None:
    viewer = user_of(company, "viewer")
    task = actions.make(customer=alpha, title="Call", by=manager)
    with pytest.raises(Refused, match="what is to be done"):
        actions.make(customer=alpha, title=" \n ", by=manager)
    with pytest.raises(Refused, match="may not work"):
        actions.hand_over(task=task, to=viewer, by=manager)
    for until in (company.today(), company.today() + dt.timedelta(days=400)):
        with pytest.raises(Refused, match="Choose a day"):
            actions.snooze(task=task, until=until, by=manager)
    for about in ("renewal", "renewal:", ":17", "Renewal:17", "a" * 33 + ":1", "renewal:\n"):
        with pytest.raises(Refused, match="kind:key"):
            About.of(about)
    assert About.of("") is None
    assert About.of("renewal:17:x") == About(kind="renewal", key="17:x")


def test_lists_narrow_by_who_and_state_and_customer(
    alpha: Customer, manager: User, owner: User, company: Company
) -> None:
    today = company.today()

    def titles(**asked: str) -> list[str]:
        found = tasks_of(Asked.of(asked, manager), user=manager, today=today)
        return [task.title for task in found]

    def make(title: str, days: int | None, who: User | None) -> Task:
        due_on = None if days is None else today + dt.timedelta(days=days)
        return actions.make(customer=alpha, title=title, by=manager, assignee=who, due_on=due_on)

    make("next week", 7, manager)
    make("late", -3, manager)
    asleep = make("asleep", None, owner)
    make("whenever", None, None)
    actions.snooze(task=asleep, until=today + dt.timedelta(days=2), by=manager)
    actions.finish(task=make("over", 0, owner), by=owner)

    assert titles(assignee="all") == ["late", "next week", "whenever"]
    assert titles(assignee="me") == ["late", "next week"]
    assert titles(assignee="none") == ["whenever"]
    assert titles(assignee=owner.email, state="done") == ["over"]
    assert titles(state="due") == ["late", "whenever"]
    assert titles(state="snoozed") == ["asleep"]
    assert len(titles(state="all")) == 5
    assert titles(customer=str(alpha.pk + 1), state="all") == []


def test_a_walk_through_every_form_without_scripts(
    alpha: Customer, company: Company, client_of: Clients, manager: User, owner: User
) -> None:
    client = client_of(company, "manager")
    page = client.get("/tasks/new/", {"customer": alpha.pk, "title": "Call", "next": "/customers/"})
    assert "Alpha" in page.content.decode()
    made = client.post(
        "/tasks/new/",
        {
            "customer_id": alpha.pk,
            "title": "Call",
            "assignee": manager.email,
            "about": "renewal:17",
            "next": "/customers/",
        },
    )
    assert (made.status_code, made["Location"]) == (302, "/customers/")
    task = Task.objects.get()
    assert (task.about, task.assignee, task.made_by) == ("renewal:17", manager, manager)
    assert "Call" in client.get("/tasks/").content.decode()

    def act(**said: str) -> str:
        answer = client.post(
            reverse("customers:task_act", args=[task.pk]), said | {"next": "/tasks/"}
        )
        assert (answer.status_code, answer["Location"]) == (302, "/tasks/")
        task.refresh_from_db()
        return client.get("/tasks/").content.decode()

    assert "Snoozed until" in act(do="snooze", until="tomorrow")
    assert "No task fits" in act(do="snooze", until="week")
    day = company.today() + dt.timedelta(days=30)
    act(do="snooze", until="day", day=day.isoformat())
    assert task.snoozed_until == day
    assert "Choose the day" in act(do="snooze", until="day", day="soon")
    act(do="wake")
    assert task.snoozed_until is None
    act(do="hand_over", to=owner.email)
    assert task.assignee == owner
    assert "Nobody who may sign in" in act(do="hand_over", to="x@nowhere.example")
    act(do="finish")
    assert (task.is_done, task.done_by) == (True, manager)
    assert "What to do is one of" in act(do="dance")
    act(do="reopen")
    assert not task.is_done

    edited = client.post(task.get_absolute_url(), {"title": "Write", "due_on": day.isoformat()})
    assert edited["Location"] == "/tasks/"
    task.refresh_from_db()
    assert (task.title, task.due_on, task.assignee) == ("Write", day, None)
    refused = client.post(task.get_absolute_url(), {"title": ""})
    assert refused.status_code == 422


def test_with_htmx_the_row_says_what_was_done(
    alpha: Customer, company: Company, client_of: Clients, manager: User
) -> None:
    task = actions.make(customer=alpha, title="Call", by=manager)
    client = client_of(company, "manager")
    htmx = {"HX-Request": "true"}
    done = client.post(f"/tasks/{task.pk}/act/", {"do": "finish"}, headers=htmx)
    assert "Done: Call" in done.content.decode()
    assert "Undo" in done.content.decode()
    refused = client.post(f"/tasks/{task.pk}/act/", {"do": "snooze"}, headers=htmx)
    assert "The task is done" in refused.content.decode() or "Choose" in refused.content.decode()
    task.refresh_from_db()
    assert task.is_done


def test_who_may_only_read_changes_nothing(
    alpha: Customer, company: Company, client_of: Clients, manager: User
) -> None:
    task = actions.make(customer=alpha, title="Call", by=manager)
    client = client_of(company, "viewer")
    for path in ("/tasks/", task.get_absolute_url()):
        page = client.get(path).content.decode()
        assert "Call" in page
        assert 'value="finish"' not in page
    assert client.get("/tasks/new/").status_code == 403
    assert client.post(task.get_absolute_url(), {"title": "x"}).status_code == 403
    assert client.post(f"/tasks/{task.pk}/act/", {"do": "finish"}).status_code == 403
    task.refresh_from_db()
    assert (task.title, task.is_done) == ("Call", False)


@pytest.mark.parametrize(
    "elsewhere", ["https://evil.example/", "//evil.example", "javascript:alert(1)", "x"]
)
def test_the_way_back_stays_on_this_host(
    alpha: Customer, company: Company, client_of: Clients, elsewhere: str
) -> None:
    said = {"customer_id": alpha.pk, "title": "Call", "next": elsewhere}
    assert client_of(company, "manager").post("/tasks/new/", said)["Location"] == "/tasks/"


def test_a_customer_is_found_by_id_or_whole_name(
    alpha: Customer, company: Company, client_of: Clients
) -> None:
    client = client_of(company, "manager")
    for wanted in ("alpha", "ALPHA"):
        client.post("/tasks/new/", {"customer": wanted, "title": wanted})
    assert set(Task.objects.values_list("customer", "title")) == {
        (alpha.pk, "alpha"),
        (alpha.pk, "ALPHA"),
    }
    page = client.post("/tasks/new/", {"customer": "alph", "title": "x"})
    assert "Do you mean Alpha (alpha)?" in page.content.decode()


def test_merging_brings_tasks_along(alpha: Customer, manager: User) -> None:
    beta = customer_of("Beta")
    kept = actions.make(customer=alpha, title="Kept", by=manager, about=RENEWAL)
    same = actions.make(customer=beta, title="Same", by=manager, about=RENEWAL)
    other = actions.make(customer=beta, title="Other", by=manager)
    merge_customers(keep=alpha, merge=beta, by=manager)
    assert set(Task.objects.filter(customer=alpha)) == {kept, same, other}
    assert set(Task.objects.open()) == {kept, other}


def test_erasing_takes_the_person_out_of_tasks(alpha: Customer, manager: User) -> None:
    source = Source.objects.create(kind=Source.Kind.USER, label="a test")
    contact = Contact.objects.create(
        customer=alpha,
        name="Wilma Quisling",
        email="wilma@alpha.example",
        source=source,
        recorded_at=timezone.now(),
    )
    task = actions.make(
        customer=alpha, title="Call Wilma Quisling", text="wilma@alpha.example", by=manager
    )
    work_on(erasure_id=erase_contact(contact=contact, reason="asked", by=manager).pk)
    task.refresh_from_db()
    assert "Quisling" not in task.title + task.text
    assert "wilma@" not in task.text


def test_a_customer_with_a_task_stays_when_its_import_is_taken_back(
    company: Company, manager: User
) -> None:
    import_ = imported("customers", "id,name\nc-1,One\nc-2,Two\n")
    actions.make(customer=Customer.objects.get(external_id="c-1"), title="Call", by=manager)
    start_undo(import_=import_, by=manager)
    import_work.work_on(import_id=import_.pk)
    assert list(Customer.objects.values_list("external_id", flat=True)) == ["c-1"]


def test_a_number_without_end_is_none(company: Company, client_of: Clients) -> None:
    client = client_of(company, "manager")
    for query in ("customer", "page"):
        assert client.get(f"/tasks/?{query}={'9' * 5000}").status_code == 200
    assert client.get(f"/tasks/new/?customer={'9' * 5000}").status_code == 200
