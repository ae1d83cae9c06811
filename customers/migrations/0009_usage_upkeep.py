"""What rolling usage up and keeping it within bounds needs.

Sessions and items are looked up by customer and time, so their unique indexes begin with these.
"""

from django.db import migrations, models

# Roll-ups hold texts of up to 200 characters: an event that could not be rolled up is not taken.
LENGTHS = """
    ALTER TABLE customers_usageevent ADD CONSTRAINT usage_event_texts_fit CHECK (
        char_length(end_user) BETWEEN 1 AND 200 AND char_length(name) <= 200
        AND char_length(session) <= 200 AND char_length(item) <= 200
        AND char_length(group_id) <= 200 AND char_length(message_id) BETWEEN 1 AND 200
    )
"""
WAITING_BY_GROUP = """
    CREATE INDEX customers_usageevent_waiting ON customers_usageevent (group_id)
        WHERE customer_id IS NULL AND group_id <> ''
"""
# Keys are removed by the day they came on, which grows with their place in the table.
KEYS_BY_DAY = """
    CREATE INDEX customers_usagekey_day ON customers_usagekey USING brin (received_on)
"""
# Those that may cover a whole day without beginning near it.
LONG_SESSIONS = """
    CREATE INDEX usage_session_long ON customers_usagesession (customer_id, started_at)
        WHERE ended_at - started_at >= interval '12 hours'
"""


class Migration(migrations.Migration):
    dependencies = [("customers", "0008_erasures")]

    operations = [
        migrations.CreateModel(
            name="DroppedMonth",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("month", models.DateField(help_text="Its first day.", unique=True)),
                ("dropped_at", models.DateTimeField(auto_now_add=True)),
            ],
        ),
        migrations.RemoveConstraint(model_name="usageitem", name="usage_item_once"),
        migrations.RemoveConstraint(model_name="usagesession", name="usage_session_once"),
        migrations.AddConstraint(
            model_name="usageitem",
            constraint=models.UniqueConstraint(
                fields=("customer", "day", "end_user", "item"), name="usage_item_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="usagesession",
            constraint=models.UniqueConstraint(
                fields=("customer", "started_at", "end_user", "session"), name="usage_session_once"
            ),
        ),
        migrations.RunSQL(
            LENGTHS, "ALTER TABLE customers_usageevent DROP CONSTRAINT usage_event_texts_fit"
        ),
        migrations.RunSQL(WAITING_BY_GROUP, "DROP INDEX customers_usageevent_waiting"),
        migrations.RunSQL(KEYS_BY_DAY, "DROP INDEX customers_usagekey_day"),
        migrations.RunSQL(LONG_SESSIONS, "DROP INDEX usage_session_long"),
    ]
