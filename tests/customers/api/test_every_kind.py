"""Every kind: in by API, out by API unchanged; and how it is described."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from typing import Any

import pytest
from django.core.management import call_command
from django_tenants.utils import tenant_context

from customers.api.examples import sample_rows
from customers.api.kinds import (
    ATTRIBUTES,
    EXTERNAL_ID,
    camel,
    fields_out,
    is_versioned,
    offered,
    rows_by,
)
from customers.imports.fields import Kind
from customers.imports.kinds import KINDS as ALL
from tenants.models import Company
from tests.casting import Clients
from tests.customers.api.caller import Caller

KINDS = offered()
every_kind = pytest.mark.parametrize("kind", KINDS, ids=[kind.key for kind in KINDS])


def put_in(call: Caller, kind: Kind) -> list[dict[str, Any]]:
    """The kind's sample, as it was sent, after those of the kinds it may name."""
    for one in [*before(kind), kind]:
        rows = [dict(row) for row in sample_rows(one)]
        assert rows, f"{one.key} has no sample"
        answer = call.post(f"{one.key}/bulk/", {"rows": rows})
        assert answer.status_code == 200, (one.key, answer.json())
        assert answer.json()["counts"]["created"] == len(rows), one.key
    return rows


def before(kind: Kind) -> list[Kind]:
    """The kinds that others name, as far as they come first."""
    named = ("customers", "subscriptions", "contacts", "tickets")
    return [one for one in KINDS[: KINDS.index(kind)] if one.key in named]


def as_sent(kind: Kind, item: dict[str, Any]) -> dict[str, Any]:
    """What an item says, as a row: what it says nothing about left out."""
    names = [field.name for field in fields_out(kind)]
    names += [ATTRIBUTES] if kind.takes_attributes else []
    return {name: item[name] for name in names if item.get(name) not in (None, {})}


def key_of(kind: Kind) -> Callable[[dict[str, Any]], tuple[str, ...]]:
    names = [EXTERNAL_ID, *filter(None, [rows_by(kind)])]
    made = "{customer}:{name}"  # where the id is made of these and not sent
    return lambda row: tuple(row.get(name) or made.format(**row) for name in names)


def all_of(call: Caller, kind: Kind) -> list[dict[str, Any]]:
    """Every row as it would be sent, in the order of ids."""
    items = call.results(f"{kind.key}/?page_size=1000")
    return sorted((as_sent(kind, item) for item in items), key=key_of(kind))


@every_kind
def test_in_and_out_unchanged(company: Company, other_company: Company, kind: Kind) -> None:
    call = Caller(company)
    sent = put_in(call, kind)
    everything = found = all_of(call, kind)
    if kind.key == "customer_attributes":  # customers bring some, too
        mine = {key_of(kind)(row) for row in sent}
        found = [row for row in everything if key_of(kind)(row) in mine]
    by_id = {one["email"]: one["external_id"] for one in sample_rows(ALL["contacts"])}
    by_place = key_of(kind)
    for row, item in zip(sorted(sent, key=by_place), found, strict=True):
        if "contact" in row:  # said by the address, it is shown by the id
            row["contact"] = by_id.get(row["contact"], row["contact"])
        # What is held may say more (a default), never anything else.
        assert {name: item.get(name) for name in row} == row
    again = call.post(f"{kind.key}/bulk/", {"rows": found})
    assert again.json()["counts"]["unchanged"] == len(sent), again.json()
    with tenant_context(other_company):
        theirs = Caller(other_company)
        for one in before(kind):
            theirs.post(f"{one.key}/bulk/", {"rows": list(sample_rows(one))})
        copied = theirs.post(f"{kind.key}/bulk/", {"rows": found})
        assert copied.json()["counts"]["created"] == len(sent), copied.json()
        assert all_of(theirs, kind) == everything


