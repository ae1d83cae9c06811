"""The types of the shared fixtures (tests.cast), for tests to name."""

from __future__ import annotations

from collections.abc import Callable

from accounts.models import User
from tests.clients import HostClient

Clients = Callable[..., HostClient]
Users = Callable[..., User]
Jobs = Callable[..., int]
