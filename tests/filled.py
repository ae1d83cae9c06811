"""A company with something of everything, so that every page has something to show.

Made through the same actions as pages and imports. `fill` gives the things that addresses name
(tests/pages.py says which page takes which); how many customers there are makes lists
longer and nothing else different.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from typing import Any

from allauth.account.models import EmailAddress, EmailConfirmation
from django.utils import timezone
from django.utils.http import int_to_base36

from accounts.actions.invitations import renew_secret
from accounts.actions.keys import create_api_key
from accounts.models import User, UserInvitation
from accounts.tokens import CompanyPasswordResetTokenGenerator
from customers.actions import imports, notes, tasks
from customers.actions.erasure import erase_contact
from customers.actions.facts import store_rows
from customers.imports.files import form_of, opened, sample_of
from customers.imports.guessing import guess_mapping
from customers.imports.kinds import KINDS
from customers.imports.options import Options
from customers.models import Contact, Customer, Import, Source, Ticket
from metrics.actions import goals, health_models, health_proofs, saved_views
from metrics.actions.annotations import save_annotation
from metrics.actions.board_reports import MAKE, ask_board_report
from metrics.actions.share_links import make_link
from metrics.models import HealthModel, ListPage, Recomputation
from metrics.reports.mails import token_of
from surveys import referring, tokens
from surveys.actions.campaigns import create_campaign
from surveys.actions.follow_ups import add_note, open_follow_up
from surveys.actions.history import PastAnswer, record_past_campaign
from surveys.actions.rewards import change_referral_settings
from surveys.actions.suppressions import suppress
from surveys.models import Campaign, FollowUp, Invitation, Tag
from tenants.jobs import Job, finish
from tenants.models import Company
from tests.customers.importing import text_of_sample, uploaded

Things = dict[str, Any]
DAY = dt.timedelta(days=1)
WORDS = ("Too slow since the last release.", "Helpful people.", "", "Does what it should.")


def fill(company: Company, *, customers: int) -> Things:
    """Fill an empty company: samples of every kind of fact, `customers` more, and one or more of
    whatever else a page is about. Stands in the company; what it makes is committed or not as the
    connection is."""
    by = User.objects.get(role="owner")
    month = (company.today() - 191 * DAY).replace(day=1)
    things: Things = {
        "key": "mrr",
        "share_key": "customer_churn_rate",
        "quality_key": "no_owner",
        "kind": "tickets",
        "split": "owner",
        "month": month,
        "next_month": (month + 32 * DAY).replace(day=1),
        "user": User.objects.get(role="viewer").pk,
    }
    for kind in (one for one in KINDS.values() if one.group == "facts"):
        done = _imported(kind.key, text_of_sample(kind.key))
        things["import"] = things.get("import", done.pk)
    more_customers(1, 1)
    more_customers(2, customers - 1)  # their history comes late: what was kept is restated
    things |= _imports(by) | _people(by) | _surveys(by) | _figures(company, by)
    things["customer"] = Customer.objects.get(external_id="more-1").pk
    customer = Customer.objects.get(external_id="more-1")
    things["note"] = notes.write(customer=customer, text="Wants a training.", by=by).external_id
    things["task"] = tasks.make(
        customer=customer,
        title="Call about the renewal",
        by=by,
        assignee=by,
        due_on=company.today() - DAY,
    ).pk
    things["contact"] = Contact.objects.get(external_id="more-p-1").pk
    things["fact"] = Ticket.objects.current().earliest("pk").pk
    _do_jobs()
    _cancelled_late(1, company.today() - 100 * DAY)
    things["recomputation"] = Recomputation.objects.latest("pk").pk
    return things


def _cancelled_late(number: int, day: dt.date) -> None:
    """Word of a cancellation comes long after it: the figures since are restated."""
    row = ROWS["subscriptions"](number, timezone.now().date()) | {"ended_on": str(day)}
    (result,) = store_rows(
        kind=KINDS["subscriptions"], rows=[row], source=Source.objects.latest("pk")
    )
    assert result.outcome == "updated", result.problems
    _do_jobs()


def more_customers(first: int, count: int) -> None:
    """So many more customers, from number `first` on, with rows of what hangs on customers; and
    the figures that follow."""
    source = Source.objects.create(kind=Source.Kind.COMMAND, label="made by tests")
    numbers = range(first, first + count)
    today = timezone.now().date()
    for kind, row in ROWS.items():
        rows = [row(number, today) for number in numbers]
        results = store_rows(kind=KINDS[kind], rows=rows, source=source)
        assert all(one.outcome == "created" for one in results), [one.problems for one in results]
    _answered(numbers, today)
    _do_jobs()


def _customer(number: int, today: dt.date) -> dict[str, Any]:
    return {
        "external_id": f"more-{number}",
        "name": f"Customer {number} of Many Ltd",
        "signed_up_on": str(today - (200 + number) * DAY),
        "owner": "Manager of Acme" if number % 2 else "Jonas Weber",
        "stage": "Live",
    }


def _of(number: int, kind: str) -> dict[str, Any]:
    return {"external_id": f"more-{kind}-{number}", "customer": f"more-{number}"}


ROWS: dict[str, Callable[[int, dt.date], dict[str, Any]]] = {
    "customers": _customer,
    "contacts": lambda number, today: {
        **_of(number, "p"),
        "name": f"Person {number}",
        "email": f"person-{number}@more.example",
    },
    "subscriptions": lambda number, today: {
        **_of(number, "s"),
        "product": "Workspace",
        "plan": "Team",
        "amount": str(20 + number),
        "currency": "USD",
        "started_on": str(today - (190 + number) * DAY),
        **({"ended_on": str(today - 20 * DAY)} if number % 7 == 3 else {}),
    },
    "tickets": lambda number, today: {
        **_of(number, "t"),
        "subject": f"Question {number}",
        "opened_at": f"{today - (number % 50 + 2) * DAY}T10:00:00Z",
    },
    "renewals": lambda number, today: {
        **_of(number, "r"),
        "subscription": f"more-s-{number}",
        "renews_on": str(today + (number % 80 + 1) * DAY),
    },
    "milestones": lambda number, today: {
        **_of(number, "m"),
        "name": "Kick-off",
        "due_on": str(today - 9 * DAY),
    },
    "notes": lambda number, today: {
        **_of(number, "n"),
        "text": "Asked about prices.",
        "written_at": f"{today - 3 * DAY}T10:00:00Z",
    },
    "touchpoints": lambda number, today: {
        **_of(number, "c"),
        "kind": "call",
        "happened_at": f"{today - 5 * DAY}T10:00:00Z",
        "subject": "Quarterly talk",
    },
    "usage": lambda number, today: {
        **_of(number, "u"),
        "end_user": f"end-{number}",
        "occurred_at": f"{today - (number % 20 + 1) * DAY}T10:00:00Z",
        "name": "Report opened",
    },
    "costs": lambda number, today: {
        "external_id": f"more-cost-{number}",
        "kind": "acquisition",
        "amount": "120",
        "currency": "USD",
        "starts_on": str(today - (30 + number) * DAY),
    },
}  # fmt: skip


def _answered(numbers: Sequence[int], today: dt.date) -> None:
    """A campaign of a month ago that all of them were asked by, and two thirds answered."""
    contacts = dict(
        Contact.objects.filter(
            external_id__in=[f"more-p-{number}" for number in numbers]
        ).values_list("external_id", "pk")
    )
    asked_at = timezone.now() - 30 * DAY
    answers = [
        PastAnswer(
            contact_id=contacts[f"more-p-{number}"],
            score=(number * 7) % 11,
            comment=WORDS[number % 4],
            answered_at=asked_at + DAY,
        )
        for number in numbers
        if number % 3
    ]
    record_past_campaign(
        name=f"NPS, from {numbers[0]}",
        question="How likely are you to recommend us?",
        asked_at=asked_at,
        asked=list(contacts.values()),
        answers=answers,
        by=None,
    )
    for invitation in Invitation.objects.filter(
        contact__in=contacts.values(), responses__score__lte=6
    ):
        if not FollowUp.objects.filter(invitation=invitation).exists():
            open_follow_up(invitation=invitation, by=None)


def _do_jobs() -> None:
    """Return when no job is open, whoever does it: there may be workers beside us.

    But for an erasure, which waits for all that began before it, such as the test itself, and for
    a report, which takes seconds and whose page is one without it, too.
    """
    jobs = Job.objects.exclude(kind__in=["customers.erase_contact", MAKE])
    open_ones = jobs.filter(state__in=(Job.State.QUEUED, Job.State.RUNNING))
    while job := open_ones.filter(run_at__lte=timezone.now()).first():
        finish(key=job.key, patience=120)


def _checked(kind: str, content: str) -> Import:
    """A file after its dry run, by the mapping the page proposes."""
    import_ = uploaded(kind, content)
    sample = sample_of(opened(import_), form_of(import_))
    imports.start_check(
        import_=import_,
        mapping=guess_mapping(KINDS[kind], sample),
        attributes=(),
        options=Options(),
        by=None,
    )
    return _worked(import_, Import.State.CHECKED)


def _imported(kind: str, content: str) -> Import:
    """A file after its real run, which must succeed."""
    import_ = _checked(kind, content)
    imports.confirm(
        import_=import_, digest=import_.checked_digest, is_skipping_errors=False, by=None
    )
    return _worked(import_, Import.State.DONE)


def _worked(import_: Import, due: str) -> Import:
    finish(key=import_.job_key)
    import_.refresh_from_db()
    assert import_.state == due, (import_.kind, import_.question, import_.message)
    return import_


def _imports(by: User) -> Things:
    """One in each state in which its page differs."""
    uploaded_one = uploaded("customers", "id,name\nnew-1,New\n")
    with_errors = _checked("customers", "external_id,name,signed_up_on\nnew-2,New,someday\n")
    good = _checked("customers", "external_id,name\nnew-3,New\n")
    undone = _imported("customers", "external_id,name\nnew-4,New\n")
    imports.discard(import_=uploaded("customers", "id\n1\n", "thrown-away.csv"), by=by)
    return {
        "uploaded_import": uploaded_one.pk,
        "import_with_errors": with_errors.pk,
        "checked_import": good.pk,
        "undoable_import": undone.pk,
    }


def _people(by: User) -> Things:
    create_api_key(name="Warehouse", scopes=["read"], by=by)
    invitation = UserInvitation.objects.create(email="new@acme.example", role="viewer")
    viewer = User.objects.get(role="viewer")
    address = EmailAddress.objects.create(user=viewer, email="viewer-2@acme.example")
    confirmation = EmailConfirmation.create(address)
    confirmation.sent = timezone.now()
    confirmation.save()
    return {
        "user_invitation": invitation.pk,
        "invitation_token": renew_secret(invitation=invitation),
        "uidb36": int_to_base36(viewer.pk),
        "confirm_key": confirmation.key,
        "reset_key": CompanyPasswordResetTokenGenerator().make_token(viewer),
    }


def _surveys(by: User) -> Things:
    draft = create_campaign(
        name="Autumn NPS",
        question="How likely are you to recommend us?",
        follow_up="What is the main reason for your score?",
        thank_you="Thank you.",
        by=by,
    )
    paused = create_campaign(name="On the way", question="How was it?", by=by)
    Campaign.objects.filter(pk=paused.pk).update(state="paused", started_at=timezone.now())
    Tag.objects.get_or_create(name="Prices")
    suppress(email="never@more.example", by=by)
    change_referral_settings(values={"is_on": True}, by=by)
    answered = Invitation.objects.filter(responses__isnull=False).earliest("pk")
    unanswered = Invitation.objects.filter(responses=None).earliest("pk")
    Invitation.objects.filter(pk__in=[answered.pk, unanswered.pk]).update(
        expires_at=timezone.now() + 30 * DAY
    )
    follow_up = FollowUp.objects.earliest("pk")
    add_note(follow_up=follow_up, text="Called; nobody there.", by=by)
    leaving = Contact.objects.get(external_id="p-2")
    return {
        "campaign": answered.campaign_id,
        "draft_campaign": draft.pk,
        "paused_campaign": paused.pk,
        "follow_up": follow_up.pk,
        "survey_token": tokens.token_of(unanswered),
        "answered_token": tokens.token_of(answered),
        "referral_token": referring.token_of(answered),
        "erasure": erase_contact(contact=leaving, by=by, reason="asked for it").pk,
    }


def _figures(company: Company, by: User) -> Things:
    today = company.today()
    goal = goals.save_goal(
        values={
            "metric": "mrr",
            "grain": "month",
            "target": "9000",
            "begins_on": today - 60 * DAY,
            "due_on": today + 120 * DAY,
        },
        by=by,
    )
    benchmark = goals.save_benchmark(
        values={
            "metric": "customer_churn_rate",
            "label": "Our sector",
            "value": "0.02",
            "grain": "month",
            "source": "A survey of 200 companies",
            "year": 2025,
            "is_drawn": True,
        },
        by=by,
    )
    annotation = save_annotation(
        values={"day": today - 30 * DAY, "text": "Prices raised for new customers"}, by=by
    )
    for page, query in ((ListPage.HEALTH, "band=red"), (ListPage.CUSTOMERS, "owner=all")):
        saved_views.save_view(by=by, page=page, name="Mine", query=query, is_shared=True)
    model = HealthModel.objects.earliest("pk")
    version = health_models.latest(model)
    assert version is not None
    health_proofs.ask_proof(version=version, by=by)
    said = {**version.recipe, "green_from": 80}
    health_models.save_draft(model=model, said=said, by=by)
    health_models.publish(model=model, by=by)
    _, shared_token = make_link(name="For the board", what="overview", days=30, by=by)
    start = (today.replace(day=1) - DAY).replace(day=1)
    drafted = health_models.make(values={"name": "Trial"}, by=by, copy_of=version)
    return {
        "goal": goal.pk,
        "annotation": annotation.pk,
        "benchmark": benchmark.pk,
        "model": model.pk,
        "compared_model": model.pk,
        "drafted_model": drafted.pk,
        "shared_token": shared_token,
        "report": ask_board_report(grain="month", start=start, by=by).pk,
        "digest": "weekly",
        "digest_token": token_of(by, "weekly"),
    }
