"""Customers by any part of their name or id, or of a contact's address."""

from __future__ import annotations

import django.contrib.postgres.indexes
from django.db import migrations

from tenants.operations import AddIndexOnline


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ("customers", "0025_renewal_agreed"),
        ("tenants", "0005_trigrams"),
    ]

    operations = [
        AddIndexOnline(
            model_name="customer",
            index=django.contrib.postgres.indexes.GinIndex(
                fields=["name"], name="customer_name_part", opclasses=["gin_trgm_ops"]
            ),
        ),
        AddIndexOnline(
            model_name="customer",
            index=django.contrib.postgres.indexes.GinIndex(
                fields=["external_id"], name="customer_id_part", opclasses=["gin_trgm_ops"]
            ),
        ),
        AddIndexOnline(
            model_name="contact",
            index=django.contrib.postgres.indexes.GinIndex(
                fields=["email"], name="contact_address_part", opclasses=["gin_trgm_ops"]
            ),
        ),
    ]
