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


def summarize(result: dict[str, Any], **_given: Any) -> dict[str, Any]:
    """Give every operation that has none a summary: the first sentence of its description. What is
    a file (`answers.csv`) stands with what it is a file of."""
    operations = (one for path in result["paths"].values() for one in path.values())
    for operation in operations:
        sentence = " ".join(operation.get("description", "").split()).split(". ")[0]
        operation.setdefault("summary", sentence.removesuffix("."))
        operation["tags"] = [tag.split(".")[0] for tag in operation["tags"]]
    return result
