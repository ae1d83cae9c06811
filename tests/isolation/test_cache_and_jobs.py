"""Cache keys and jobs belong to one company, and to none by accident."""

from __future__ import annotations

import pytest
from django.core.cache import caches
from django.db import connection
from django_tenants.utils import tenant_context

from tenants.context import NoCompanyError, current_company
from tenants.jobs import Job, enqueue
from tenants.models import Company
from tenants.tasks import CompanyNotReadyError, run_company_queue
from tests.cast import Mailbox
from tests.casting import Jobs


def test_cache_of_one_company_is_empty_in_the_other(
    company: Company, other_company: Company
) -> None:
    cache = caches["company"]
    cache.set("figure", "of acme")
    with tenant_context(other_company):
        assert cache.get("figure") is None
        cache.set("figure", "of globex")
    assert cache.get("figure") == "of acme"
    cache.delete("figure")


def test_company_cache_refuses_public(company: Company) -> None:
    connection.set_schema_to_public()
    with pytest.raises(NoCompanyError):
        caches["company"].set("figure", 1)


def test_nobody_is_in_a_company_by_accident(company: Company) -> None:
    connection.set_schema_to_public()
    with pytest.raises(NoCompanyError):
        current_company()
    with pytest.raises(RuntimeError):
        enqueue("accounts.send_notice", payload={})


def test_job_is_seen_by_its_company_only(
    company: Company, other_company: Company, do_jobs: Jobs, mailbox: Mailbox
) -> None:
    enqueue(
        "accounts.send_notice",
        key="isolated",
        payload={"kind": "unknown_account", "to": "someone@x.example", "detail": {}},
    )
    with tenant_context(other_company):
        assert not Job.objects.filter(key="isolated").exists()
    assert do_jobs(other_company) == 0
    assert mailbox.mails("someone@x.example") == []
    assert do_jobs(company) == 1
    (mail,) = mailbox.wait_for("someone@x.example")
    assert "Acme" in str(mail["From"])


@pytest.mark.parametrize("company_id", [0, -1, 999_999_999])
def test_task_of_a_company_that_is_not_there_raises(company: Company, company_id: int) -> None:
    with pytest.raises(CompanyNotReadyError):
        run_company_queue(company_id, "mail")


def test_task_leaves_the_company_it_was_given(company: Company, other_company: Company) -> None:
    connection.set_schema_to_public()
    run_company_queue(other_company.pk, "mail")
    assert connection.schema_name == "public"
