"""Which currencies contracts come due in, by an index."""

from __future__ import annotations

from django.db import migrations, models

from tenants.operations import AddIndexOnline


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("metrics", "0023_longer_days")]

    operations = [
        AddIndexOnline(
            model_name="contractday",
            index=models.Index(fields=["currency"], name="contract_day_currency"),
        ),
    ]
