"""How long a pause may last: a setting, and what the ledger was made with.

0 in the ledger's state differs from any setting, so the next refresh makes the whole ledger anew,
with pauses.
"""

import django.core.validators
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("metrics", "0005_business_hours"),
    ]

    operations = [
        migrations.AddField(
            model_name="ledgerstate",
            name="pause_days",
            field=models.PositiveSmallIntegerField(
                db_default=0,
                default=0,
                help_text="How long a pause could last when it was made; 0: made without pauses.",
            ),
        ),
        migrations.AddField(
            model_name="metricsettings",
            name="pause_days",
            field=models.PositiveSmallIntegerField(
                "days a pause may last",
                db_default=90,
                default=90,
                help_text="A paused customer that is back by then resumes; else it has churned on"
                " that day. Changing it makes the movements anew.",
                validators=[
                    django.core.validators.MinValueValidator(1),
                    django.core.validators.MaxValueValidator(3650),
                ],
            ),
        ),
        migrations.AddConstraint(
            model_name="metricsettings",
            constraint=models.CheckConstraint(
                condition=models.Q(("pause_days__gte", 1), ("pause_days__lte", 3650)),
                name="metric_settings_pause_days_possible",
            ),
        ),
    ]
