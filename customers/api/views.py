"""/api/v1/<kind>/: the same views for every kind of fact."""

from __future__ import annotations

from typing import Any, ClassVar, cast
from urllib.parse import quote
from zoneinfo import ZoneInfo

from rest_framework import exceptions
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.actions import audit
from accounts.api.base import CompanyAPIView
from accounts.api.errors import Problem
from accounts.api.paging import Paging
from accounts.models import Scope
from customers.actions.facts import RowResult
from customers.api import reading, writing
from customers.api.filters import wanted
from customers.api.kinds import EXTERNAL_ID, is_versioned, rows_by
from customers.api.reading import Where
from customers.imports.fields import ColumnReading, Kind

LARGEST_BULK = 10 * 1024 * 1024
MOST_VERSIONS = 1_000
IGNORED = "It is older than what is held: updated_at is before the one of the last change."


class KindView(CompanyAPIView):
    """A view of one kind; customers.api.urls makes one class of each for each kind."""

    required_scope = Scope.READ.value
    kind: ClassVar[Kind]

    def stored(self, row: Any, result: RowResult) -> dict[str, Any]:
        """What became of a row, and the fact as it is held now, if the caller may read it."""
        body: dict[str, Any] = {"outcome": result.outcome}
        if result.outcome == "ignored":
            body["message"] = IGNORED
        body[EXTERNAL_ID] = result.external_id or None
        if Scope.READ.value in self.caller.scopes:
            body |= self._held(row, result)
        return body

    def _held(self, row: Any, result: RowResult) -> dict[str, Any]:
        where = Where()
        given = [field for field in self.kind.required if field.name in row]
        if result.external_id:
            where = reading.of_id(self.kind, result.external_id)
            given = [field for field in self.kind.fields if field.name == rows_by(self.kind)]
            given = [field for field in given if row.get(field.name)]
        reading_ = ColumnReading("", ZoneInfo(self.company.timezone))
        for field in given:
            where.add(f'q."{field.name}" = %s', field.type.parser(reading_)(str(row[field.name])))
        by = rows_by(self.kind)
        if not by or given:
            found = reading.items(self.kind, where, limit=1)
            return found[0] if found else {}
        today = self.company.today().isoformat()
        found = reading.items(self.kind, where, limit=reading.MOST_ROWS_OF_ONE)
        begun = [item for item in found if item[by] <= today]
        return max(begun or found, key=lambda item: str(item[by]), default={})


class ListView(KindView):
    def get(self, request: Request) -> Response:
        query = request._request.GET
        where = wanted(self.kind, query, self.company.timezone)
        asked = Paging.of(request)
        items, last = reading.page(self.kind, where, after=asked.mark, size=asked.size)
        return Response({"next": asked.following(last), "results": items})

    def post(self, request: Request) -> Response:
        result = writing.store_one(self.kind, request.data, key=self.caller.key)
        response = Response(
            self.stored(request.data, result), status=201 if result.outcome == "created" else 200
        )
        if result.outcome == "created" and result.external_id:
            place = quote(result.external_id, safe="/")
            response["Location"] = request.build_absolute_uri(f"{request.path}{place}/")
        return response


class DetailView(KindView):
    def get(self, request: Request, external_id: str) -> Response:
        items = self._items(external_id)
        return Response({"next": None, "results": items} if rows_by(self.kind) else items[0])

    def patch(self, request: Request, external_id: str) -> Response:
        key = self.caller.key
        result = writing.change_one(
            self.kind, usable(self.kind, external_id), request.data, key=key
        )
        return Response(self.stored(request.data, result))

    def delete(self, request: Request, external_id: str) -> Response:
        if self.kind.remove is None:
            raise exceptions.MethodNotAllowed("DELETE", f"{self.kind.label} cannot be removed.")
        writing.remove_one(self.kind, usable(self.kind, external_id), key=self.caller.key)
        if not is_versioned(self.kind):  # else the closed version says it
            audit.record(action=f"{self.kind.key}.removed", subject=external_id, **self.audit_actor)
        return Response(status=204)

    def _items(self, external_id: str) -> list[dict[str, Any]]:
        where = reading.of_id(self.kind, usable(self.kind, external_id))
        items = reading.items(self.kind, where, limit=reading.MOST_ROWS_OF_ONE)
        if not items:
            raise writing.not_held(self.kind)
        return items


class VersionsView(KindView):
    def get(self, request: Request, external_id: str) -> Response:
        found = reading.versions(self.kind, usable(self.kind, external_id), limit=MOST_VERSIONS)
        if not found:
            raise writing.not_held(self.kind)
        return Response({"results": found})


class BulkView(KindView):
    largest_body = LARGEST_BULK

    def post(self, request: Request) -> Response:
        rows, mode = bulk_of(request.data)
        body = writing.store_many(self.kind, rows, is_all=mode == "all", key=self.caller.key)
        return Response(body, status=207 if body["counts"]["error"] else 200)


def bulk_of(data: Any) -> tuple[list[Any], str]:
    """The rows and the mode of a bulk call; raises Problem."""
    if not isinstance(data, dict) or not isinstance(data.get("rows"), list):
        raise Problem(400, "rows_missing", "The body is an object with `rows`, a list of objects.")
    unknown = set(data) - {"rows", "mode"}
    if unknown:
        raise Problem(
            400, "unknown_member", f"There is no {min(unknown)[:100]!r} here; only rows and mode."
        )
    mode = data.get("mode", "all")
    if mode not in ("all", "good"):
        raise Problem(400, "invalid_mode", "mode is “all” or “good”.")
    return cast("list[Any]", data["rows"]), mode


def usable(kind: Kind, external_id: str) -> str:
    """The id of an address; raises Problem for one that nothing can have."""
    if "\0" in external_id:
        raise writing.not_held(kind)
    return external_id
