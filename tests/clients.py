"""A test client that leaves the connection in the schema where the test stood."""

from __future__ import annotations

from typing import Any

from django.db import connection
from django.test import Client


class HostClient(Client):
    """Django's client on one host. A request ends in `public`; the test goes on where it was."""

    def __init__(self, host: str, **kwargs: Any) -> None:
        super().__init__(SERVER_NAME=host, SERVER_PORT="8000", **kwargs)

    def request(self, **request: Any) -> Any:
        before = connection.tenant
        try:
            return super().request(**request)
        finally:
            connection.set_tenant(before)
