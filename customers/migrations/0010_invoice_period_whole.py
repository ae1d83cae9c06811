from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("customers", "0009_usage_upkeep"),
    ]

    operations = [
        migrations.RemoveConstraint(model_name="invoice", name="invoice_period_whole"),
        migrations.AddConstraint(
            model_name="invoice",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("period_ends_on", None), ("period_starts_on", None)),
                    models.Q(
                        ("period_ends_on__gt", models.F("period_starts_on")),
                        ("period_ends_on__isnull", False),
                        ("period_starts_on__isnull", False),
                    ),
                    _connector="OR",
                ),
                name="invoice_period_whole",
            ),
        ),
    ]
