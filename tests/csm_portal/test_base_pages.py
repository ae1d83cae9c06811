"""The frames of the pages, through real requests."""

from __future__ import annotations

import re
from collections.abc import Callable
from html.parser import HTMLParser

import pytest
from django.contrib.staticfiles import finders
from django.core.management import call_command
from django.template.loader import render_to_string
from django.test import Client

from tenants.models import Company

Clients = Callable[..., Client]

VOID = {"area", "br", "col", "hr", "img", "input", "link", "meta", "source", "wbr"}


class Outline(HTMLParser):
    """What a page is made of: whether its elements nest, its ids, and what refers to them."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.badly_nested: list[str] = []
        self.ids: list[str] = []
        self.referred: set[str] = set()
        self.files: set[str] = set()
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if "id" in given:
            self.ids.append(given["id"])
        self.referred.update(given.get("aria-describedby", "").split())
        self.referred.update(given.get("for", "").split())
        self.files.update(
            value.split("#")[0]
            for name, value in given.items()
            if name in ("src", "href") and value.startswith("/static/")
        )
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            self.badly_nested.append(tag)


@pytest.fixture
def styleguide(company: Company, client_of: Clients) -> str:
    response = client_of(company, role="viewer").get("/styleguide/")
    assert response.status_code == 200
    return response.content.decode()


def test_the_style_guide_is_well_formed_and_its_labels_lead_somewhere(styleguide: str) -> None:
    outline = Outline(styleguide)
    assert outline.badly_nested == []
    assert outline.open == []
    assert len(outline.ids) == len(set(outline.ids))
    assert outline.referred <= set(outline.ids)


def test_every_file_a_page_takes_exists(styleguide: str) -> None:
    call_command("build_assets", verbosity=0)  # as `run` does before it serves
    files = Outline(styleguide).files | Outline(render_to_string("500.html")).files
    missing = [name for name in files if finders.find(name.removeprefix("/static/")) is None]
    assert len(files) > 8
    assert missing == []


def test_the_page_says_whose_it_is_and_who_is_in(styleguide: str) -> None:
    assert "<title>Style guide · Acme</title>" in styleguide
    assert "Viewer of Acme" in styleguide
    assert re.search(r'<form method="post" action="/accounts/logout/">\s*<input', styleguide)


def test_there_is_one_heading_of_the_page_and_one_main(styleguide: str) -> None:
    assert len(re.findall(r"<h1\b", styleguide)) == 1
    assert len(re.findall(r"<main\b", styleguide)) == 1
    assert 'href="#main"' in styleguide


@pytest.mark.parametrize("path", ["/no/such/page/", "/customers/999999999/"])
def test_what_is_not_there_is_said_in_the_portal_s_own_words(
    company: Company, client_of: Clients, path: str
) -> None:
    response = client_of(company).get(path)
    assert response.status_code == 404
    assert "There is nothing here" in response.content.decode()


def test_the_public_host_has_the_same_error_page(public_client: Client) -> None:
    response = public_client.get("/no/such/page/")
    assert response.status_code == 404
    assert "There is nothing here" in response.content.decode()


def test_sign_in_names_the_company(company: Company, client_of: Clients) -> None:
    page = client_of(company, role=None).get("/accounts/login/").content.decode()
    assert "Sign in to Acme" in page
    assert Outline(page).badly_nested == []


def test_an_error_of_a_field_is_tied_to_it(styleguide: str) -> None:
    box = re.search(r'<input[^>]*id="wrong_slug"[^>]*>', styleguide)
    assert box is not None
    assert 'aria-invalid="true"' in box[0]
    assert "wrong_slug_error" in box[0]
    assert 'href="#wrong_slug"' in styleguide
