"""What contacts are at their customers."""

from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("customers", "0030_named_still")]

    operations = [
        migrations.AddField(
            model_name="contact",
            name="job_title",
            field=models.CharField(blank=True, db_default="", max_length=200),
        ),
    ]