@every_kind
def test_one_is_shown_changed_and_removed(company: Company, kind: Kind) -> None:
    call = Caller(company)
    row = put_in(call, kind)[0]
    external_id = call.results(f"{kind.key}/")[0]["external_id"]
    if kind.key == "customer_attributes":  # customers bring some, too
        external_id = row["external_id"] = f"{row['customer']}:{row['name']}"
    path = f"{kind.key}/{external_id}/"
    shown = call.get(path)
    assert shown.status_code == 200
    item = shown.json()["results"][0] if rows_by(kind) else shown.json()
    assert as_sent(kind, item)["external_id"] == external_id
    assert item["source"]["kind"] == "api_key"
    same = call.patch(path, row | {"external_id": external_id})
    assert (same.status_code, same.json()["outcome"]) == (200, "unchanged"), same.json()
    posted = call.post(f"{kind.key}/", row | {"external_id": external_id})
    assert (posted.status_code, posted.json()["outcome"]) == (200, "unchanged")
    assert as_sent(kind, posted.json()) == as_sent(kind, item)
    if kind.remove is None:
        return
    assert call.delete(path).status_code == 204
    assert call.get(path).status_code == 404
    assert call.delete(path).status_code == 404
    left = [item["external_id"] for item in call.results(f"{kind.key}/?page_size=1000")]
    assert external_id not in left
    if is_versioned(kind):
        versions = call.results(f"{path}versions/")
        assert versions
        assert all(version["superseded_at"] for version in versions)
        assert {version["closed_by"]["label"] for version in versions} == {"Sync"}


@every_kind
def test_what_no_row_says_is_in_no_row(company: Company, kind: Kind) -> None:
    """A row of nothing is refused field by field, never with a failure."""
    call = Caller(company)
    answer = call.post(f"{kind.key}/", {})
    assert answer.status_code == 400, answer.json()
    named = {error["field"] for error in answer.json()["errors"]}
    assert named <= {field.name for field in kind.fields}
    assert {error["code"] for error in answer.json()["errors"]} == {"required"}


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    """The OpenAPI document; any warning fails."""
    out = io.StringIO()
    call_command("spectacular", validate=True, fail_on_warn=True, format="openapi-json", stdout=out)
    found: dict[str, Any] = json.loads(out.getvalue())
    return found


@every_kind
def test_it_is_described(document: dict[str, Any], kind: Kind) -> None:
    base = f"/api/v1/{kind.key}/"
    methods = {path: set(found) for path, found in document["paths"].items()}
    assert methods[base] == {"get", "post"}
    assert methods[f"{base}bulk/"] == {"post"}
    removal = {"delete"} if kind.remove else set()
    assert methods[f"{base}{{external_id}}/"] == {"get", "patch"} | removal
    assert (f"{base}{{external_id}}/versions/" in methods) == is_versioned(kind)
    schemas = document["components"]["schemas"]
    row = schemas[f"{camel(kind)}Row"]
    assert set(row.get("required", [])) == {field.name for field in kind.required}
    for field in kind.fields:
        described = row["properties"][field.name]
        assert described["description"] == field.help
        if hasattr(field.type, "keys"):
            assert set(described["enum"]) - {None, ""} == set(field.type.keys)
    item = schemas[camel(kind)]["properties"]
    assert {field.name for field in fields_out(kind)} | {"source", "recorded_at"} <= set(item)
    example = document["paths"][base]["post"]["requestBody"]["content"]["application/json"]
    assert next(iter(example["examples"].values()))["value"] == sample_rows(kind)[0]
    names = {one["name"] for one in document["paths"][base]["post"]["parameters"]}
    assert "Idempotency-Key" in names
    asked = {one["name"] for one in document["paths"][base]["get"]["parameters"]}
    assert {"cursor", "page_size", "recorded_from", "recorded_to", "external_id"} <= asked


def test_no_kind_is_named_like_another_address() -> None:
    assert {kind.key for kind in KINDS}.isdisjoint({"metrics", "schema", "docs"})


def test_the_documentation_page_has_it(company: Company, client_of: Clients) -> None:
    client = client_of(company, "viewer")
    assert client.get("/api/v1/docs/").status_code == 200
    document = json.loads(client.get("/api/v1/schema/?format=json").content)
    for kind in KINDS:
        assert f"/api/v1/{kind.key}/bulk/" in document["paths"]
