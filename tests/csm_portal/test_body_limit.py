"""A large body is refused before it is read, wherever nobody may send one."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.conf import settings
from django.test import Client

from csm_portal.body_limit import FORM_AROUND_A_FILE
from customers.imports.files import MAXIMUM_SIZE
from tenants.models import Company

LARGE = settings.DATA_UPLOAD_MAX_MEMORY_SIZE + 1


def post(client: Client, path: str, length: int) -> int:
    """The status of a POST that claims a length and sends nothing: it must not be read."""
    return client.generic("POST", path, CONTENT_LENGTH=str(length)).status_code


@pytest.mark.parametrize("path", ["/", "/sign-up/", "/find/", "/imports/new/"])
def test_the_public_host_takes_small_bodies_only(public_client: Client, path: str) -> None:
    assert post(public_client, path, LARGE) == 413


@pytest.mark.parametrize(
    ("role", "path"),
    [
        (None, "/imports/new/"),
        ("viewer", "/imports/new/"),
        ("manager", "/campaigns/new/"),
        (None, "/accounts/login/"),
        (None, "/api/v1/metrics/"),
    ],
)
def test_only_who_may_import_sends_files_and_only_there(
    company: Company, client_of: Callable[..., Client], role: str | None, path: str
) -> None:
    assert post(client_of(company, role), path, LARGE) == 413


def test_an_import_has_its_own_limit(company: Company, client_of: Callable[..., Client]) -> None:
    client = client_of(company, "manager")
    assert post(client, "/imports/new/", LARGE) != 413
    assert post(client, "/imports/new/", MAXIMUM_SIZE + FORM_AROUND_A_FILE + 1) == 413


def test_a_body_of_unknown_length_is_refused(public_client: Client) -> None:
    response = public_client.generic("POST", "/sign-up/", HTTP_TRANSFER_ENCODING="chunked")
    assert response.status_code == 411
