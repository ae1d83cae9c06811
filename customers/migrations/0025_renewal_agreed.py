"""The day a customer agreed to renew."""

from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("customers", "0024_sample_data")]

    operations = [
        migrations.AddField(
            model_name="renewal",
            name="agreed_on",
            field=models.DateField(blank=True, null=True),
        ),
    ]
