"""The sample data of a new company: a small world of the demo's making, as files to import."""

from __future__ import annotations

import csv
import datetime as dt
import io
from collections.abc import Iterator, Sequence
from dataclasses import replace

from csm_portal.demo.campaigns import past_campaigns
from csm_portal.demo.files import files
from csm_portal.demo.satisfaction import ANSWERS
from csm_portal.demo.scenario import HARBOR
from csm_portal.demo.world import World, build
from customers.sample_data import ImportFile
from tenants.models import Company

SEED = 11
MONTHS = 18


def sample_files(company: Company, as_of: dt.date, owners: Sequence[str]) -> list[ImportFile]:
    """A year and a half of some fifty customers up to `as_of`, in the company's currency and zone,
    with `owners` as theirs. The same arguments give the same files."""
    scenario = replace(
        HARBOR,
        name=company.name,
        slug="sample",
        prefix="SAMPLE",
        timezone=company.timezone,
        currency=company.currency,
        months=MONTHS,
        launch_customers=9,
        past_quarters=4,
        owners=dict.fromkeys(HARBOR.sizes, tuple(owners) or ("Nobody",)),
    )
    world = build(scenario, seed=SEED, as_of=as_of)
    return [replace(file, name=f"Sample {file.name}") for file in (*files(world), _answers(world))]


def _answers(world: World) -> ImportFile:
    columns = ANSWERS.split()
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(columns)
    writer.writerows(_answer_rows(world))
    mapping = {column: column for column in columns}
    return ImportFile("responses", "answers.csv", text.getvalue().encode(), mapping)


def _answer_rows(world: World) -> Iterator[Sequence[str | int]]:
    customer_of = {
        contact.external_id: customer.external_id
        for customer in world.customers
        for contact in customer.contacts
    }
    for campaign in past_campaigns(world):
        for number, answer in enumerate(campaign.answers, start=1):
            yield (
                f"{campaign.name} {number}",
                customer_of[answer.contact],
                answer.contact,
                campaign.name,
                "nps",
                "0-10",
                answer.given.score,
                answer.given.comment,
                campaign.asked_at.isoformat(),
                answer.answered_at.isoformat(),
            )
