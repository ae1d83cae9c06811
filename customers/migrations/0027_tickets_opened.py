"""The first ticket's day without a look at all of them."""

from __future__ import annotations

from django.db import migrations, models

from tenants.operations import AddIndexOnline


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("customers", "0026_searching")]

    operations = [
        AddIndexOnline(
            model_name="ticket",
            index=models.Index(fields=["opened_at"], name="ticket_opened"),
        ),
    ]
