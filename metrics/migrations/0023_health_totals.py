"""The sums over everybody with a score, kept."""

from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("metrics", "0022_annotations_overview")]

    operations = [
        migrations.CreateModel(
            name="HealthTotals",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("is_only", models.BooleanField(default=True, editable=False, unique=True)),
                ("as_of", models.DateField()),
                ("computed_at", models.DateTimeField()),
                ("money", models.JSONField()),
                ("bands", models.JSONField()),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(is_only=True), name="health_totals_single"
                    )
                ],
            },
        ),
    ]
