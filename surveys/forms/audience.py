"""Who a campaign goes to, as people fill it in."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, cast

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db.models.functions import Lower
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, gettext_noop, ngettext

from accounts.formatting import format_number
from customers.models import Contact
from customers.models.customer import attribute_label
from surveys import audience
from surveys.audience import AudienceError, Choice, Filter, FilterKind, Group, Option, Shape
from surveys.forms.picking import Picker

UNKNOWN_SHOWN = 20


@dataclass(frozen=True)
class _Box:
    """One filter's field: of a kind, and of a key where it has several."""

    kind: FilterKind
    key: str
    name: str


class AudienceForm(forms.Form):
    """Who a campaign goes to. A field per filter is made of what the company has.

    Addresses that are known go over to the contacts picked (`picker`); the others stay, and are
    named. `is_picking`: nobody need be picked yet.
    """

    who = forms.ChoiceField(
        label=gettext_lazy("Start from"),
        choices=[
            (audience.ALL, gettext_lazy("All contacts")),
            (audience.PICKED, gettext_lazy("Contacts I name")),
        ],
        widget=forms.RadioSelect,
        initial=audience.ALL,
    )
    is_former_included = forms.BooleanField(
        label=gettext_lazy("Also contacts of customers who have left"),
        required=False,
        help_text=gettext_lazy(
            "Those whose subscriptions have all ended. Customers without any subscription are"
            " asked anyway."
        ),
    )
    addresses = forms.CharField(
        label=gettext_lazy("Or paste their e-mail addresses"),
        required=False,
        help_text=gettext_lazy("One per line, or as mail programs copy them."),
        widget=forms.Textarea(attrs={"rows": 3, "spellcheck": "false"}),
    )
    sample_percent = forms.IntegerField(
        label=gettext_lazy("Ask a sample of"),
        min_value=1,
        max_value=100,
        initial=100,
        help_text=gettext_lazy(
            "Always the same contacts of this campaign; a higher share adds to them."
        ),
    )
    not_asked_days = forms.IntegerField(
        label=gettext_lazy("Leave out contacts asked in the last"),
        min_value=0,
        max_value=3650,
        initial=90,
        help_text=gettext_lazy(
            "By any campaign, at the same address. 0: only the limits of the settings hold."
        ),
    )

    def __init__(
        self, data: QueryDict | None, *, choice: Choice, sample_percent: int = 100
    ) -> None:
        super().__init__(data, initial={**self._initial(choice), "sample_percent": sample_percent})
        self.is_picking = data is not None and Picker.is_asked(data)
        self.picker = Picker.of(choice) if data is None else Picker.read(data)
        held = {(one.name, one.key): one.values for one in choice.all_filters()}
        self._boxes = [
            self._add(kind, key, options, held.get((kind.name, key), ()))
            for kind in audience.kinds()
            for key, options in _with_held(kind, held)
        ]

    def _add(
        self, kind: FilterKind, key: str, options: Sequence[Option], values: Sequence[str]
    ) -> _Box:
        box = _Box(kind, key, f"{kind.name}:{key}" if key else kind.name)
        label = _label(kind, key)
        made: forms.Field
        if kind.shape is Shape.CHOICES:
            known = {option.value for option in options}
            choices = [(option.value, option.label) for option in options]
            choices += [(value, value) for value in values if value not in known]
            made = forms.MultipleChoiceField(
                choices=choices, widget=forms.CheckboxSelectMultiple, initial=list(values)
            )
        else:
            first = ", ".join(values)
            widgets: dict[Shape, forms.Widget] = {
                Shape.DAY: forms.DateInput(attrs={"type": "date"}),
                Shape.WHOLE: forms.NumberInput(attrs={"min": 0, "inputmode": "numeric"}),
                Shape.AMOUNT: forms.NumberInput(attrs={"min": 0, "step": "any"}),
                Shape.WORDS: forms.TextInput(),
            }
            longest = 500 if kind.shape is Shape.WORDS else 40
            made = forms.CharField(initial=first, max_length=longest, widget=widgets[kind.shape])
        made.label, made.help_text, made.required = label, _(kind.help) if kind.help else "", False
        self.fields[box.name] = made
        return box

    @property
    def customer_filters(self) -> Iterator[dict[str, Any]]:
        return self._shown(Group.CUSTOMERS)

    @property
    def contact_filters(self) -> Iterator[dict[str, Any]]:
        return self._shown(Group.CONTACTS)

    def _shown(self, group: Group) -> Iterator[dict[str, Any]]:
        """The filters of a group: field, what is chosen in words, and the words beside the box."""
        for box in self._boxes:
            if box.kind.group is not group:
                continue
            field = self[box.name]
            value = field.value() or []
            values = value if isinstance(value, list) else [value]
            names = dict(getattr(self.fields[box.name], "choices", []))
            yield {
                "field": field,
                "chosen": ", ".join(str(names.get(one, one)) for one in values),
                "suffix": _(box.kind.suffix) if box.kind.suffix else "",
                "is_open": bool(field.errors),
            }

    @staticmethod
    def _initial(choice: Choice) -> dict[str, Any]:
        return {
            "who": audience.PICKED if choice.who == audience.PICKED else audience.ALL,
            "not_asked_days": choice.not_asked_days,
            "is_former_included": choice.is_former_included,
        }

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("who") == audience.PICKED:
            if "addresses" in cleaned and (not self.is_picking or self.data.get("then") == "add"):
                self._take(cleaned["addresses"])
            if not (self.picker.count or self.is_picking or "addresses" in self.errors):
                self.add_error("who", _("Name at least one contact."))
        if not self.errors:
            try:
                cleaned["choice"] = audience.checked(self._chosen(cleaned))
            except AudienceError as error:
                self.add_error(error.field if error.field in self.fields else None, error.message)
        return cleaned

    def _chosen(self, cleaned: dict[str, Any]) -> Choice:
        filters = []
        for box in self._boxes:
            value = cleaned[box.name]
            values = [value] if isinstance(value, str) else value
            if box.kind.shape is Shape.WORDS:
                values = [word for word in value.split(",") if word.strip()]
            if any(values):
                filters.append(Filter(box.kind.name, tuple(values), box.key))
        return Choice(
            who=cleaned["who"],
            contacts=tuple(self.picker.ids) if cleaned["who"] == audience.PICKED else (),
            not_asked_days=cleaned["not_asked_days"],
            is_former_included=cleaned["is_former_included"],
            filters=tuple(filters),
        )

    def _take(self, text: str) -> None:
        """Pick the contacts with these addresses: every one of several with the same address.
        What is no contact's is left in the field."""
        written = {word.lower(): word for word in _words(text)}
        found = list(
            Contact.objects.present()
            .annotate(address=Lower("email"))
            .filter(address__in=written)
            .order_by("pk")
            .values_list("pk", "address")
        )
        self.picker.add(pk for pk, _address in found)
        known = {address for _pk, address in found}
        missing = [word for address, word in written.items() if address not in known]
        if missing:
            self.add_error("addresses", _words_for(missing))
        data = cast("QueryDict", self.data).copy()
        data["addresses"] = "\n".join(missing)
        self.data = data

    def choice(self) -> Choice:
        """What was chosen; only when the form is valid."""
        chosen: Choice = self.cleaned_data["choice"]
        return chosen


