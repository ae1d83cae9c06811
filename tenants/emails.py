"""The mails of the public host: one function each, and the jobs that write them."""

from __future__ import annotations

import datetime as dt
import hashlib
from urllib.parse import urlencode

from django.urls import reverse

from tenants import mail
from tenants.actions import sign_ups
from tenants.jobs import Job, enqueue, job_handler
from tenants.languages import ENGLISH, speaking
from tenants.links import company_url, public_url
from tenants.models import Company, DirectoryEntry, SignUp

URLCONF = "csm_portal.urls_public"
BRAND = "CSM Portal"


@job_handler("tenants.send_sign_up_link", queue="mail", is_shared=True)
def send_sign_up_link(job: Job) -> None:
    """Unless it was confirmed or forgotten meanwhile; a second run makes the newer link count."""
    sign_up = SignUp.objects.filter(pk=job.payload["sign_up_id"], verified_at=None).first()
    if sign_up is None:
        return
    token = sign_ups.renew_token(sign_up=sign_up)
    with speaking(sign_up.language):
        mail.send(
            template="emails/tenants/sign_up_link",
            to=sign_up.email,
            context={
                "brand": BRAND,
                "sign_up": sign_up,
                "url": public_url(reverse("tenants:verify", args=[token], urlconf=URLCONF)),
                "hours": sign_ups.LINK_VALID_FOR // dt.timedelta(hours=1),
            },
        )


def queue_company_list(email: str, *, language: str = ENGLISH) -> None:
    """Have "find my company" answered by mail, in the language of who asks. The same work whoever
    asks."""
    address = email.strip().lower()
    enqueue(
        "tenants.send_company_list",
        key=f"company-list-{hashlib.sha256(address.encode()).hexdigest()}",
        payload={"email": address, "language": language},
    )


@job_handler("tenants.send_company_list", queue="mail", is_shared=True)
def send_company_list(job: Job) -> None:
    """Where this address signs in; says so also when it is nowhere."""
    address = job.payload["email"]
    entries = DirectoryEntry.objects.filter(
        email=address, company__state=Company.State.READY
    ).select_related("company")
    companies = [
        (
            entry.company.name,
            company_url(entry.company, f"/accounts/login/?{urlencode({'email': address})}"),
        )
        for entry in entries.order_by("company__name")
    ]
    with speaking(job.payload.get("language", ENGLISH)):
        mail.send(
            template="emails/tenants/company_list",
            to=address,
            context={"brand": BRAND, "companies": companies, "email": address},
        )


@job_handler(
    "tenants.forget_old_sign_ups", queue="default", is_shared=True, every=dt.timedelta(days=1)
)
def forget_old_sign_ups(job: Job) -> None:
    sign_ups.forget_old_sign_ups()
