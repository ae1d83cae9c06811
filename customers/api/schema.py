"""How the API's description (OpenAPI) tells of each kind's addresses."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import OpenApiExample, OpenApiParameter, OpenApiResponse, extend_schema

from accounts.api import paging
from customers.api import shapes
from customers.api.examples import sample_rows
from customers.api.filters import filters_of
from customers.api.kinds import ATTRIBUTES, EXTERNAL_ID, has_attributes_out, rows_by
from customers.api.writing import MOST_ROWS
from customers.imports.fields import Kind

IDEMPOTENCY_KEY = OpenApiParameter(
    "Idempotency-Key",
    str,
    OpenApiParameter.HEADER,
    description="Up to 255 characters. The same call again with it gives the same answer for 24 h.",
)
ID = OpenApiParameter(
    EXTERNAL_ID, str, OpenApiParameter.PATH, description="Your own id for it; may hold slashes."
)


def _problem(text: str) -> OpenApiResponse:
    return OpenApiResponse(shapes.PROBLEM, description=text)


NO_SUCH = {404: _problem("Nothing is held under this id.")}
REFUSED = {
    401: _problem("No key, or one that is unknown, revoked or expired."),
    403: _problem("The key has not the scope."),
    429: _problem("More than 600 calls in a minute; see Retry-After."),
}
WRONG = {
    **REFUSED,
    400: _problem("Not JSON, or not valid; `errors` names the fields."),
    409: _problem("A call with this Idempotency-Key is still running."),
    413: _problem("Too large."),
    422: _problem("The Idempotency-Key was used for another call."),
    503: _problem("Somebody else is storing facts of this kind; see Retry-After."),
}


class Described:
    """What is said of one kind: a decorator for each method of its views."""

    def __init__(self, kind: Kind) -> None:
        self.kind = kind
        self.shapes = shapes.shapes_of(kind.key)
        self.rows = list(sample_rows(kind)[:2])

    def _says(self, verb: str, summary: str, **given: Any) -> Any:
        return extend_schema(
            operation_id=f"{self.kind.key}_{verb}",
            tags=[self.kind.key],
            summary=summary,
            **given,
        )

    @property
    def _one(self) -> str:
        article = "an" if self.kind.noun[0] in "aeio" else "a"  # "a usage event"
        return f"{article} {self.kind.noun}"

    def _example(self, value: Any) -> list[OpenApiExample]:
        return [OpenApiExample(self.kind.label, value=value, request_only=True)]

    def list(self) -> Any:
        query = [
            OpenApiParameter(one.name, str, description=one.help, many=False)
            for one in filters_of(self.kind, "UTC").values()
        ]
        if has_attributes_out(self.kind):
            query.append(
                OpenApiParameter(
                    f"{ATTRIBUTES}.<name>", str, description="Only those with this value of it."
                )
            )
        query += paging.PARAMETERS
        return self._says(
            "list",
            f"List {self.kind.label.lower()}",
            parameters=query,
            responses={
                200: self.shapes.page,
                400: _problem("A filter is unknown or its value not valid; it says what is."),
                **REFUSED,
            },
        )

    def store(self) -> Any:
        return self._says(
            "store",
            f"Create or update {self._one}",
            description="What is held under the id is updated: what is left out is kept, null"
            " clears, and a row whose `updated_at` is older than what is held is ignored.",
            parameters=[IDEMPOTENCY_KEY],
            request=self.shapes.row,
            examples=self._example(self.rows[0]) if self.rows else [],
            responses={
                200: OpenApiResponse(self.shapes.stored, description="Held already."),
                201: OpenApiResponse(self.shapes.stored, description="Created."),
                **WRONG,
            },
        )

    def get(self) -> Any:
        answer = self.shapes.page if rows_by(self.kind) else self.shapes.item
        return self._says(
            "get",
            f"Show {self._one}",
            parameters=[ID],
            responses={200: answer, **REFUSED, **NO_SUCH},
        )

    def change(self) -> Any:
        return self._says(
            "change",
            f"Change {self._one}",
            description="What is left out is kept, null clears.",
            parameters=[ID, IDEMPOTENCY_KEY],
            request=self.shapes.row,
            responses={200: self.shapes.stored, **WRONG, **NO_SUCH},
        )

    def remove(self) -> Any:
        return self._says(
            "remove",
            f"Remove {self._one}",
            parameters=[ID, IDEMPOTENCY_KEY],
            responses={204: OpenApiResponse(description="Removed."), **WRONG, **NO_SUCH},
        )

    def versions(self) -> Any:
        return self._says(
            "versions",
            f"Show every version of {self._one}",
            description="Newest first: corrections and removals close a version.",
            parameters=[ID],
            responses={200: self.shapes.history, **REFUSED, **NO_SUCH},
        )

    def bulk(self) -> Any:
        return self._says(
            "bulk",
            f"Create or update up to {MOST_ROWS:,} {self.kind.label.lower()}",
            parameters=[IDEMPOTENCY_KEY],
            request=self.shapes.bulk,
            examples=self._example({"rows": self.rows, "mode": "good"}) if self.rows else [],
            responses={
                200: OpenApiResponse(shapes.BULK_RESULT, description="No row is in error."),
                207: OpenApiResponse(
                    shapes.BULK_RESULT,
                    description="Mode good: some rows are in error; the others are stored.",
                ),
                **WRONG,
                400: OpenApiResponse(
                    shapes.BULK_PROBLEM,
                    description="Not JSON; or mode all and a row is in error: nothing is stored.",
                ),
            },
        )
