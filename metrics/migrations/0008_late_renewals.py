"""How late a contract may renew and still have gone on: a setting, and what the ledger was made with."""

import django.core.validators
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("metrics", "0007_stored_values"),
    ]

    operations = [
        migrations.AddField(
            model_name="ledgerstate",
            name="late_days",
            field=models.PositiveSmallIntegerField(
                db_default=0, default=0, help_text="How late a renewal could be when it was made."
            ),
        ),
        migrations.AddField(
            model_name="metricsettings",
            name="late_days",
            field=models.PositiveSmallIntegerField(
                db_default=0,
                default=0,
                help_text="A contract renewed by then has gone on at its old price: nobody churned and came back. Changing it makes the movements anew.",
                validators=[django.core.validators.MaxValueValidator(90)],
                verbose_name="days a renewal may be late",
            ),
        ),
        migrations.AddConstraint(
            model_name="metricsettings",
            constraint=models.CheckConstraint(
                condition=models.Q(("late_days__gte", 0), ("late_days__lte", 90)),
                name="metric_settings_late_days_possible",
            ),
        ),
    ]
