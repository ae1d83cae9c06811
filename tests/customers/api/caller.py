"""Calling a company's API in a test, with keys of given scopes."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any
from urllib.parse import urlsplit

from accounts.actions.keys import create_api_key
from tenants.models import Company
from tests.clients import HostClient

BOTH = ("read", "write")


class Caller:
    """`call.post("tickets/", {...})`: a call of /api/v1/ with a key of the company's."""

    def __init__(self, company: Company, scopes: Iterable[str] = BOTH) -> None:
        self.key = create_api_key(name="Sync", scopes=scopes, by=None)[1]
        self.client = HostClient(f"{company.slug}.localhost")

    def send(self, method: str, path: str, body: Any = None, **headers: str) -> Any:
        """`body`: bytes as they are, anything else as JSON. Header names with `_` for `-`."""
        if path.startswith("http"):
            parts = urlsplit(path)
            path = f"{parts.path}?{parts.query}"
        elif not path.startswith("/"):
            path = f"/api/v1/{path}"
        sent = {"Authorization": f"Bearer {self.key}"}
        sent |= {name.replace("_", "-"): value for name, value in headers.items()}
        if body is None:
            return self.client.generic(method, path, headers=sent)
        data = body if isinstance(body, bytes) else json.dumps(body)
        return self.client.generic(
            method, path, data, content_type="application/json", headers=sent
        )

    def get(self, path: str, **headers: str) -> Any:
        return self.send("GET", path, **headers)

    def post(self, path: str, body: Any, **headers: str) -> Any:
        return self.send("POST", path, body, **headers)

    def patch(self, path: str, body: Any, **headers: str) -> Any:
        return self.send("PATCH", path, body, **headers)

    def delete(self, path: str, **headers: str) -> Any:
        return self.send("DELETE", path, **headers)

    def results(self, path: str) -> list[dict[str, Any]]:
        """The rows of a list's first page."""
        answer = self.get(path)
        assert answer.status_code == 200, answer.content
        found: list[dict[str, Any]] = answer.json()["results"]
        return found


def problem(answer: Any, status: int, code: str) -> dict[str, Any]:
    """The problem's members; it must be one, of this status and code."""
    assert answer.status_code == status, answer.content
    assert answer["Content-Type"] == "application/problem+json"
    body: dict[str, Any] = answer.json()
    assert body["code"] == code, body
    return body
