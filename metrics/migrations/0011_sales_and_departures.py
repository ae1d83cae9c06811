"""What was sold and why customers left, kept with the ledger; sums kept by longer names."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("customers", "0017_usage_keys_apart"),
        ("metrics", "0010_contract_days"),
    ]

    operations = [
        migrations.AlterField(
            model_name="storedcell",
            name="component",
            field=models.TextField(),
        ),
        # Backwards: before the column is short again. The next recomputation makes all anew.
        migrations.RunSQL(
            migrations.RunSQL.noop,
            [
                "DELETE FROM metrics_storedcell WHERE component LIKE 'sums:%'",
                "UPDATE metrics_storestate SET fingerprint = ''",
            ],
        ),
        migrations.CreateModel(
            name="Departure",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("day", models.DateField()),
                ("reason", models.CharField(max_length=200)),
                ("kind", models.CharField(help_text="Of churn; empty: unknown.", max_length=16)),
                (
                    "customer",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="customers.customer",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("customer", "day"), name="departure_once_per_day"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Sale",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("day", models.DateField()),
                (
                    "part",
                    models.CharField(
                        choices=[
                            ("cross_sell", "Cross-sell"),
                            ("upsell", "Upsell"),
                            ("renewal", "Renewal"),
                            ("price", "Price"),
                        ],
                        max_length=10,
                    ),
                ),
                ("amount", models.DecimalField(decimal_places=10, max_digits=30)),
                (
                    "customer",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="customers.customer",
                    ),
                ),
                (
                    "plan",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="customers.plan",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("customer", "day", "plan", "part"),
                        name="sale_once_per_part",
                        nulls_distinct=False,
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("part__in", ["cross_sell", "upsell", "renewal", "price"])
                        ),
                        name="sale_part_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("amount__gte", 0)), name="sale_not_negative"
                    ),
                ],
            },
        ),
        # Differs from any setting: the ledger is made anew, with these rows (see 0010).
        migrations.RunSQL("UPDATE metrics_ledgerstate SET pause_days = 0", migrations.RunSQL.noop),
    ]
