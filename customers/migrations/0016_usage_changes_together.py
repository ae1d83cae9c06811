"""Days of many customers to roll up anew, in one row: the event stream touches hundreds at once."""

import django.contrib.postgres.fields
import django.db.models.deletion
from django.db import migrations, models

# Back to a row for each customer.
APART = """
    INSERT INTO customers_usagechange (customer_id, day)
    SELECT unnest(customer_ids), day FROM customers_usagechange WHERE customer_id IS NULL;
    DELETE FROM customers_usagechange WHERE customer_id IS NULL;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("customers", "0015_usage_days"),
    ]

    operations = [
        migrations.AddField(
            model_name="usagechange",
            name="customer_ids",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.BigIntegerField(), db_default=[], default=list, size=None
            ),
        ),
        migrations.AlterField(
            model_name="usagechange",
            name="customer",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="+",
                to="customers.customer",
            ),
        ),
        migrations.RunSQL(migrations.RunSQL.noop, APART),
    ]
