"""Models and versions as pages and API show them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from accounts.formatting import format_number
from metrics.health import recipe as recipes
from metrics.health.curves import Curve
from metrics.health.drawing import Drawn, drawn
from metrics.health.recipe import Ingredient, Recipe
from metrics.health.signals.signal import Group, Signal
from metrics.models import HealthModel, HealthVersion


@dataclass(frozen=True)
class Shown:
    """An ingredient with its share of all weights, 0 to 1."""

    signal: Signal
    ingredient: Ingredient
    share: float
    drawn: Drawn


@dataclass(frozen=True)
class Kind:
    """The ingredients of one kind, the heaviest first."""

    group: Group
    rows: Sequence[Shown]

    @property
    def share(self) -> float:
        return sum(row.share for row in self.rows)


def kinds(recipe: Recipe, known: Mapping[str, Signal]) -> list[Kind]:
    """A recipe by kind of signals."""
    shares = recipe.shares()
    rows = [
        Shown(known[one.signal], one, shares[one.signal], drawn(one.curve))
        for one in recipe.ingredients
    ]
    rows.sort(key=lambda row: -row.share)
    found = [Kind(group, [row for row in rows if row.signal.group is group]) for group in Group]
    return [kind for kind in found if kind.rows]


@dataclass(frozen=True)
class Compared:
    """A signal in two recipes; a share of 0 where it is not in one. `was`, `now`: both curves on
    one axis, None where there is none."""

    signal: Signal
    share_before: float
    share_after: float
    before: Ingredient | None
    after: Ingredient | None
    was: Drawn | None
    now: Drawn | None

    @property
    def difference(self) -> float:
        return self.share_after - self.share_before

    @property
    def is_curve_other(self) -> bool:
        both = self.before is not None and self.after is not None
        return both and self.before.curve != self.after.curve  # type: ignore[union-attr]

    @property
    def is_missing_other(self) -> bool:
        both = self.before is not None and self.after is not None
        return both and self.before.missing != self.after.missing  # type: ignore[union-attr]

    @property
    def is_other(self) -> bool:
        is_share_other = abs(self.difference) > 5e-5
        return is_share_other or self.is_curve_other or self.is_missing_other


def compare(before: Recipe, after: Recipe, known: Mapping[str, Signal]) -> list[Compared]:
    """All signals of either; those that weigh the most in the later first."""
    was = {one.signal: one for one in before.ingredients}
    now = {one.signal: one for one in after.ingredients}
    shares, later = before.shares(), after.shares()
    rows = [
        Compared(
            signal=known[key],
            share_before=shares.get(key, 0.0),
            share_after=later.get(key, 0.0),
            before=was.get(key),
            after=now.get(key),
            was=_beside(was.get(key), now.get(key)),
            now=_beside(now.get(key), was.get(key)),
        )
        for key in dict.fromkeys([*now, *was])
    ]
    return sorted(rows, key=lambda row: (-row.share_after, -row.share_before))


def _beside(one: Ingredient | None, other: Ingredient | None) -> Drawn | None:
    others: list[Curve] = [other.curve] if other else []
    return drawn(one.curve, *others) if one else None


def name_of(version: HealthVersion) -> str:
    return _("version {number}").format(number=version.number) if version.number else _("draft")


def read(version: HealthVersion, known: Mapping[str, Signal]) -> Recipe:
    """Raises RecipeError where one of its signals is gone."""
    return recipes.read(version.recipe, known)


def whom(model: HealthModel) -> str:
    """Whom a model is for, in words; nothing where it asks no condition."""
    conditions = []
    if model.segment_key:
        conditions.append(
            _("{attribute} is {value}").format(
                attribute=model.segment_key, value=model.segment_value
            )
        )
    begins, ends = model.tenure_from, model.tenure_until
    if begins and ends is not None:
        conditions.append(
            _("a customer for {begins} to {ends} days").format(
                begins=format_number(begins), ends=format_number(ends - 1)
            )
        )
    elif begins:
        conditions.append(
            _("a customer for {begins} days or more").format(begins=format_number(begins))
        )
    elif ends is not None:
        conditions.append(
            _("a customer for less than {ends} days").format(ends=format_number(ends))
        )
    return _(" and ").join(conditions)


def whom_else(model: HealthModel) -> str:
    """The same where it asks no condition, too. Costs a query then."""
    others = HealthModel.objects.filter(
        retired_at=None, position__lt=model.position, versions__number__isnull=False
    )
    return whom(model) or (_("everybody else") if others.exists() else _("everybody"))
