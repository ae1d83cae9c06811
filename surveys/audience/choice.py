"""What was chosen, as a draft keeps it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from accounts.actions.refusals import Refused
from surveys.models import Campaign

ALL = "all"
ATTRIBUTE = "attribute"
PICKED = "picked"


class AudienceError(Refused):
    """The choice cannot be had; `field` names the filter, or a field of Choice."""

    def __init__(self, message: str, *, field: str) -> None:
        super().__init__(message, code="audience_wrong")
        self.field = field


@dataclass(frozen=True)
class Filter:
    """Only those for whom one of the values holds. `name` is a kind's (surveys.audience.filters);
    `key` says which attribute, or which kind of survey, where there are several."""

    name: str
    values: Sequence[str]
    key: str = ""


@dataclass(frozen=True)
class Choice:
    """All contacts or those named (`contacts`, by id), of whom every filter holds. Contacts of
    customers who have left are among all of them only if `is_former_included`.

    `who` "attribute" is how drafts before there were filters say one: `values` of `attribute`.
    `not_asked_days`: who was asked by any campaign so recently is left out; 0: do not look.
    """

    who: str = ALL
    attribute: str = ""
    values: Sequence[str] = ()
    contacts: Sequence[int] = ()
    not_asked_days: int = 90
    is_former_included: bool = False
    filters: Sequence[Filter] = ()

    @classmethod
    def of(cls, campaign: Campaign) -> Choice:
        """The campaign's, or everybody not asked for 90 days where none was made yet."""
        return cls.read(campaign.audience)

    @classmethod
    def read(cls, held: Mapping[str, Any]) -> Choice:
        filters = [
            Filter(name=one["name"], values=tuple(one["values"]), key=one.get("key", ""))
            for one in held.get("filters", [])
        ]
        lists = {name: tuple(held.get(name, ())) for name in ("values", "contacts")}
        return cls(**{**held, **lists, "filters": tuple(filters)})

    @property
    def is_former_asked(self) -> bool:
        """Whether contacts of customers who have left are asked: who names them means them."""
        return self.is_former_included or self.who == PICKED

    def all_filters(self) -> Sequence[Filter]:
        """Every filter, an old draft's attribute among them."""
        if self.who != ATTRIBUTE:
            return self.filters
        return (Filter("attribute", tuple(self.values), self.attribute), *self.filters)

    def as_json(self) -> dict[str, Any]:
        return {
            "who": self.who,
            "attribute": self.attribute,
            "values": list(self.values),
            "contacts": list(self.contacts),
            "not_asked_days": self.not_asked_days,
            "is_former_included": self.is_former_included,
            "filters": [
                {"name": one.name, "key": one.key, "values": list(one.values)}
                for one in self.filters
            ],
        }
