"""Notes on days, and what the overview shows made ahead."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("metrics", "0021_lists")]

    operations = [
        migrations.CreateModel(
            name="Annotation",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("metric", models.CharField(blank=True, default="", max_length=100)),
                ("day", models.DateField()),
                ("text", models.CharField(max_length=200)),
                ("written_by", models.CharField(blank=True, default="", max_length=254)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
            ],
            options={
                "ordering": ["-day", "-id"],
                "indexes": [models.Index(fields=["day"], name="annotation_day")],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("metric", "day", "text"), name="annotation_once_a_day"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("text", ""), _negated=True),
                        name="annotation_says_something",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="StoredOverview",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("is_only", models.BooleanField(default=True, editable=False, unique=True)),
                ("as_of", models.DateField()),
                ("computed_at", models.DateTimeField()),
                ("content", models.JSONField()),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("is_only", True)), name="stored_overview_single"
                    )
                ],
            },
        ),
    ]
