"""The forms of an import: the file, and how it is read."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile

from customers.imports.encoding import LABELS
from customers.imports.fields import Day, Instant, Kind, Number
from customers.imports.files import Sample, too_large
from customers.imports.kinds import KINDS
from customers.imports.limits import MAXIMUM_ROWS, MAXIMUM_SIZE
from customers.imports.options import LONGEST_GAP, EndDay, Options
from customers.imports.parsing import MARK_LABELS, ORDER_LABELS
from customers.imports.remembering import Proposal
from customers.models import Import

NOT_IN_FILE = "— not in the file —"
FIND_OUT = "Find out from the file"
FIELD, ATTRIBUTES = "field-", "attributes"
ASKED = ("gap_days", "is_making_contacts")
GROUPS = {"facts": "Facts", "billing": "Exports of billing systems", "tools": "Exports of tools"}


def kinds_by_group() -> list[tuple[str, list[Kind]]]:
    """The kinds as they are offered, under their group's label."""
    groups: dict[str, list[Kind]] = {}
    for kind in KINDS.values():
        groups.setdefault(GROUPS.get(kind.group, kind.group.capitalize()), []).append(kind)
    return list(groups.items())


def kind_choices() -> list[tuple[str, list[tuple[str, str]]]]:
    return [
        (label, [(kind.key, kind.label) for kind in kinds]) for label, kinds in kinds_by_group()
    ]


class UploadForm(forms.Form):
    """Which kind, and the file."""

    kind = forms.ChoiceField(
        label="What is in the file?",
        choices=lambda: [("", FIND_OUT), *kind_choices()],
        required=False,
        help_text="What each kind is, with a sample file, stands below.",
    )
    file = forms.FileField(
        label="File",
        help_text="An Excel workbook (.xlsx) or a CSV file (comma, semicolon or tab separated),"
        " with the columns' names in the first row. Up to"
        f" {MAXIMUM_SIZE // 1024 // 1024} MB and {MAXIMUM_ROWS:,} rows.",
        allow_empty_file=True,  # reading says it better
    )

    def clean_file(self) -> UploadedFile[Any]:
        file: UploadedFile[Any] = self.cleaned_data["file"]
        if (file.size or 0) > MAXIMUM_SIZE:
            raise forms.ValidationError(too_large())
        return file


class ReadingForm(forms.Form):
    """What a file is taken for: its kind, and its encoding or sheet."""

    kind = forms.ChoiceField(label="What is in the file?", choices=lambda: kind_choices())
    encoding = forms.ChoiceField(label="Characters are written in", choices=list(LABELS.items()))
    sheet = forms.ChoiceField(label="Sheet")

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

    date_order = forms.ChoiceField(label="Dates are written", required=False)
    decimal_mark = forms.ChoiceField(label="Decimals are written with a", required=False)
    end_day = forms.ChoiceField(
        label="An end date is",
        choices=[
            (EndDay.FIRST_WITHOUT, "the first day without"),
            (EndDay.LAST, "the last day"),
        ],
    )

    gap_days = forms.IntegerField(
        label="Days between two invoiced periods that are no gap",
        required=False,
        min_value=0,
        max_value=LONGEST_GAP,
        help_text="Empty: as Settings > Billing says.",
    )
    is_making_contacts = forms.BooleanField(
        label="Make contacts that are not known",
        required=False,
        help_text="Of the customer's id and the address in the row. The check says how many.",
    )

    def __init__(self, kind: Kind, sample: Sample, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.kind = kind
        columns = [(column, column) for column in sample.columns]
        for field in kind.fields:
            self.fields[FIELD + field.name] = forms.ChoiceField(
                label=field.label,
                help_text=field.help,
                required=field.is_required,
                choices=[("", NOT_IN_FILE), *columns],
                error_messages={"required": "Choose the column that holds it."},
            )
        if kind.takes_attributes:
            self.fields[ATTRIBUTES] = forms.MultipleChoiceField(
                label="Columns that become attributes",
                help_text="Attributes cut figures into segments and show on the customer's page.",
                required=False,
                choices=[(column, _with_examples(sample, column)) for column in sample.columns],
                widget=forms.CheckboxSelectMultiple,
            )
        found = [("", "Found from the file")]
        self._choices("date_order", [*found, *ORDER_LABELS.items()])
        self._choices("decimal_mark", [*found, *MARK_LABELS.items()])
        types = {type(field.type) for field in kind.fields}
        names = {field.name for field in kind.fields}
        if not types & {Day, Instant}:
            del self.fields["date_order"]
        if Number not in types:
            del self.fields["decimal_mark"]
        if "ended_on" not in names and not kind.last_days:
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
    return f"{column} ({', '.join(examples)})" if examples else f"{column} (empty)"
