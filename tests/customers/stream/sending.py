"""Posting to the stream as a library does, and reading what was stored."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass
from typing import Any

from django.db import connection


@dataclass
class Sender:
    """Posts to /v1/ with a key, as a library does."""

    client: Any
    key: str

    def post(self, path: str, body: Any, *, key: str | None = None, **headers: str) -> Any:
        """`body`: bytes as they are, anything else as JSON."""
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        used = self.key if key is None else key
        if used:
            coded = base64.b64encode(f"{used}:".encode()).decode()
            headers.setdefault("HTTP_AUTHORIZATION", f"Basic {coded}")
        return self.client.post(f"/v1/{path}", data, content_type="application/json", **headers)

    def batch(self, *messages: Any, **more: Any) -> Any:
        answer = self.post("batch", {"batch": list(messages), **more})
        assert answer.status_code == 200, answer.content
        return answer


def rows(columns: str = "end_user, kind, name", where: str = "true") -> list[tuple[Any, ...]]:
    """The stored events, by message id."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {columns} FROM customers_usageevent WHERE {where} ORDER BY message_id"
        )
        return list(cursor.fetchall())
