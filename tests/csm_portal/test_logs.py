"""What the logs never hold."""

from __future__ import annotations

import logging

from csm_portal.logs import CutTokens, without_tokens

TOKEN = "mnrasg7EzZ7_Zk5QVou7_DYrrQswMqWO"


def test_a_token_in_a_path_is_cut() -> None:
    assert without_tokens(f"/s/{TOKEN}/thanks/") == "/s/mnra.../thanks/"
    assert without_tokens("/metrics/customer_churn_rate/") == "/metrics/customer_churn_rate/"


def test_an_address_in_a_path_is_not_logged() -> None:
    assert without_tokens("/api/v1/contacts/ann@one.example/") == "/api/v1/contacts/.../"
    assert without_tokens("/api/v1/contacts/a%40b.de/erasure/") == "/api/v1/contacts/.../erasure/"


def test_django_says_an_error_without_the_token() -> None:
    record = logging.LogRecord(
        "django.request",
        logging.ERROR,
        "",
        0,
        "%s: %s",
        ("Internal Server Error", f"/s/{TOKEN}/"),
        None,
    )
    CutTokens().filter(record)
    assert TOKEN not in record.getMessage()
