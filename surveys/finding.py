"""What the search of the whole portal finds here: campaigns."""

from __future__ import annotations

from collections.abc import Iterator

from django.urls import reverse
from django.utils.translation import gettext_noop

from accounts.models import User
from accounts.search import Finder, Found
from customers.wording import within
from surveys.models import Campaign


def _campaigns(words: str, user: User | None, most: int) -> Iterator[Found]:
    del user
    found = Campaign.objects.defer("audience")
    for word in words.split():
        found = found.filter(name__icontains=word)
    for campaign in found.order_by("-pk")[:most]:
        href = reverse("surveys:campaign_detail", args=[campaign.pk])
        text = f"{campaign.get_kind_display()}, {within(campaign.get_state_display())}"
        yield Found(campaign.name, href, text, "campaigns")


FINDER = Finder("campaigns", gettext_noop("Surveys"), _campaigns, position=30)
