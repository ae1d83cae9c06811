from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("tenants", "0001_initial")]

    operations = [
        migrations.AddField(
            model_name="company",
            name="session_gap_minutes",
            field=models.PositiveSmallIntegerField(
                db_default=30,
                default=30,
                help_text="So long without an event ends a session.",
                validators=[MinValueValidator(1), MaxValueValidator(1440)],
            ),
        ),
        migrations.AddField(
            model_name="company",
            name="raw_events_kept_days",
            field=models.PositiveSmallIntegerField(
                db_default=760,
                default=760,
                help_text=(
                    "Usage events are dropped after so many days; what was made of them stays."
                ),
                validators=[MinValueValidator(35), MaxValueValidator(3650)],
            ),
        ),
        migrations.AddConstraint(
            model_name="company",
            constraint=models.CheckConstraint(
                condition=models.Q(session_gap_minutes__gte=1, session_gap_minutes__lte=1440),
                name="company_session_gap_up_to_a_day",
            ),
        ),
        migrations.AddConstraint(
            model_name="company",
            constraint=models.CheckConstraint(
                condition=models.Q(raw_events_kept_days__gte=35, raw_events_kept_days__lte=3650),
                name="company_raw_events_kept_a_while",
            ),
        ),
    ]
