"""As ChartMogul counts with its standard churn rate formula."""

from django.utils.translation import gettext_noop

from metrics.presets import Preset, Setting

CHURN = "help.chartmogul.com/hc/en-us/articles/207340419"
LIFETIME = "help.chartmogul.com/hc/en-us/articles/203359061-Chart-Customer-Lifetime-Value-LTV"

PRESET = Preset(
    key="chartmogul-like",
    name=gettext_noop("Like ChartMogul"),
    settings=(
        Setting(metric="customer_churn_rate", option="method", value="events", source=CHURN),
        Setting(metric="customer_churn_rate", option="scaling", value="none", source=CHURN),
        Setting(metric="customer_churn_rate", option="pause", value="lost", source=CHURN),
        Setting(
            metric="gross_revenue_churn_rate", option="method", value="movements", source=CHURN
        ),
        Setting(metric="net_revenue_churn_rate", option="method", value="movements", source=CHURN),
        Setting(metric="customer_retention_rate", option="method", value="cohort"),
        Setting(metric="customer_lifetime_value", option="method", value="churn", source=LIFETIME),
    ),
    differs=gettext_noop(
        "ChartMogul also has a formula that sums the days' rates: that is the method daily of"
        " customer churn. Its lifetime value divides by the mean of six months' rates, ours by the"
        " six months' losses over their openings."
    ),
)
