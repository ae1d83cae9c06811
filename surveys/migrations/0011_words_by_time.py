"""Answers in words, newest first."""

from __future__ import annotations

from django.db import migrations, models

from tenants.operations import AddIndexOnline


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ("surveys", "0010_mailed_addresses"),
    ]

    operations = [
        AddIndexOnline(
            model_name="response",
            index=models.Index(
                condition=models.Q(
                    ("superseded_at", None),
                    models.Q(
                        models.Q(("comment", ""), _negated=True),
                        models.Q(("answers", {}), _negated=True),
                        _connector="OR",
                    ),
                ),
                fields=["-answered_at", "-id"],
                name="response_said_by_time",
            ),
        ),
    ]
