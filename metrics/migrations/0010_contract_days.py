"""When contracts come due, as rows of the ledger.

0 in the ledger's state differs from any setting, so the next refresh makes the whole ledger anew,
with these rows.
"""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("customers", "0017_usage_keys_apart"),
        ("metrics", "0009_closed_months"),
    ]

    operations = [
        migrations.CreateModel(
            name="ContractDay",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("goes_on", "Due, and worth the same after it"),
                            ("ends", "Due where a term ends"),
                            (
                                "begins",
                                "Begins to be paid for; only of customers with several contracts",
                            ),
                        ],
                        max_length=8,
                    ),
                ),
                ("first_on", models.DateField()),
                ("last_on", models.DateField(null=True)),
                ("next_on", models.DateField(null=True)),
                (
                    "begun_on",
                    models.DateField(help_text="Since when it is paid for without a gap."),
                ),
                (
                    "months",
                    models.PositiveSmallIntegerField(help_text="What its price is for.", null=True),
                ),
                ("currency", models.CharField(max_length=3)),
                ("mrr", models.DecimalField(decimal_places=10, max_digits=30)),
                ("is_alone", models.BooleanField(help_text="The customer has no other contract.")),
                ("is_recorded", models.BooleanField(help_text="Due by a date on record.")),
                ("noticed_on", models.DateField(null=True)),
                ("renewed_on", models.DateField(null=True)),
                ("renewed_mrr", models.DecimalField(decimal_places=10, max_digits=30, null=True)),
                ("renewed_currency", models.CharField(max_length=3, null=True)),
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
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="customers.plan",
                    ),
                ),
                (
                    "subscription",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="customers.subscription",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("customer", "subscription", "first_on"), name="contract_day_once"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("kind__in", ["goes_on", "ends", "begins"])),
                        name="contract_day_kind_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("last_on", None),
                            ("last_on__gte", models.F("first_on")),
                            _connector="OR",
                        ),
                        name="contract_day_in_order",
                    ),
                ],
            },
        ),
        migrations.RunSQL(
            "UPDATE metrics_ledgerstate SET pause_days = 0",
            reverse_sql=migrations.RunSQL.noop,
        ),
    ]
