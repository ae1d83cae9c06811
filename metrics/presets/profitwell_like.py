"""As ProfitWell Metrics (Paddle) counts."""

from django.utils.translation import gettext_noop

from metrics.presets import Preset, Setting

COMPARED = "paddle.com/help/profitwell-metrics/measure/compare/profitwell-vs-chargify"

PRESET = Preset(
    key="profitwell-like",
    name=gettext_noop("Like ProfitWell"),
    settings=(
        Setting(metric="customer_churn_rate", option="method", value="cohort", source=COMPARED),
        Setting(metric="customer_churn_rate", option="scaling", value="none", source=COMPARED),
        Setting(metric="customer_churn_rate", option="pause", value="lost", source=COMPARED),
        Setting(
            metric="gross_revenue_churn_rate", option="method", value="cohort", source=COMPARED
        ),
        Setting(metric="net_revenue_churn_rate", option="method", value="cohort", source=COMPARED),
        Setting(metric="customer_retention_rate", option="method", value="cohort"),
        Setting(
            metric="customer_lifetime_value", option="method", value="revenue", source=COMPARED
        ),
    ),
    differs=gettext_noop(
        "ProfitWell leaves out who comes and goes in the same calendar month, as the method"
        " cohort does. Its lifetime value is smoothed in a way it does not publish; metered"
        " charges are part of its MRR and not of ours."
    ),
)
