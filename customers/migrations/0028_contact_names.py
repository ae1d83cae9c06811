"""Contacts by any part of their name."""

from __future__ import annotations

import django.contrib.postgres.indexes
from django.db import migrations

from tenants.operations import AddIndexOnline


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("customers", "0027_tickets_opened")]

    operations = [
        AddIndexOnline(
            model_name="contact",
            index=django.contrib.postgres.indexes.GinIndex(
                fields=["name"], name="contact_name_part", opclasses=["gin_trgm_ops"]
            ),
        ),
    ]
