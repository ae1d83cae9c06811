"""Hooks that higher apps fill (through csm_portal.registries)."""

from __future__ import annotations

from collections.abc import Callable

from tenants.models import Company, SignUp

# Called inside the company's schema when every migration is applied, before it is ready; may be
# called again after a crash, so it must be idempotent. `sign_up` is None for a company that was
# made by command.
OnCompanyReady = Callable[[Company, SignUp | None], None]
on_company_ready: list[OnCompanyReady] = []
