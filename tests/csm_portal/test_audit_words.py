"""The audit trail in words: every action that is recorded has some."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings
from django.utils import translation

from accounts.actions import audit
from accounts.models import AuditEntry
from csm_portal.audit_values import subject_in_words
from csm_portal.audit_words import ACTIONS, FIELDS, actor_of, details_of, field_of, words_of
from customers.models import Source
from tenants.models import Company
from tests.casting import Clients

APPS = ("accounts", "customers", "metrics", "surveys", "tenants", "csm_portal")
CODE = re.compile(r"[a-z_]+\.[a-z_]+")


def parts(node: ast.expr) -> Iterator[str]:
    """What an argument can be, as regular expressions; nothing for a name."""
    if isinstance(node, ast.IfExp):
        yield from parts(node.body)
        yield from parts(node.orelse)
    elif isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield re.escape(node.value)
    elif isinstance(node, ast.JoinedStr):
        yield "".join(
            re.escape(str(one.value)) if isinstance(one, ast.Constant) else r"\w+"
            for one in node.values
        )


def recorded() -> dict[str, str]:
    """{what an action's code matches: the file}."""
    found = {}
    for path in (file for app in APPS for file in Path(settings.BASE_DIR, app).rglob("*.py")):
        if "migrations" in path.parts:
            continue
        for node in ast.walk(ast.parse(path.read_text())):
            values: list[ast.expr] = []
            if isinstance(node, ast.Call):
                values = [one.value for one in node.keywords if one.arg == "action"]
            elif isinstance(node, ast.Assign):
                names = [one.id for one in node.targets if isinstance(one, ast.Name)]
                values = [node.value] if names == ["action"] else []
            for value in values:
                found |= dict.fromkeys(parts(value), path.name)
    return {one: name for one, name in found.items() if r"\." in one}


def test_every_action_that_is_recorded_has_words() -> None:
    codes = recorded()
    assert len(codes) > 100
    examples = {*ACTIONS, "tickets.removed", "quality.bounced_removed"}
    wordless = [
        f"{code} ({name})"
        for code, name in codes.items()
        if not any(re.fullmatch(code, one) and words_of(one) for one in examples)
    ]
    assert not wordless, wordless
    assert all(CODE.fullmatch(code) for code in ACTIONS)


def detailed() -> dict[str, str]:
    """{a name that a detail is written with: the file}."""
    found = {}
    folders = [Path(settings.BASE_DIR, app, "actions") for app in APPS]
    for path in (file for folder in folders for file in folder.glob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            given: list[ast.expr] = []
            if isinstance(node, ast.Call):
                given = [one.value for one in node.keywords if one.arg == "detail"]
            elif isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "detail":
                given = [node.value]
            keys = [key for one in given if isinstance(one, ast.Dict) for key in one.keys]
            names = [key.value for key in keys if isinstance(key, ast.Constant)]
            found |= {str(name): path.name for name in names}
    return found


def test_every_name_in_a_detail_has_words() -> None:
    names = detailed()
    assert len(names) > 50
    assert {name: file for name, file in names.items() if name not in FIELDS} == {}


@pytest.mark.usefixtures("catalogues")
def test_details_are_in_the_reader_s_language() -> None:
    entry = AuditEntry(action="was.forgotten")
    entry.detail = {
        "moved": {"notes": 1, "tickets": 0, "contacts": None},
        "content": {"texts": [], "own": {}},
        "changes": {"target": ["5", None], "grain": [None, "month"]},
        "mapping": {"signed_up_on": "joined"},
        "is_skipping_errors": True,
        "reason": "",
        "attributes": [],
        "was_forgotten": 3,
    }
    assert details_of(entry) == [
        ("moved", "notes 1, tickets 0"),
        ("changes", "target 5 → nothing, grain month"),
        ("columns", "signed up on joined"),
        ("skips rows in error", "yes"),
        ("was forgotten", "3"),
    ]
    with translation.override("de"):
        assert details_of(entry) == [
            ("übertragen", "notes 1, tickets 0"),
            ("Änderungen", "Zielwert 5 → nichts, Zeitraster month"),
            ("Spalten", "Registriert am joined"),
            ("überspringt fehlerhafte Zeilen", "ja"),
            ("was forgotten", "3"),
        ]
        untranslated = [name for name, words in FIELDS.items() if not field_of(name)]
    assert not untranslated


GOAL = AuditEntry(
    action="goal.set",
    subject_type="metrics.goal",
    subject_label="csat at least 0.85 by 2027-06-30",
    detail={
        "changes": {
            "metric": ["", "csat"],
            "grain": ["", "month"],
            "sense": ["", "at_least"],
            "target": ["0.8", "0.85"],
            "due_on": ["", "2027-06-30"],
        }
    },
)
SETTINGS = AuditEntry(
    action="metrics.settings_changed",
    subject_type="metrics.metricsettings",
    detail={
        "business_days": ["mon", "mon tue"],
        "business_from": ["09:00:00", "08:30:00"],
        "first_value": ["", "milestone"],
        "first_value_name": ["", "at_least"],
    },
)


@pytest.mark.usefixtures("catalogues")
def test_codes_days_and_figures_are_in_words() -> None:
    def said_of_the_goal() -> list[str]:
        [(_, said)] = details_of(GOAL)
        return [plain(subject_in_words(GOAL)), *plain(said).split(", ")]

    def plain(text: str) -> str:
        return text.replace("\N{NO-BREAK SPACE}", " ")

    assert said_of_the_goal() == [
        "Customer satisfaction at least 85.00 % by 30 Jun 2027",
        "metric Customer satisfaction",
        "grain month",
        "it should be at least",
        "target 80.00 % → 85.00 %",
        "due on 30 Jun 2027",
    ]
    assert details_of(SETTINGS) == [
        ("business days", "Monday → Monday, Tuesday"),
        ("business hours from", "09:00 → 08:30"),
        ("first value", "a milestone reached"),
        ("name of the first value", "at_least"),
    ]
    with translation.override("de"):
        assert said_of_the_goal() == [
            "Kundenzufriedenheit mindestens 85,00 % bis 30. Juni 2027",
            "Kennzahl Kundenzufriedenheit",
            "Zeitraster Monat",
            "soll sein mindestens",
            "Zielwert 80,00 % → 85,00 %",
            "fällig am 30. Juni 2027",
        ]
        assert details_of(SETTINGS)[0][1] == "Montag → Montag, Dienstag"


@pytest.mark.parametrize(
    ("action", "about", "name", "value", "words"),
    [
        ("user.role_changed", "accounts.user", "to", "viewer", "Viewer"),
        ("user.address_changed", "accounts.user", "to", "admin", "admin"),
        ("reward.given", "surveys.reward", "before", "promised", "Promised"),
        ("import.uploaded", "customers.import", "kind", "invoices", "Invoices"),
        ("company.settings_changed", "tenants.company", "week_start", 0, "Monday"),
        ("follow_up.closed", "surveys.followup", "note", "2026-13-41", "2026-13-41"),
        ("was.forgotten", "gone.model", "state", "open", "open"),
        ("goal.changed", "metrics.goal", "target", "0.8", "0.8"),
    ],
)
def test_only_codes_are_put_in_words(
    action: str, about: str, name: str, value: object, words: str
) -> None:
    entry = AuditEntry(
        action=action, subject_type=about, subject_label="gone: x", detail={name: value}
    )
    assert [said for _, said in details_of(entry)] == [words]


@pytest.mark.usefixtures("catalogues")
def test_who_did_it_is_in_the_reader_s_language_unless_it_is_a_name(
    company: Company, client_of: Clients
) -> None:
    entry = audit.record(by=None, actor_label="The link in a digest", action="digest.chosen")
    other = audit.record(by=None, actor_label="API key Role", action="digest.chosen")
    with translation.override("de"):
        assert actor_of(entry) == "Der Link in einer Zusammenfassung"
        assert actor_of(other) == "API key Role"


@pytest.mark.usefixtures("catalogues")
def test_they_are_in_the_reader_s_language() -> None:
    with translation.override("de"):
        assert words_of("import.undone") == "Import rückgängig gemacht"
        assert words_of("invoices.removed") == "Datensatz entfernt"
        assert words_of("quality.bounced_removed") == "Zeilen einer Datenprüfung entfernt"
    assert words_of("was.forgotten") == ""


def test_the_page_shows_words_and_the_code(company: Company, client_of: Clients) -> None:
    audit.record(by=None, action="campaign.paused", subject="Autumn")
    audit.record(by=None, action="was.forgotten", subject="Autumn")
    page = client_of(company, "admin").get("/settings/audit/").content.decode()
    assert "Campaign paused" in page
    for code in ("campaign.paused", "was.forgotten"):
        assert f">{code}</code>" in page


@pytest.mark.usefixtures("catalogues")
@pytest.mark.parametrize(
    ("kind", "label", "words"),
    [
        ("user", "Undo of Kunden.csv", "Kunden.csv rückgängig gemacht"),
        ("command", "Removal of the sample data", "Entfernen der Beispieldaten"),
        ("user", "Ann Undo", "Ann Undo"),
        ("import", "Undo of me.csv", "Undo of me.csv"),
    ],
)
def test_a_source_is_called_in_the_reader_s_language(kind: str, label: str, words: str) -> None:
    with translation.override("de"):
        said = Source(kind=kind, label=label).words
    assert said == words
