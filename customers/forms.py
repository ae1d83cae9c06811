"""The forms of an import: the file, and how it is read."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.utils.functional import lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, gettext_noop

from accounts.formatting import format_number
from customers.imports.encoding import LABELS, label_of
from customers.imports.fields import Day, Instant, Kind, Number
from customers.imports.files import Sample, too_large
from customers.imports.kinds import KINDS
from customers.imports.limits import MAXIMUM_ROWS, MAXIMUM_SIZE
from customers.imports.options import LONGEST_GAP, EndDay, Options
from customers.imports.parsing import MARK_LABELS, ORDER_LABELS
from customers.imports.remembering import Proposal
from customers.models import Import, Interval

NOT_IN_FILE = gettext_lazy("— not in the file —")
FIND_OUT = gettext_lazy("Find out from the file")
FIELD, ATTRIBUTES = "field-", "attributes"
ASKED = ("interval", "gap_days", "is_making_contacts")
GROUPS = {
    "facts": gettext_noop("Facts"),
    "billing": gettext_noop("Exports of billing systems"),
    "tools": gettext_noop("Exports of tools"),
}


def kinds_by_group() -> list[tuple[str, list[Kind]]]:
    """The kinds as they are offered, under their group's label."""
    groups: dict[str, list[Kind]] = {}
    for kind in KINDS.values():
        groups.setdefault(_(GROUPS.get(kind.group, kind.group.capitalize())), []).append(kind)
    return list(groups.items())


def kind_choices() -> list[tuple[str, list[tuple[str, str]]]]:
    return [
        (label, [(kind.key, kind.shown_label) for kind in kinds])
        for label, kinds in kinds_by_group()
    ]


