"""What became of renewals gone by, kept."""

from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("metrics", "0019_reports")]

    operations = [
        migrations.CreateModel(
            name="RenewalHistory",
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
                ("currency", models.CharField(max_length=3, null=True)),
                ("months", models.JSONField(default=list)),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(is_only=True), name="renewal_history_single"
                    )
                ],
            },
        ),
    ]
