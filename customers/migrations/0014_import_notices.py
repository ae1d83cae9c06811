"""What is good to know about rows of an import that are not in error."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("customers", "0013_who_changed_and_erasures")]

    operations = [
        migrations.AddField(
            model_name="import",
            name="notices",
            field=models.JSONField(
                db_default=models.Value([], models.JSONField()),
                default=list,
                help_text="What is good to know about rows not in error: [{text, count, rows}].",
            ),
        ),
    ]