def _with_held(
    kind: FilterKind, held: dict[tuple[str, str], Sequence[str]]
) -> list[tuple[str, list[Option]]]:
    """The kind's options by key, also of keys that only the draft has; none without options."""
    if kind.shape is not Shape.CHOICES:
        return [("", [])]
    options = {key: found for key, found in kind.options().items() if found}
    for name, key in held:
        if name == kind.name:
            options.setdefault(key, [])
    return list(options.items())


_OWN_WORDS = {
    "nps": gettext_noop("Last NPS answer"),
    "csat": gettext_noop("Last CSAT answer"),
    "ces": gettext_noop("Last CES answer"),
}


def _label(kind: FilterKind, key: str) -> str:
    if not key:
        return _(kind.label)
    if kind.name == "last_level":
        return _(_OWN_WORDS[key]) if key in _OWN_WORDS else key
    return attribute_label(key)


# `Ann Example <ann@example.com>`, the name perhaps in quotes.
_NAMED = re.compile(r'(?:"[^"\n]*"|[^,;\n<>"])*<([^<>\n]*)>')


def _words(text: str) -> list[str]:
    """What was pasted, address by address; names beside addresses are left away."""
    return re.split(r"[\s,;]+", _NAMED.sub(r" \1 ", text).strip()) if text.strip() else []


def _words_for(missing: list[str]) -> str:
    """Which addresses are no contacts', and which of them cannot be addresses at all."""
    shown = ", ".join(missing[:UNKNOWN_SHOWN])
    more = len(missing) - UNKNOWN_SHOWN
    if more > 0:
        words = ngettext("{addresses} and {count} more", "{addresses} and {count} more", more)
        shown = words.format(addresses=shown, count=format_number(more))
    if all(_is_address(word) for word in missing):
        return _("No contact has: {addresses}.").format(addresses=shown)
    return _("These are no addresses of contacts: {addresses}.").format(addresses=shown)


def _is_address(word: str) -> bool:
    try:
        validate_email(word)
    except ValidationError:
        return False
    return True
