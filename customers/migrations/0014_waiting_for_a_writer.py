"""People whose address is a contact's that a key which only sends events may not change."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("customers", "0014_import_notices")]

    operations = [
        migrations.AlterField(
            model_name="streamsubject",
            name="waits_for",
            field=models.CharField(
                blank=True,
                choices=[
                    ("", "—"),
                    ("group", "the group the end user belongs to"),
                    ("customer", "the customer that the group is"),
                    ("email", "an e-mail address"),
                    (
                        "writer",
                        "a key that may write: the address is a contact's from elsewhere",
                    ),
                ],
                max_length=16,
            ),
        ),
    ]
