"""The answer page against an empty view of the same process, both through all of the middleware.

ANSWERS_BENCH_RUNS (400) says how often each is asked for, in turns; the medians are compared.
"""

from __future__ import annotations

import logging
import os
from statistics import median
from time import perf_counter

from django.conf import settings
from django.core.management import call_command
from django.http import HttpRequest, HttpResponse
from django.test import Client, override_settings
from django.urls import include, path
from django.utils import timezone
from django_tenants.utils import tenant_context

from accounts.permissions import open_to_all
from benchmarks import bench_company
from customers.models import Contact, Customer, Source
from surveys import tokens
from surveys.actions.content import draft_campaign
from surveys.content import Content, Question, Texts, Type
from surveys.models import Campaign, Invitation
from surveys.models.invitation import ANSWERABLE_FOR
from tenants.models import Company

EMPTY = "/bench-empty/"
CONTENT = Content(
    "en",
    {
        "en": Texts(
            question="How likely are you to recommend {company}?",
            follow_ups={"low": "What went wrong?", "high": "What do you like?"},
            questions={"reason": "What was it about?", "next": "What should we do next?"},
        )
    },
    (
        Question("reason", Type.CHOICE, ("Price", "Quality", "Support"), ("low", "middle")),
        Question("next", Type.TEXT),
    ),
)


@open_to_all("the yardstick of a benchmark")
def _empty(request: HttpRequest) -> HttpResponse:
    return HttpResponse()


urlpatterns = [path(EMPTY.strip("/") + "/", _empty), path("", include(settings.ROOT_URLCONF))]


def run() -> None:
    runs = int(os.environ.get("ANSWERS_BENCH_RUNS", "400"))
    call_command("collectstatic", interactive=False, verbosity=0)  # pages name what is there
    quiet = logging.getLogger("portal.request")
    level = quiet.level
    quiet.setLevel(logging.WARNING)  # a line per request would cost both the same
    try:
        with bench_company() as (company, source), override_settings(ROOT_URLCONF=__name__):
            _measure(company, _asked(source), runs)
    finally:
        quiet.setLevel(level)


def _measure(company: Company, invitation: Invitation, runs: int) -> None:
    link = f"/s/{tokens.token_of(invitation)}/"
    client = Client(SERVER_NAME=company.domains.get(is_primary=True).domain)
    sides = {"an empty view": EMPTY, "the answer page": link, "with a score": f"{link}?score=9"}
    taken: dict[str, list[float]] = {name: [] for name in sides}
    for number in range(runs + 20):
        for name, address in sides.items():
            begun = perf_counter()
            response = client.get(address)
            seconds = perf_counter() - begun
            if response.status_code != 200:
                raise RuntimeError(f"{address} answered {response.status_code}")
            if number >= 20:  # templates are compiled and connections opened by the first
                taken[name].append(seconds)
    with tenant_context(company):
        if invitation.responses.exists():
            raise RuntimeError("Looking at the page has recorded an answer.")
    stick = median(taken["an empty view"])
    for name, found in taken.items():
        middle = median(found)
        print(f"{name:20} {middle * 1000:8.2f} ms  {middle / stick:6.2f} x (under 2)")


def _asked(source: Source) -> Invitation:
    """An invitation whose mail is out."""
    now = timezone.now()
    customer = Customer.objects.create(
        external_id="bench", name="Bench", source=source, recorded_at=now
    )
    contact = Contact.objects.create(
        customer=customer, email="ann@bench.example", name="Ann", source=source, recorded_at=now
    )
    campaign = draft_campaign(name="Bench", content=CONTENT, by=None)
    Campaign.objects.filter(pk=campaign.pk).update(state="running", started_at=now)
    seed = tokens.new_seed()
    return Invitation.objects.create(
        campaign=campaign,
        contact=contact,
        state="sent",
        token_seed=seed,
        token_hash=tokens.hash_of(tokens.derive(seed)),
        claimed_at=now,
        sent_at=now,
        expires_at=now + ANSWERABLE_FOR,
    )
