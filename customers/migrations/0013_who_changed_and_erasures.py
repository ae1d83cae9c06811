"""Which source changed a customer or contact last; erasures that look again, and that gave up."""

import django.db.models.deletion
from django.db import migrations, models


def _changed_by(model):
    return migrations.AddField(
        model_name=model,
        name="changed_by",
        field=models.ForeignKey(
            blank=True,
            db_index=False,
            help_text="Which source changed it last; none: nobody since it was made.",
            null=True,
            on_delete=django.db.models.deletion.PROTECT,
            related_name="+",
            to="customers.source",
        ),
    )


class Migration(migrations.Migration):
    dependencies = [("customers", "0012_usage_speed")]

    operations = [
        _changed_by("customer"),
        _changed_by("contact"),
        migrations.AddField(
            model_name="erasure",
            name="waits_for",
            field=models.JSONField(
                db_default=[],
                default=list,
                help_text=(
                    "Transactions that were running when it began: what they store is looked"
                    " through again when they have ended."
                ),
            ),
        ),
        migrations.AlterField(
            model_name="erasure",
            name="state",
            field=models.CharField(
                choices=[
                    ("running", "running"),
                    ("done", "done"),
                    ("stopped", "stopped after too many attempts"),
                ],
                default="running",
                max_length=16,
            ),
        ),
        migrations.RemoveConstraint(model_name="erasure", name="erasure_forgets_when_done"),
        migrations.AddConstraint(
            model_name="erasure",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("finished_at", None), ("state", "running")),
                    models.Q(("finished_at__isnull", False), ("sought", {}), ("state", "done")),
                    models.Q(("finished_at", None), ("sought", {}), ("state", "stopped")),
                    _connector="OR",
                ),
                name="erasure_forgets_when_done",
            ),
        ),
    ]