def _what_fits() -> str:
    return _(
        "An Excel workbook (.xlsx) or a CSV file (comma, semicolon or tab separated), with the"
        " columns' names in the first row. Up to {size} MB and {rows} rows."
    ).format(size=MAXIMUM_SIZE // 1024 // 1024, rows=format_number(MAXIMUM_ROWS))


class UploadForm(forms.Form):
    """Which kind, and the file."""

    kind = forms.ChoiceField(
        label=gettext_lazy("What is in the file?"),
        choices=lambda: [("", str(FIND_OUT)), *kind_choices()],
        required=False,
        help_text=gettext_lazy("What each kind is, with a sample file, stands below."),
    )
    file = forms.FileField(
        label=gettext_lazy("File"),
        help_text=lazy(_what_fits, str)(),
        allow_empty_file=True,  # reading says it better
    )

    def clean_file(self) -> UploadedFile[Any]:
        file: UploadedFile[Any] = self.cleaned_data["file"]
        if (file.size or 0) > MAXIMUM_SIZE:
            raise forms.ValidationError(too_large())
        return file


END_DAYS = [
    (EndDay.FIRST_WITHOUT.value, gettext_lazy("the day after the last one")),
    (EndDay.LAST.value, gettext_lazy("the last day itself")),
]


class ReadingForm(forms.Form):
    """What a file is taken for: its kind, and its encoding or sheet."""

    kind = forms.ChoiceField(
        label=gettext_lazy("What is in the file?"), choices=lambda: kind_choices()
    )
    encoding = forms.ChoiceField(
        label=gettext_lazy("Characters are written in"),
        choices=lambda: [(code, label_of(code)) for code in LABELS],
    )
    sheet = forms.ChoiceField(label=gettext_lazy("Sheet"))

    def __init__(self, import_: Import, data: Any = None) -> None:
        initial = {
            "kind": import_.kind,
            "encoding": import_.form.get("encoding"),
            "sheet": import_.original.get("sheet"),
        }
        super().__init__(data, initial=initial)
        sheets = import_.original.get("sheets", [])
        if import_.original:
            del self.fields["encoding"]
        if len(sheets) < 2:
            del self.fields["sheet"]
        else:
            field = self.fields["sheet"]
            assert isinstance(field, forms.ChoiceField)
            field.choices = [(name, name) for name in sheets]


class MappingForm(forms.Form):
    """One select per field of the kind, ticks for attributes, and what the file does not say."""

    date_order = forms.ChoiceField(label=gettext_lazy("Dates are written"), required=False)
    decimal_mark = forms.ChoiceField(
        label=gettext_lazy("Decimals are written with a"), required=False
    )
    end_day = forms.ChoiceField(label=gettext_lazy("An end date is"), choices=END_DAYS)

    interval = forms.ChoiceField(
        label=gettext_lazy("An amount is for a"),
        choices=[("", gettext_lazy("month, or what its contract has")), *Interval.choices],
        required=False,
    )
    gap_days = forms.IntegerField(
        label=gettext_lazy("Days between two invoiced periods that are no gap"),
        required=False,
        min_value=0,
        max_value=LONGEST_GAP,
        help_text=gettext_lazy("Empty: as Settings > Billing says."),
    )
    is_making_contacts = forms.BooleanField(
        label=gettext_lazy("Make contacts that are not known"),
        required=False,
        help_text=gettext_lazy(
            "Of the customer's id and the address in the row. The check says how many."
        ),
    )

    def __init__(self, kind: Kind, sample: Sample, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.kind = kind
        columns = [(column, column) for column in sample.columns]
        for field in kind.fields:
            self.fields[FIELD + field.name] = forms.ChoiceField(
                label=field.shown_label,
                help_text=field.shown_help,
                required=field.is_required,
                choices=[("", NOT_IN_FILE), *columns],
                error_messages={"required": _("Choose the column that holds it.")},
            )
        if kind.takes_attributes:
            self.fields[ATTRIBUTES] = forms.MultipleChoiceField(
                label=_("Columns that become attributes"),
                help_text=_(
                    "Attributes cut figures into segments and show on the customer's page."
                ),
                required=False,
                choices=[(column, _with_examples(sample, column)) for column in sample.columns],
                widget=forms.CheckboxSelectMultiple,
            )
        found = [("", _("Found from the file"))]
        self._choices(
            "date_order", [*found, *((key, _(label)) for key, label in ORDER_LABELS.items())]
        )
        self._choices(
            "decimal_mark", [*found, *((key, _(label)) for key, label in MARK_LABELS.items())]
        )
        types = {type(field.type) for field in kind.fields}
        names = {field.name for field in kind.fields}
        if not types & {Day, Instant}:
            del self.fields["date_order"]
        if Number not in types:
            del self.fields["decimal_mark"]
        if {"started_on", "ended_on"} <= names:
            self._choices(
                "end_day",
                [
                    (EndDay.FOUND.value, found[0][1]),
                    *((key, str(label)) for key, label in END_DAYS),
                ],
            )
            self.fields["end_day"].initial = EndDay.FOUND
        elif "ended_on" not in names and not kind.last_days:
            del self.fields["end_day"]
        for name in ASKED:
            if name not in kind.asks:
                del self.fields[name]

    def _choices(self, name: str, choices: list[tuple[str, str]]) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)
        field.choices = choices

    def mapped_fields(self) -> list[forms.BoundField]:
        return [self[FIELD + field.name] for field in self.kind.fields]

    def option_fields(self) -> list[forms.BoundField]:
        said = ("date_order", "decimal_mark", "end_day", *ASKED)
        names = [n for n in said if n in self.fields]
        return [self[name] for name in names]

    def attribute_field(self) -> forms.BoundField | None:
        return self[ATTRIBUTES] if ATTRIBUTES in self.fields else None

    @property
    def mapping(self) -> dict[str, str]:
        return {
            field.name: column
            for field in self.kind.fields
            if (column := self.cleaned_data[FIELD + field.name])
        }

    @property
    def attributes(self) -> list[str]:
        """In the file's order; a column that is a field already is none."""
        taken = set(self.mapping.values())
        return [c for c in self.cleaned_data.get(ATTRIBUTES, []) if c not in taken]

    @property
    def options(self) -> Options:
        return Options.from_json(self.cleaned_data)


def initial_of(proposal: Proposal) -> dict[str, Any]:
    """What MappingForm begins with."""
    values = {FIELD + name: column for name, column in proposal.mapping.items()}
    return {**proposal.options, **values, ATTRIBUTES: proposal.attributes}


def _with_examples(sample: Sample, column: str) -> str:
    examples = list(dict.fromkeys(value[:30] for value in sample.values(column, 60)))[:3]
    if examples:
        return f"{column} ({', '.join(examples)})"
    return _("{column} (empty)").format(column=column)
