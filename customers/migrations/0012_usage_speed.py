"""Roll-ups without the cost of checking customers row by row, and raw events found by their id.

Their unique indexes begin with the customer, so that an index of its own is not needed either.
"""

import django.db.models.deletion
from django.db import migrations, models

# Reading out pages by id; events received on a day lie together.
BY_ID = """
    CREATE INDEX customers_usageevent_id ON customers_usageevent (id)
"""
BY_RECEIPT = """
    CREATE INDEX customers_usageevent_received
        ON customers_usageevent USING brin (received_at) WITH (pages_per_range = 32)
"""


def _unchecked(model):
    return migrations.AlterField(
        model_name=model,
        name="customer",
        field=models.ForeignKey(
            db_constraint=False,
            db_index=False,
            on_delete=django.db.models.deletion.CASCADE,
            related_name="+",
            to="customers.customer",
        ),
    )


class Migration(migrations.Migration):
    dependencies = [("customers", "0011_billing")]

    operations = [
        _unchecked("usageday"),
        _unchecked("usagesession"),
        _unchecked("usageitem"),
        migrations.RunSQL(BY_ID, "DROP INDEX customers_usageevent_id"),
        migrations.RunSQL(BY_RECEIPT, "DROP INDEX customers_usageevent_received"),
    ]
