"""What people fill in about health models."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from metrics.actions.health_models import WHOM_FIELDS
from metrics.dimensions import attribute_keys
from metrics.health.ready_made import READY_MADE
from metrics.health.showing import name_of
from metrics.models import HealthModel, HealthVersion

READY, COPY = "ready:", "copy:"


def _attributes() -> list[tuple[str, str]]:
    return [("", _("any")), *((key, key) for key in attribute_keys())]


class WhomForm(forms.Form):
    """Values for metrics.actions.health_models."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=100)
    segment_key = forms.ChoiceField(
        label=gettext_lazy("Attribute of customers"), choices=_attributes, required=False
    )
    segment_value = forms.CharField(label=gettext_lazy("Its value"), max_length=200, required=False)
    tenure_from = forms.IntegerField(
        label=gettext_lazy("Customers for at least so many days"),
        min_value=0,
        max_value=36_500,
        required=False,
        help_text=gettext_lazy("Counted from the day they first paid."),
    )
    tenure_until = forms.IntegerField(
        label=gettext_lazy("Customers for less than so many days"),
        min_value=1,
        max_value=36_500,
        required=False,
    )

    def values(self) -> dict[str, Any]:
        return {name: self.cleaned_data[name] for name in ("name", *WHOM_FIELDS)}


def initial_whom(model: HealthModel) -> dict[str, Any]:
    return {name: getattr(model, name) for name in ("name", *WHOM_FIELDS)}


def _sources() -> list[tuple[str, Any]]:
    """Ready-made models, and versions in force and drafts to copy. Costs a query."""
    copies: dict[int, tuple[str, str]] = {}
    versions = HealthVersion.objects.filter(model__retired_at=None).select_related("model")
    for version in versions.order_by("model__position", "model_id", "number"):
        copies[version.model_id] = (  # a draft comes last, being null
            f"{COPY}{version.pk}",
            f"{version.model.name}, {name_of(version)}",
        )
    ready = [(f"{READY}{one.key}", f"{_(one.name)}: {_(one.about)}") for one in READY_MADE.values()]
    return [(_("Ready-made"), ready), (_("A copy of"), list(copies.values()))]


class NewModelForm(WhomForm):
    """The same, and what to begin with."""

    source = forms.ChoiceField(label=gettext_lazy("Begin with"), choices=_sources)
    field_order = ("name", "source")

    def begun(self) -> dict[str, Any]:
        """The arguments of the action that say what to begin with."""
        chosen = self.cleaned_data["source"]
        if chosen.startswith(COPY):
            version = HealthVersion.objects.get(pk=chosen.removeprefix(COPY))
            return {"copy_of": version}
        return {"ready_made": chosen.removeprefix(READY)}
