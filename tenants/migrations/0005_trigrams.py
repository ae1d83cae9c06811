"""Search by any part of a name: the operators that such indexes are made with. One of PostgreSQL's
own extensions, which whoever may make a schema may add; in `public`, where every company finds it.
"""

from __future__ import annotations

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("tenants", "0004_sample_data")]

    operations = [
        # Going back leaves it: somebody else in the database may use it.
        migrations.RunSQL(
            "CREATE EXTENSION IF NOT EXISTS pg_trgm WITH SCHEMA public",
            reverse_sql=migrations.RunSQL.noop,
        ),
    ]
