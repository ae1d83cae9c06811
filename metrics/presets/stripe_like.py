"""As Stripe Billing's analytics count."""

from django.utils.translation import gettext_noop

from metrics.presets import Preset, Setting

GLOSSARY = "docs.stripe.com/billing/subscriptions/analytics/glossary"
CHURN = "support.stripe.com/questions/calculating-subscriber-churn-rate-in-billing"

PRESET = Preset(
    key="stripe-like",
    name=gettext_noop("Like Stripe"),
    settings=(
        Setting(metric="customer_churn_rate", option="method", value="stripe", source=CHURN),
        Setting(metric="customer_churn_rate", option="scaling", value="none", source=CHURN),
        Setting(metric="customer_churn_rate", option="pause", value="lost", source=CHURN),
        Setting(
            metric="gross_revenue_churn_rate", option="method", value="movements", source=GLOSSARY
        ),
        Setting(
            metric="net_revenue_churn_rate", option="method", value="movements", source=GLOSSARY
        ),
        Setting(metric="customer_retention_rate", option="method", value="cohort"),
        Setting(metric="customer_lifetime_value", option="method", value="churn", source=GLOSSARY),
    ),
    differs=gettext_noop(
        "Stripe's churn rate is of the last 30 days: ask for them as the period. A subscription is"
        " lost when it is canceled or unpaid, here when its term ends. Coupons that last only for"
        " some time don't lower Stripe's MRR; here a discount lowers it while it lasts."
    ),
)
