"""The benchmarks a company begins with; from then on they are its own to edit."""

from typing import Any

from django.db import migrations

NO_YEAR = "The year of the figure is not known."

SHIPPED: dict[str, dict[str, Any]] = {
    "recurly-churn": {
        "metric": "customer_churn_rate",
        "label": "Subscription businesses",
        "value": "0.0327",
        "grain": "month",
        "source": "Recurly",
        "note": f"2.41 % voluntary and 0.86 % involuntary. {NO_YEAR}",
    },
    "recurly-churn-voluntary": {
        "metric": "customer_churn_rate",
        "label": "of which voluntary",
        "value": "0.0241",
        "grain": "month",
        "source": "Recurly",
        "is_drawn": False,
        "note": NO_YEAR,
    },
    "recurly-churn-involuntary": {
        "metric": "customer_churn_rate",
        "label": "of which involuntary",
        "value": "0.0086",
        "grain": "month",
        "source": "Recurly",
        "is_drawn": False,
        "note": NO_YEAR,
    },
    "kbcm-grr-p25": {
        "metric": "gross_revenue_retention",
        "label": "25th percentile",
        "value": "0.82",
        "grain": "year",
        "source": "KBCM and Sapphire",
        "year": 2024,
    },
    "kbcm-grr-p50": {
        "metric": "gross_revenue_retention",
        "label": "Median",
        "value": "0.91",
        "grain": "year",
        "source": "KBCM and Sapphire",
        "year": 2024,
    },
    "kbcm-grr-p75": {
        "metric": "gross_revenue_retention",
        "label": "75th percentile",
        "value": "0.95",
        "grain": "year",
        "source": "KBCM and Sapphire",
        "year": 2024,
    },
    "benchmarkit-nrr": {
        "metric": "net_revenue_retention",
        "label": "Median",
        "value": "1.01",
        "grain": "year",
        "source": "Benchmarkit",
        "year": 2025,
    },
    "skok-ltv-to-cac": {
        "metric": "ltv_to_cac",
        "label": "At least",
        "value": "3",
        "source": "Skok",
        "note": f"A rule of thumb. {NO_YEAR}",
    },
    "skok-payback": {
        "metric": "cac_payback_months",
        "label": "Under",
        "value": "12",
        "source": "Skok",
        "note": f"A rule of thumb, in months. {NO_YEAR}",
    },
    "nicereply-response": {
        "metric": "response_rate",
        "label": "Surveys by e-mail",
        "value": "0.10",
        "source": "Nicereply",
        "note": NO_YEAR,
    },
    "nps-b2b-software": {
        "metric": "nps",
        "label": "B2B software",
        "value": "31",
        "upper": "41",
        "source": "No rigorous source",
        "note": "Often quoted; who was asked, and how, is not known.",
    },
}


def ship(apps: Any, schema_editor: Any) -> None:
    Benchmark = apps.get_model("metrics", "Benchmark")
    Benchmark.objects.bulk_create(
        [Benchmark(shipped_as=name, **values) for name, values in SHIPPED.items()],
        ignore_conflicts=True,
    )


def take_back(apps: Any, schema_editor: Any) -> None:
    Benchmark = apps.get_model("metrics", "Benchmark")
    Benchmark.objects.filter(shipped_as__in=SHIPPED, changed_at=None).delete()


class Migration(migrations.Migration):
    dependencies = [("metrics", "0003_choices_goals_benchmarks")]
    operations = [migrations.RunPython(ship, take_back)]
