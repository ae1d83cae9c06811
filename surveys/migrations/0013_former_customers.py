"""Campaigns of before this leave nobody out for having left, as ever."""

from __future__ import annotations

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("surveys", "0012_stored_results")]

    operations = [
        migrations.RunSQL(
            """UPDATE surveys_campaign
                  SET audience = audience || '{"is_former_included": true}'""",
            "UPDATE surveys_campaign SET audience = audience - 'is_former_included'",
        ),
    ]
