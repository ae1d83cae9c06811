"""The first referral and review on record, found without reading them all."""

from __future__ import annotations

from django.db import migrations, models

from tenants.operations import AddIndexOnline


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("customers", "0032_ids_of_billing")]

    operations = [
        AddIndexOnline(
            model_name="referral",
            index=models.Index(fields=["referred_on"], name="referral_day"),
        ),
        AddIndexOnline(
            model_name="review",
            index=models.Index(fields=["published_on"], name="review_day"),
        ),
    ]
