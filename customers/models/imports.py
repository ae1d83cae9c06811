"""A file that somebody brought in: what it is, how far it got, and what is wrong with it."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from django.conf import settings
from django.core.cache import caches
from django.db import models
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, gettext_noop

from customers.models.source import Source

PROGRESS_SECONDS = 3600
NOTHING = models.Value({}, models.JSONField())
NO_NOTICES = models.Value([], models.JSONField())


class Import(models.Model):
    """One file of one kind on its way in.

    Uploaded, checked (a dry run: the counts and problems below are its outcome), confirmed, done.
    Facts are written in one transaction, so an import that is not `done` has stored none.
    `mapping` is {our field: their column}; `attributes` the columns that become customer
    attributes; `options` see customers.imports.options. What is stored is delimited text; a
    workbook is brought to that once, when it is taken in (`original` says what it was).
    """

    class State(models.TextChoices):
        UPLOADED = "uploaded", gettext_lazy("uploaded")
        CHECKING = "checking", gettext_lazy("being checked")
        CHECKED = "checked", gettext_lazy("checked")
        CONFIRMED = "confirmed", gettext_lazy("waiting to run")
        RUNNING = "running", gettext_lazy("running")
        DONE = "done", gettext_lazy("done")
        FAILED = "failed", gettext_lazy("failed")
        UNDOING = "undoing", gettext_lazy("being undone")
        UNDONE = "undone", gettext_lazy("undone")

    kind = models.CharField(max_length=32)
    state = models.CharField(max_length=16, choices=State, default=State.UPLOADED)
    file_name = models.CharField(max_length=200)
    file_size = models.BigIntegerField()
    file_sha256 = models.CharField(max_length=64)
    form = models.JSONField(
        help_text="Encoding, delimiter, quote (customers.imports.reading.Form)."
    )
    columns = models.JSONField(help_text="The header, in order.")
    mapping = models.JSONField(default=dict)
    attributes = models.JSONField(default=list)
    options = models.JSONField(default=dict)
    original = models.JSONField(
        default=dict,
        db_default=NOTHING,
        help_text="Of a workbook: sha256, size, the sheet read and the sheets there are.",
    )
    readings = models.JSONField(
        default=dict,
        db_default=NOTHING,
        help_text="{column: how the check found its dates and decimals written}.",
    )
    question = models.TextField(blank=True, help_text="What the check could not decide by itself.")
    message = models.TextField(blank=True, help_text="Why it failed.")

    rows = models.PositiveBigIntegerField(default=0)
    created_rows = models.PositiveBigIntegerField(default=0)
    updated_rows = models.PositiveBigIntegerField(default=0)
    unchanged_rows = models.PositiveBigIntegerField(default=0)
    ignored_rows = models.PositiveBigIntegerField(
        default=0, db_default=0, help_text="Older than what is held."
    )
    rows_in_error = models.PositiveBigIntegerField(default=0)
    notices = models.JSONField(
        default=list,
        db_default=NO_NOTICES,
        help_text="What is good to know about rows not in error: [{text, count, rows}].",
    )
    is_skipping_errors = models.BooleanField(default=False)

    checked_digest = models.CharField(
        max_length=64, blank=True, help_text="What was shown and may be confirmed; see `digest`."
    )
    source = models.OneToOneField(
        Source, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    confirmed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)
    checked_at = models.DateTimeField(null=True, blank=True)
    confirmed_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    undone_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    undone_at = models.DateTimeField(null=True, blank=True)
    undone = models.JSONField(
        default=dict,
        db_default=NOTHING,
        help_text="What its undo did; see customers.actions.undo.Undone.",
    )

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(
                    state__in=[
                        "uploaded",
                        "checking",
                        "checked",
                        "confirmed",
                        "running",
                        "done",
                        "failed",
                        "undoing",
                        "undone",
                    ]
                ),
                name="import_state_known",
            ),
            models.CheckConstraint(
                condition=~models.Q(state__in=["done", "undoing", "undone"])
                | models.Q(source__isnull=False, finished_at__isnull=False),
                name="import_done_has_source_and_end",
            ),
        ]

    def __str__(self) -> str:
        return self.file_name

    def get_absolute_url(self) -> str:
        return reverse("customers:import_detail", args=[self.pk])

    @property
    def job_key(self) -> str:
        """The key of the job that works on it; one at a time."""
        return f"import-{self.pk}"

    @property
    def is_editable(self) -> bool:
        """Its mapping may be changed, and it may be thrown away."""
        return self.state in {self.State.UPLOADED, self.State.CHECKED, self.State.FAILED}

    @property
    def is_at_work(self) -> bool:
        """A job has it or will have it."""
        return self.state in {
            self.State.CHECKING,
            self.State.CONFIRMED,
            self.State.RUNNING,
            self.State.UNDOING,
        }

    @property
    def good_rows(self) -> int:
        return self.created_rows + self.updated_rows + self.unchanged_rows + self.ignored_rows

    @property
    def would_change(self) -> bool:
        """Its good rows bring something that is not held yet."""
        return bool(self.created_rows or self.updated_rows)

    @property
    def is_mostly_in_error(self) -> bool:
        return self.rows_in_error > self.good_rows

    def digest(self) -> str:
        """What a confirmation is bound to: the file's bytes and how they are read."""
        content: list[Any] = [
            self.file_sha256,
            self.kind,
            self.form,
            self.mapping,
            self.attributes,
            self.options,
            *([self.original] if self.original else []),
        ]
        return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()

    # A run is one transaction, so how far it is can't be seen in this row; the cache tells.
    def tell_progress(self, stage: str, share: float | None = None) -> None:
        caches["company"].set(
            f"import-progress-{self.pk}", {"stage": stage, "share": share}, PROGRESS_SECONDS
        )

    def progress(self) -> dict[str, Any]:
        """`stage` in the language in force, and `share` 0-1 or None; a hint, gone when the cache
        is."""
        told: dict[str, Any] | None = caches["company"].get(f"import-progress-{self.pk}")
        stage = told["stage"] if told else gettext_noop("Waiting for its turn")
        return {"stage": _(stage), "share": told["share"] if told else None}


