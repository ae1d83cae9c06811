"""The keys of messages in two tables: those of the last days, small, and all before.

The table there is becomes that of old keys, by a change of its name, which is quick whatever its
size: it waits for the transactions that store events just then, and new ones wait as long. The
table of recent keys begins empty.

Neither keeps the name of before, on purpose: processes of the version before, which know one
table only, would take what the new ones hold for new, and store it twice. They find no table
instead, store nothing and say so (the stream answers 500, which senders send again), until they
are replaced. The same holds, the other way round, when this is taken back.
"""

from django.db import migrations

APART = """
    ALTER TABLE customers_usagekey RENAME TO customers_usagekeyold;
    ALTER INDEX customers_usagekey_pkey RENAME TO customers_usagekeyold_pkey;
    ALTER INDEX customers_usagekey_day RENAME TO customers_usagekeyold_day;
    CREATE TABLE customers_usagekeyrecent (
        key uuid PRIMARY KEY,
        received_on date NOT NULL
    );
"""
TOGETHER = """
    LOCK TABLE customers_usagekeyrecent, customers_usagekeyold IN ACCESS EXCLUSIVE MODE;
    INSERT INTO customers_usagekeyold (key, received_on)
    SELECT key, received_on FROM customers_usagekeyrecent ORDER BY key ON CONFLICT DO NOTHING;
    DROP TABLE customers_usagekeyrecent;
    ALTER TABLE customers_usagekeyold RENAME TO customers_usagekey;
    ALTER INDEX customers_usagekeyold_pkey RENAME TO customers_usagekey_pkey;
    ALTER INDEX customers_usagekeyold_day RENAME TO customers_usagekey_day;
"""


class Migration(migrations.Migration):
    dependencies = [("customers", "0016_usage_changes_together")]

    operations = [migrations.RunSQL(APART, TOGETHER)]
