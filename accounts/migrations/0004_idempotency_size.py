"""How large a stored answer is, so that what is kept of large ones can be bounded."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("accounts", "0003_stream_scope")]

    operations = [
        migrations.AddField(
            model_name="idempotencykey",
            name="size",
            field=models.PositiveIntegerField(
                db_default=0,
                default=0,
                help_text="Of the answer in bytes; it may be too large to be kept.",
            ),
        ),
        migrations.AddIndex(
            model_name="idempotencykey",
            index=models.Index(
                condition=models.Q(("size__gt", 16384)),
                fields=["caller"],
                include=("size",),
                name="accounts_idempotency_large",
            ),
        ),
    ]
