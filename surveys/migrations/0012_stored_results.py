"""What came of large campaigns, counted ahead of whoever reads it."""

from __future__ import annotations

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("surveys", "0011_words_by_time"),
    ]

    operations = [
        migrations.CreateModel(
            name="StoredResults",
            fields=[
                (
                    "campaign",
                    models.OneToOneField(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="+",
                        serialize=False,
                        to="surveys.campaign",
                    ),
                ),
                ("timezone", models.CharField(max_length=64)),
                ("scores", models.JSONField(help_text="{score: answers that count}")),
                ("invited", models.PositiveIntegerField()),
                ("content", models.JSONField()),
            ],
        ),
        migrations.CreateModel(
            name="ResultsChange",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "campaign",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="surveys.campaign",
                    ),
                ),
            ],
        ),
    ]
