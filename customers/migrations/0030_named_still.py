"""A user who is named in a note no longer stays known, so that nobody is mailed twice."""

from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("customers", "0029_choices"),
    ]

    operations = [
        migrations.AddField(
            model_name="mention",
            name="is_named",
            field=models.BooleanField(db_default=True, default=True),
        ),
    ]
