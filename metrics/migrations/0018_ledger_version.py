"""By which rules a ledger was made: one of before is made anew, by a job queued after migrating."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("metrics", "0017_attention")]

    operations = [
        migrations.AddField(
            model_name="ledgerstate",
            name="version",
            field=models.PositiveSmallIntegerField(
                db_default=0,
                default=0,
                help_text="By which of our rules it was made (metrics.ledger.build.VERSION).",
            ),
        ),
    ]
