"""Customers by the value of an attribute: whose they are is asked by most pages."""

from __future__ import annotations

import django.db.models.functions.text
from django.db import migrations, models

from tenants.operations import AddIndexOnline


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ("customers", "0020_referral_link_source"),
    ]

    operations = [
        AddIndexOnline(
            model_name="customerattribute",
            index=models.Index(
                "key",
                django.db.models.functions.text.Lower("value"),
                "customer",
                condition=models.Q(superseded_at=None),
                name="attribute_by_value",
            ),
        ),
    ]
