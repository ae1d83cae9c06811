"""The contract days that renewals are found by, without those of months alone."""

from __future__ import annotations

from django.db import migrations, models

from tenants.operations import AddIndexOnline


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("metrics", "0022_annotations_overview")]

    operations = [
        AddIndexOnline(
            model_name="contractday",
            index=models.Index(
                fields=["customer", "subscription", "first_on"],
                condition=(
                    (models.Q(is_recorded=True) | models.Q(months__gt=1)) & ~models.Q(kind="begins")
                ),
                name="contract_day_longer",
            ),
        ),
    ]
