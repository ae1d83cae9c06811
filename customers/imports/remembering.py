"""How files with such columns were read the last time one was imported."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from django.utils import timezone

from customers.imports.fields import Kind
from customers.imports.files import Sample
from customers.imports.guessing import guess_attributes, guess_mapping, guess_options
from customers.imports.kinds import KINDS
from customers.models import Import, RememberedMapping

_SHARE_THAT_IS_MOST = 0.6
_LOOKED_AT = 50
_KEPT_PER_KIND = 200


@dataclass(frozen=True)
class Proposal:
    """How a file may be read: as last time, or guessed. `options` as Import.options."""

    mapping: dict[str, str]
    attributes: list[str]
    options: dict[str, Any] = field(default_factory=dict)
    remembered: RememberedMapping | None = None


def key_of(columns: Sequence[str]) -> str:
    """The same for the same names, whatever their order and case."""
    names = sorted(column.casefold() for column in columns)
    return hashlib.sha256(json.dumps(names).encode()).hexdigest()


def remember(import_: Import) -> None:
    """Keep how this file was read for the next one like it."""
    RememberedMapping.objects.update_or_create(
        kind=import_.kind,
        columns_key=key_of(import_.columns),
        defaults={
            "columns": import_.columns,
            "mapping": import_.mapping,
            "attributes": import_.attributes,
            "options": import_.options,
            "file_name": import_.file_name,
            "used_at": import_.finished_at or timezone.now(),
        },
    )
    old = RememberedMapping.objects.filter(kind=import_.kind).order_by("-used_at", "-pk")
    RememberedMapping.objects.filter(
        pk__in=list(old.values_list("pk", flat=True)[_KEPT_PER_KIND:])
    ).delete()


def propose(kind: Kind, sample: Sample, *, is_forgetting: bool = False) -> Proposal:
    """As last time where a file with these columns, or most of them, was imported before; the
    rest is guessed. `is_forgetting`: guess all of it."""
    remembered = None if is_forgetting else _like(kind, sample.columns)
    if remembered is None:
        mapping = guess_mapping(kind, sample)
        attributes = guess_attributes(kind, sample, mapping)
        return Proposal(mapping, attributes, guess_options(kind, mapping))
    here = {column.casefold(): column for column in sample.columns}
    known = {field.name for field in kind.fields}
    mapping = {
        name: here[column.casefold()]
        for name, column in remembered.mapping.items()
        if name in known and column.casefold() in here
    }
    seen = {column.casefold() for column in remembered.columns}
    new = [column for column in sample.columns if column.casefold() not in seen]
    taken = set(mapping.values())
    for name, column in guess_mapping(kind, sample).items():
        is_lost = name in remembered.mapping
        if name not in mapping and column not in taken and (is_lost or column in new):
            mapping[name] = column
            taken.add(column)
    attributes = [
        here[column.casefold()] for column in remembered.attributes if column.casefold() in here
    ]
    return Proposal(mapping, attributes, dict(remembered.options), remembered)


def kind_of(columns: Sequence[str]) -> Kind | None:
    """What a file with exactly these columns was the last time one was imported."""
    held = RememberedMapping.objects.filter(columns_key=key_of(columns), kind__in=KINDS)
    latest = held.order_by("-used_at", "-pk").first()
    return KINDS[latest.kind] if latest is not None else None


def _like(kind: Kind, columns: Sequence[str]) -> RememberedMapping | None:
    """The latest with exactly these columns, else the one that shares most of them."""
    held = RememberedMapping.objects.filter(kind=kind.key)
    if (exact := held.filter(columns_key=key_of(columns)).first()) is not None:
        return exact
    names = {column.casefold() for column in columns}

    def share(other: RememberedMapping) -> float:
        theirs = {column.casefold() for column in other.columns}
        return len(names & theirs) / len(names | theirs)

    newest = list(held.order_by("-used_at", "-pk")[:_LOOKED_AT])
    best = max(newest, key=share, default=None)
    return best if best is not None and share(best) >= _SHARE_THAT_IS_MOST else None


def forget(import_: Import) -> int:
    """Forget how files with these columns are read; how many memories went."""
    columns = import_.columns
    count = 0
    while (like := _like(KINDS[import_.kind], columns)) is not None:
        like.delete()
        count += 1
    return count
