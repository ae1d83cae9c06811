"""Every page in every language: nothing is said past the catalogues, and those are whole."""

from __future__ import annotations

import re
import string
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.catalog import Message

from accounts.models import User
from csm_portal import catalogs
from tenants.models import Company
from tests.casting import Clients
from tests.filled import Things
from tests.pages import COMPANY, PAGES
from tests.quality import pseudo


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("languages")
    pseudo.write(folder)
    return folder


@pytest.fixture
def brackets(made: Path) -> Iterator[None]:
    with pseudo.offered(made):
        yield


def test_no_page_says_a_word_past_the_catalogues(
    filled: Things, company: Company, client_of: Clients, brackets: None
) -> None:
    User.objects.update(language=pseudo.CODE, notation=pseudo.NOTATION)
    Company.objects.filter(pk=company.pk).update(language=pseudo.CODE, notation=pseudo.NOTATION)
    clients = {role: client_of(company, role) for role in ("viewer", "manager", "admin", "owner")}
    clients["anybody"] = client_of(company, None)
    data = pseudo.data_of(company)
    found = {}
    for page in PAGES:
        if page.urlconf != COMPANY or page.is_foreign or page.route in pseudo.FOR_BUILDERS:
            continue
        client = clients["anybody" if page.is_open else page.roles[-1]]
        answer = client.get(page.path(filled))
        assert answer.status_code == 200, page
        text = answer.content.decode()
        said = pseudo.untranslated(text, data, route=page.route)
        if said:
            found[str(page)] = sorted(set(said))
    words = "\n".join(f"{page}: {said}" for page, said in found.items())
    assert not found, words


def test_no_text_is_said_both_alone_and_with_a_plural() -> None:
    """Before Python 3.11.5, gettext does not find what a catalogue has with a plural."""
    said = set().union(*catalogs.said_by_the_portal().values())
    with_plural = {(one.text, one.context) for one in said if one.plural}
    assert [one for one in said if not one.plural and (one.text, one.context) in with_plural] == []


@pytest.mark.parametrize("code", catalogs.languages())
def test_a_language_says_all_the_portal_says(code: str) -> None:
    for part, texts in catalogs.said_by_the_portal().items():
        catalog = catalogs.read(code, part)
        held = {(_text(message), message.context or "") for message in catalog if message.id}
        said = {(one.text, one.context) for one in texts}
        assert held == said, f"{part}: run `manage.py messages`, translate what is new"
        assert catalogs.untranslated(catalog) == [], part


@pytest.mark.parametrize("code", catalogs.languages())
def test_a_translation_has_the_fields_and_marks_of_its_text(code: str) -> None:
    wrong = []
    for part in (*catalogs.PARTS, catalogs.SHARED):
        for message in catalogs.read(code, part):
            if not message.id or not any(catalogs.strings(message)):
                continue  # nothing to compare: the test above says what is missing
            texts = message.id if isinstance(message.id, tuple | list) else (message.id,)
            wanted = [marks_of(text) for text in texts]
            said = catalogs.strings(message)
            wrong += [(part, texts[0], one) for one in said if marks_of(one) not in wanted]
    assert wrong == []


def marks_of(text: str) -> tuple[list[str], ...]:
    """Fields of %-style, fields of format(), and tags, in order of the alphabet."""
    percent = sorted(re.findall(r"%(?:\(\w+\))?[sd%]", text))
    try:
        braces = sorted(name for _, name, _, _ in string.Formatter().parse(text) if name)
    except ValueError:
        braces = []
    return percent, braces, sorted(re.findall(r"</?\w+", text))


def _text(message: Message) -> str:
    return message.id[0] if isinstance(message.id, tuple | list) else message.id
