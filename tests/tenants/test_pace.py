"""How fast something may go."""

from __future__ import annotations

import datetime as dt

import pytest
from django.db.models import F

from tenants.models import Company, Pace
from tenants.pace import Bucket


def later(seconds: float) -> None:
    """So many seconds pass."""
    Pace.objects.update(empty_at=F("empty_at") - dt.timedelta(seconds=seconds))


def test_a_bucket_gives_what_it_holds_and_fills_with_time(company: Company) -> None:
    bucket = Bucket(company, "mails", per_second=0.01, capacity=5)
    assert bucket.hold() == 5
    assert bucket.take(5) == 0
    assert bucket.hold() < 0.1
    later(150)
    assert bucket.hold() == pytest.approx(1.5, abs=0.1)
    later(10_000)
    assert bucket.hold() == 5


def test_who_takes_what_is_not_there_yet_waits_and_the_next_waits_behind(company: Company) -> None:
    bucket = Bucket(company, "mails", per_second=0.1, capacity=2)
    assert bucket.take(1) == 0
    assert bucket.take(1) == 0
    assert bucket.take(1) == pytest.approx(10, abs=1)
    assert bucket.take(1) == pytest.approx(20, abs=1)
    later(15)
    assert bucket.take(1) == pytest.approx(15, abs=1)


def test_a_company_has_its_own_and_the_portal_one_more(
    company: Company, other_company: Company
) -> None:
    mine = Bucket(company, "mails", per_second=0.01, capacity=3)
    assert mine.take(3) == 0
    assert Bucket(other_company, "mails", per_second=0.01, capacity=3).hold() == 3
    whole = Bucket(None, "mails", per_second=0.01, capacity=3)
    assert whole.hold() == 3
    assert whole.take(2) == 0
    assert whole.hold() == pytest.approx(1, abs=0.1)
    assert Pace.objects.filter(company=None).count() == 1
