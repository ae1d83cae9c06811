"""Which import told a further id of a customer."""

from __future__ import annotations

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("customers", "0031_job_titles")]

    operations = [
        migrations.AddField(
            model_name="customeralias",
            name="source",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="customers.source",
            ),
        ),
        migrations.AlterModelOptions(
            name="customeralias",
            options={"verbose_name_plural": "further ids of customers"},
        ),
    ]
