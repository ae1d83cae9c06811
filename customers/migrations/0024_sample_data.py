"""The sample data of a company, while they are there."""

from __future__ import annotations

import django.contrib.postgres.fields
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        ("customers", "0023_event_days"),
    ]

    operations = [
        migrations.CreateModel(
            name="SampleData",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("adding", "being added"),
                            ("there", "there"),
                            ("removing", "being removed"),
                        ],
                        default="adding",
                        max_length=16,
                    ),
                ),
                ("as_of", models.DateField(help_text="The day their history ends on.")),
                (
                    "imports",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.BigIntegerField(), default=list, size=None
                    ),
                ),
                (
                    "done",
                    models.PositiveSmallIntegerField(default=0, help_text="Files, of `total`."),
                ),
                ("total", models.PositiveSmallIntegerField(default=0)),
                ("doing", models.CharField(blank=True, default="", max_length=200)),
                ("message", models.CharField(blank=True, default="", max_length=500)),
                ("added_at", models.DateTimeField(auto_now_add=True)),
                (
                    "changed_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(models.Value(1), name="sample_data_once"),
                    models.CheckConstraint(
                        condition=models.Q(state__in=["adding", "there", "removing"]),
                        name="sample_data_state_known",
                    ),
                ],
            },
        ),
    ]
