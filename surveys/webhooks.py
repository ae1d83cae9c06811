"""What a mail provider tells of our mails (django-anymail's webhooks, any of its providers).

Mounted on the companies' hosts and on the public host. On a company's host an event concerns that
company or nobody. On the public host it goes to the company that our message id names: we look for
it in all that the provider says. Both ask for django-anymail's secret; without one they are shut.
"""

from __future__ import annotations

import datetime as dt
import json
import re
from functools import wraps
from typing import Any

import structlog
from anymail import urls as anymail_urls
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.http import Http404, HttpRequest, HttpResponseBase
from django.urls import URLPattern, path
from django.utils import timezone
from django_tenants.utils import tenant_context

from accounts.permissions import View, open_to_all
from surveys.actions.delivery import News, take_news
from surveys.outcomes import is_dead
from surveys.providers import MAIL_KEY
from tenants.context import company_here
from tenants.hosts import company_at
from tenants.models import Company

log = structlog.get_logger("portal.surveys")

_OURS = re.compile(
    r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}@([a-z0-9](?:[a-z0-9.-]*[a-z0-9])?)"
)
_STATUS = re.compile(r"(?<![\d.])([45])\.\d{1,3}\.\d{1,3}(?![\d.])")
# How providers name a bounce that says nothing of whether somebody has the address.
_PASSING = {"softbounce", "soft", "transient", "temporary", "undetermined", "blocked", "block"}


def urls() -> list[URLPattern]:
    """One address per provider: `postmark/tracking/`, ... Mail that comes in is none of ours."""
    return [
        path(str(entry.pattern), _guarded(entry.callback), name=entry.name)
        for entry in anymail_urls.urlpatterns
        if "inbound" not in str(entry.pattern)
    ]


def _guarded(view: View[...]) -> View[...]:
    """The provider's view, shut while no secret or no key of the provider's is set."""

    @wraps(view)
    def guarded(request: HttpRequest, /, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not settings.ANYMAIL.get("WEBHOOK_SECRET"):
            raise Http404("No webhook secret is set.")
        try:
            return view(request, *args, **kwargs)
        except ImproperlyConfigured as error:
            raise Http404("This provider is not set up.") from error

    return open_to_all("a mail provider proves itself by the secret it was given")(guarded)


def on_tracking(sender: object, event: Any, esp_name: str, **rest: Any) -> None:
    """An event of a provider (receiver of anymail.signals.tracking). What concerns no mail of
    ours is let go: a provider may also send others' mails."""
    found = _named_by(event)
    company = company_here() or _company_of(list(found.values()))
    if company is None:
        return
    with tenant_context(company):
        count = take_news(
            message_ids=[f"<{one}>" for one in found],
            provider_id=event.message_id or "",
            news=_news(event),
        )
    log.info("told by a mail provider", provider=esp_name, kind=event.event_type, mails=count)


def _named_by(event: Any) -> dict[str, str]:
    """{message id of ours: its host}, in the order of what says most. Where the metadata that we
    sent along names a mail, the event is of that one, whatever else is quoted."""
    ours = _found((event.metadata or {}).get(MAIL_KEY))
    return ours or _found([event.message_id, event.metadata, _plain(event.esp_event)])


def _found(said: Any) -> dict[str, str]:
    text = json.dumps(said, default=str).lower()
    return {match[0]: match[1] for match in _OURS.finditer(text)}


def _plain(raw: Any) -> Any:
    return dict(raw.lists()) if hasattr(raw, "lists") else raw


def _company_of(hosts: list[str]) -> Company | None:
    """The first that is a company's."""
    for host in dict.fromkeys(hosts):
        company = company_at(host)
        if company is not None and company.state == Company.State.READY:
            return company
    return None


def _news(event: Any) -> News:
    now = timezone.now()
    at = event.timestamp
    is_usable = isinstance(at, dt.datetime) and timezone.is_aware(at)
    words = event.mta_response or event.description or event.reject_reason or ""
    return News(
        kind=event.event_type,
        at=min(at, now) if is_usable else now,
        words=str(words)[:1000],
        reason=event.reject_reason or "",
        is_hard=is_hard(event),
    )


def is_hard(event: Any) -> bool:
    """Whether a bounce says that nobody has the address: by the status code in the receiving
    server's words, else by what the provider calls it."""
    for words in (event.mta_response, event.description):
        found = _STATUS.search(str(words or ""))
        if found:
            return found[1] == "5" and is_dead(f"550 {found[0]}", is_of_address=True)
    values = list(_leaves(_plain(event.esp_event)))
    if ("hard_bounce", False) in values:
        return False
    if any(isinstance(one, str) and _name(one) in _PASSING for _, one in values):
        return False
    return event.reject_reason in ("bounced", "invalid", None)


def _name(text: str) -> str:
    return re.sub(r"[^a-z]", "", text.lower())


def _leaves(value: Any, key: str = "") -> Any:
    """Every (key, value) of nested JSON that is no list and no object."""
    if isinstance(value, dict):
        for name, one in value.items():
            yield from _leaves(one, str(name))
    elif isinstance(value, (list, tuple)):
        for one in value:
            yield from _leaves(one, key)
    else:
        yield key, value
