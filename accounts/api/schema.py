"""How the OpenAPI document describes signing in to the API. Imported by the schema's view."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from drf_spectacular.extensions import OpenApiAuthenticationExtension


class ApiKeyScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """How the OpenAPI document describes the keys."""

    target_class = "accounts.api.authentication.ApiKeyAuthentication"
    name = "apiKey"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {
            "type": "http",
            "scheme": "bearer",
            "bearerFormat": "csm_<prefix>_<secret>",
            "description": "An API key, made under Settings, API keys.",
        }


class SignedInScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """The session's cookie, for reading from the documentation page."""

    target_class = "accounts.api.authentication.SignedInAuthentication"
    name = "signedIn"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {"type": "apiKey", "in": "cookie", "name": settings.SESSION_COOKIE_NAME}
