"""Surveys in Dutch."""

from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("surveys", "0013_former_customers")]

    operations = [
        migrations.AlterField(
            model_name="campaign",
            name="language",
            field=models.CharField(
                choices=[
                    ("en", "English"),
                    ("de", "Deutsch"),
                    ("fr", "Français"),
                    ("es", "Español"),
                    ("ar", "العربية"),
                    ("nl", "Nederlands"),
                ],
                default="en",
                max_length=8,
            ),
        ),
    ]
