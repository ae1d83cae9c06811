"""Values of attributes and languages of contacts: what lists can be narrowed by."""

from __future__ import annotations

from django.db import migrations, models

from tenants.operations import AddIndexOnline


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ("customers", "0028_contact_names"),
    ]

    operations = [
        AddIndexOnline(
            model_name="customerattribute",
            index=models.Index(
                fields=["key", "value"],
                condition=models.Q(superseded_at=None),
                name="attribute_values",
            ),
        ),
        AddIndexOnline(
            model_name="contact",
            index=models.Index(
                fields=["language"],
                condition=models.Q(("language", ""), _negated=True),
                name="contact_languages",
            ),
        ),
    ]
