"""Today and the lists in the reader's own language and notation."""

from __future__ import annotations

import datetime as dt

import pytest

from accounts.formatting import format_money_short
from accounts.models import User
from metrics.health import reasons, signals
from metrics.health.signals.signal import unit_name
from metrics.renewals.figure import renewal_concerns
from metrics.today.words import words_of
from metrics.words import said
from tenants.languages import speaking
from tenants.models import Company
from tests.casting import Clients, Users

pytestmark = pytest.mark.usefixtures("catalogues")
TODAY = dt.date(2026, 6, 30)


def test_reasons_are_worded_when_they_are_read() -> None:
    drop = {"score": 40, "before": 71, "fell": "usage"}
    silent = {"last_on": "2026-06-10"}
    renewal = {"on": "2026-07-05", "contracts": 2}
    answer = {"campaign": "nps", "score": 4, "on": "2026-06-24", "comment": "too slow"}
    assert words_of("detractor", answer, TODAY) == "NPS 4, 6 days ago: “too slow”"
    assert words_of("drop", drop, TODAY) == "Health 40, thirty days ago 71; usage fell most"
    assert words_of("silent", silent, TODAY) == (
        "Nobody used the product for 20 days, last on 10 Jun 2026"
    )
    with speaking("de"):
        assert words_of("detractor", answer, TODAY) == "NPS 4, vor 6 Tagen: „too slow“"
        assert words_of("drop", drop, TODAY) == (
            "Health Score 40, vor dreißig Tagen 71; am stärksten gefallen: Nutzung"
        )
        assert words_of("silent", silent, TODAY) == (
            "Seit 20 Tagen hat niemand das Produkt genutzt, zuletzt am 10. Juni 2026"
        )
        assert words_of("renewal", renewal, TODAY) == (
            "2 Verträge verlängern sich in 5 Tagen, am 5. Juli 2026, nicht entschieden"
            " (Ende eines bezahlten Jahres)"
        )


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("/today/", "Warum sehe ich das?"),
        ("/renewals/?owner=all", "Was wann fällig wird, was entschieden ist und was daraus wurde."),
        ("/health/", "Noch keine Health Scores"),
        ("/health/models/", "Neues Modell"),
        ("/data/", "Zahlende Kunden ohne Betreuung"),
        ("/reports/", "Vorstandsberichte"),
        ("/", "Importieren Sie Ihre Kunden"),
    ],
)
def test_a_page_is_in_the_readers_language(
    path: str, said: str, company: Company, client_of: Clients, user_of: Users
) -> None:
    User.objects.filter(pk=user_of(company, "owner").pk).update(language="de")
    answer = client_of(company, "owner").get(path)
    assert answer.status_code == 200
    assert said in answer.content.decode()
    assert said not in client_of(company, "admin").get(path).content.decode()


def test_signals_are_the_same_in_every_language() -> None:
    english = signals.built_in()
    with speaking("de"):
        german = {key: signal.in_words() for key, signal in english.items()}
        assert unit_name("days", 1) == "Tag"
        assert unit_name("widgets", 1) == "widget"
    assert german == english
    assert german["tenure"].name == "Dauer der Kundenbeziehung"


def test_a_renewal_near_is_told_in_german(company: Company) -> None:
    class Due:
        outcome, day = "open", dt.date(2026, 7, 5)

    class Row:
        due, notice_by, reason = Due, dt.date(2026, 7, 1), ""

    context = {"row": Row, "days": 5, "today": TODAY}
    with speaking("de"):
        (one,) = renewal_concerns(context)
    assert one.text == (
        "Verlängert sich am 5. Juli 2026, in 5 Tagen, und nichts ist entschieden;"
        " Kündigung bis 1. Juli"
    )


def test_why_there_is_no_proof_is_kept_in_english_and_read_in_german() -> None:
    kept = reasons.FEW_LEFT.format(left=3, horizon=60, needed=1200)
    assert said(kept) == kept
    with speaking("de"):
        assert said(kept) == (
            "3 Kunden gingen innerhalb von 60 Tagen nach einer Momentaufnahme; 1.200 sind nötig,"
            " um ein Modell vom Zufall zu unterscheiden."
        )


def test_an_amount_that_has_no_short_form_is_whole() -> None:
    with speaking("de"):
        assert format_money_short("1337.8941541458", "EUR") == "1.338\u00a0€"
        assert format_money_short("1234567", "EUR") == "1,23\u00a0Mio.\u00a0€"
