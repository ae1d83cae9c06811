"""When a company is at work."""

import datetime

import django.core.validators
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("metrics", "0004_benchmarks_to_begin_with")]

    operations = [
        migrations.AddField(
            model_name="metricsettings",
            name="business_days",
            field=models.CharField(
                db_default="mon tue wed thu fri",
                default="mon tue wed thu fri",
                help_text="Out of mon tue wed thu fri sat sun, with spaces between.",
                max_length=40,
                validators=[
                    django.core.validators.RegexValidator(
                        "^(mon|tue|wed|thu|fri|sat|sun)( (mon|tue|wed|thu|fri|sat|sun))*$"
                    )
                ],
                verbose_name="business days",
            ),
        ),
        migrations.AddField(
            model_name="metricsettings",
            name="business_from",
            field=models.TimeField(
                db_default=datetime.time(9, 0),
                default=datetime.time(9, 0),
                verbose_name="business hours from",
            ),
        ),
        migrations.AddField(
            model_name="metricsettings",
            name="business_until",
            field=models.TimeField(
                db_default=datetime.time(17, 0),
                default=datetime.time(17, 0),
                help_text="Times of tickets in business hours count these alone.",
                verbose_name="business hours until",
            ),
        ),
        migrations.AddConstraint(
            model_name="metricsettings",
            constraint=models.CheckConstraint(
                condition=models.Q(("business_until__gt", models.F("business_from"))),
                name="metric_settings_business_hours_pass",
            ),
        ),
    ]