class ImportPart(models.Model):
    """A piece of the file. In the database, so that every worker can read it and it goes with
    the company."""

    of = models.ForeignKey(Import, on_delete=models.CASCADE, related_name="parts")
    position = models.PositiveIntegerField()
    content = models.BinaryField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["of", "position"], name="import_part_once"),
        ]

    def __str__(self) -> str:
        return f"{self.of_id} part {self.position}"


class OriginalPart(models.Model):
    """A piece of a workbook with several sheets, kept until one of them is confirmed."""

    of = models.ForeignKey(Import, on_delete=models.CASCADE, related_name="original_parts")
    position = models.PositiveIntegerField()
    content = models.BinaryField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["of", "position"], name="original_part_once"),
        ]

    def __str__(self) -> str:
        return f"{self.of_id} original part {self.position}"


class RememberedMapping(models.Model):
    """How files with these columns were read the last time one was imported.

    `columns_key` is customers.imports.remembering.key_of the columns.
    """

    kind = models.CharField(max_length=32)
    columns_key = models.CharField(max_length=64)
    columns = models.JSONField()
    mapping = models.JSONField()
    attributes = models.JSONField(default=list)
    options = models.JSONField(default=dict)
    file_name = models.CharField(max_length=200)
    used_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["kind", "columns_key"], name="remembered_once"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} as in {self.file_name}"


class FormerValue(models.Model):
    """What a row of a table without versions held before a source overwrote it.

    Only the columns that changed. Undoing the source's import puts them back.
    """

    source = models.ForeignKey(Source, on_delete=models.CASCADE, related_name="+")
    table = models.CharField(max_length=63)
    row_id = models.BigIntegerField()
    values = models.JSONField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["source", "table", "row_id"], name="former_value_once"),
        ]
        indexes = [models.Index(fields=["table", "row_id"], name="former_value_row")]

    def __str__(self) -> str:
        return f"{self.table} {self.row_id} before source {self.source_id}"


class ImportProblem(models.Model):
    """What is wrong with one row. The first MAXIMUM_KEPT are kept; Import.rows_in_error has all."""

    MAXIMUM_KEPT = 1000

    of = models.ForeignKey(Import, on_delete=models.CASCADE, related_name="problems")
    row_number = models.PositiveBigIntegerField()
    column = models.CharField(max_length=200, blank=True)
    value = models.CharField(max_length=200, blank=True)
    message = models.TextField()

    class Meta:
        ordering = ["row_number", "id"]

    def __str__(self) -> str:
        where = f"Row {self.row_number}"
        return (
            f"{where}, column {self.column}: {self.message}"
            if self.column
            else (f"{where}: {self.message}")
        )

    @property
    def untold_value(self) -> str:
        """What stands in the cell, where the message does not say it already."""
        return "" if self.value in self.message else self.value
