"""Which companies look around in sample data."""

from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("tenants", "0003_pace"),
    ]

    operations = [
        migrations.AddField(
            model_name="company",
            name="has_sample_data",
            field=models.BooleanField(
                db_default=False,
                default=False,
                editable=False,
                help_text="Pages say so, and where to remove them.",
            ),
        ),
    ]
