"""The same rows, with the same ids, in several companies; each company's carry its own mark."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.utils import timezone
from django_tenants.utils import tenant_context

from accounts.actions.invitations import renew_secret
from accounts.actions.keys import create_api_key
from accounts.models import ApiKey, User, UserInvitation
from customers.models import Contact, Customer, Import, Mention, Note, Source, Task
from metrics.actions.share_links import make_link
from metrics.models import Attention, BoardReport, ShareLink
from surveys import referring, tokens
from surveys.models import Campaign, FollowUp, Invitation, ReferralSettings, Response, Tag
from tenants.models import Company

ID = 470_011


@dataclass(frozen=True)
class Planted:
    """One company's rows: the words only it knows, and the secrets that open it."""

    mark: str
    key: str
    invitation_token: str
    survey_token: str
    referral_token: str
    share_token: str


def plant(company: Company) -> Planted:
    """Rows of every kind that an URL can name, all with the id `ID`, in this company."""
    mark = f"secret-of-{company.slug}"
    with tenant_context(company):
        return Planted(
            mark=mark,
            key=_plant_key(mark),
            invitation_token=_plant_user_invitation(mark),
            survey_token=_plant_facts(mark),
            referral_token=_plant_referral(),
            share_token=_plant_reports(mark),
        )


def _plant_key(mark: str) -> str:
    row, key = create_api_key(name=mark, scopes=["read", "write"], by=None)
    ApiKey.objects.filter(pk=row.pk).update(id=ID)
    return key


def _plant_user_invitation(mark: str) -> str:
    User.objects.filter(role="viewer").update(name=mark)
    invitation = UserInvitation.objects.create(pk=ID, email=f"{mark}@x.example", role="viewer")
    return renew_secret(invitation=invitation)


def _plant_facts(mark: str) -> str:
    """A customer, a contact, an import and a running survey; its token."""
    now = timezone.now()
    source = Source.objects.create(pk=ID, kind="import", label=mark)
    customer = Customer.objects.create(
        pk=ID, external_id=mark, name=mark, source=source, recorded_at=now
    )
    contact = Contact.objects.create(
        pk=ID, customer=customer, email=f"{mark}@c.example", source=source, recorded_at=now
    )
    Import.objects.create(
        pk=ID,
        kind="customers",
        file_name=f"{mark}.csv",
        file_size=1,
        file_sha256="0" * 64,
        form={"encoding": "utf-8", "delimiter": ",", "quote": '"'},
        columns=[mark],
    )
    campaign = Campaign.objects.create(
        pk=ID, name=mark, question=f"{mark}?", state="running", started_at=now
    )
    seed = tokens.new_seed()
    token = tokens.derive(seed)
    invitation = Invitation.objects.create(
        pk=ID,
        campaign=campaign,
        contact=contact,
        state="sent",
        token_seed=seed,
        token_hash=tokens.hash_of(token),
        claimed_at=now,
        sent_at=now,
        expires_at=now + dt.timedelta(days=30),
    )
    Task.objects.create(pk=ID, customer=customer, title=mark, text=mark)
    Note.objects.create(
        external_id=str(ID),
        customer=customer,
        text=mark,
        written_at=now,
        source=source,
        recorded_at=now,
    )
    for user in User.objects.all()[:1]:
        Mention.objects.create(pk=ID, note_external_id=str(ID), customer=customer, user=user)
    Attention.objects.create(
        customer=customer,
        kind="onboarding",
        key=f"2026-01-01:{mark}",
        starts_on=now.date(),
        urgency=50,
        most=50,
        data={"name": mark, "due_on": "2026-01-01"},
        mrr=5,
    )
    Response.objects.create(invitation=invitation, score=2, comment=mark, origin="page")
    FollowUp.objects.create(pk=ID, invitation=invitation)
    Tag.objects.create(pk=ID, name=mark)
    return token


def _plant_referral() -> str:
    """Referral links are on; the token of the planted invitation's."""
    ReferralSettings.objects.create(pk=1, is_on=True)
    return referring.token_of(Invitation.objects.get(pk=ID))


def _plant_reports(mark: str) -> str:
    """A board report that is made, and a link that shows the overview; its token."""
    day = dt.date(2025, 10, 1)
    BoardReport.objects.create(
        pk=ID,
        grain="month",
        start=day,
        end=dt.date(2025, 11, 1),
        as_of=day,
        state="made",
        made_at=timezone.now(),
        made_by_label=mark,
        file=mark.encode(),
        size=len(mark),
    )
    link, token = make_link(name=mark, what="overview", days=1, by=None)
    ShareLink.objects.filter(pk=link.pk).update(id=ID)
    return token
