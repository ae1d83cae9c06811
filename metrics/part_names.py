"""Names of the API's as pages show them: of parts (with blanks), of splits and of segments.

What facts name (a company's attributes, priorities, reasons of churn) is not among them: it stays
as it is.
"""

from __future__ import annotations

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

PART_NAMES = (
    gettext_noop("opening"),
    gettext_noop("new"),
    gettext_noop("reactivation"),
    gettext_noop("resume"),
    gettext_noop("expansion"),
    gettext_noop("contraction"),
    gettext_noop("pause"),
    gettext_noop("churn"),
    gettext_noop("transfer"),
    gettext_noop("fx"),
    gettext_noop("closing"),
    gettext_noop("reactivated"),
    gettext_noop("resumed"),
    gettext_noop("paused"),
    gettext_noop("churned"),
    gettext_noop("due"),
    gettext_noop("renewed"),
    gettext_noop("lost"),
    gettext_noop("undecided"),
    gettext_noop("cross sell"),
    gettext_noop("upsell"),
    gettext_noop("renewal"),
    gettext_noop("price"),
    gettext_noop("promoters"),
    gettext_noop("passives"),
    gettext_noop("detractors"),
    gettext_noop("days"),
    gettext_noop("days of users"),
    gettext_noop("MRR"),
    gettext_noop("margin"),
    gettext_noop("arpa"),
    gettext_noop("customers"),
    gettext_noop("invoices"),
    gettext_noop("openings"),
    gettext_noop("lost MRR"),
    gettext_noop("opening MRR"),
    gettext_noop("months"),
    gettext_noop("periods lived"),
    gettext_noop("sbg a"),
    gettext_noop("sbg b"),
    gettext_noop("lifetime value"),
    gettext_noop("acquisition cost"),
    gettext_noop("in other currencies"),
    gettext_noop("mean"),
    gettext_noop("median"),
    gettext_noop("single event share"),
    gettext_noop("green"),
    gettext_noop("amber"),
    gettext_noop("red"),
    gettext_noop("green share"),
    gettext_noop("amber share"),
    gettext_noop("red share"),
    gettext_noop("little known"),
    gettext_noop("little known share"),
    gettext_noop("not scored"),
    gettext_noop("score"),
    gettext_noop("band"),
    gettext_noop("coverage"),
    gettext_noop("referrals"),
    gettext_noop("converted"),
    gettext_noop("referrals per customer"),
    gettext_noop("conversion"),
    gettext_noop("new with referrer"),
    gettext_noop("new with referrer share"),
    gettext_noop("there"),
    gettext_noop("left first"),
    gettext_noop("on the way"),
    gettext_noop("p75"),
    gettext_noop("p90"),
    gettext_noop("share within"),
    gettext_noop("resolution"),
    gettext_noop("first resolution"),
    gettext_noop("first response"),
    gettext_noop("open backlog"),
    gettext_noop("shown"),
    gettext_noop("clicked"),
    gettext_noop("ticket"),
    gettext_noop("opened"),
    gettext_noop("ended"),
    gettext_noop("priority"),
    gettext_noop("channel"),
    gettext_noop("day"),
    gettext_noop("kind"),
    gettext_noop("reason"),
    gettext_noop("campaign"),
    gettext_noop("scale"),
    gettext_noop("sent"),
    gettext_noop("answered"),
    gettext_noop("from"),
    gettext_noop("until"),
    gettext_noop("other reasons"),
    gettext_noop("no reason on record"),
    gettext_noop("unknown"),
    gettext_noop("Churn"),
    gettext_noop("Contraction"),
    gettext_noop("Expansion"),
    gettext_noop("New"),
    gettext_noop("Pause"),
    gettext_noop("Reactivation"),
    gettext_noop("Resume"),
    gettext_noop("Transfer"),
    gettext_noop("Fx"),
    gettext_noop("Churned"),
    gettext_noop("Paused"),
    gettext_noop("Reactivated"),
    gettext_noop("Resumed"),
)

SPLIT_NAMES = frozenset(
    {
        gettext_noop("product"),
        gettext_noop("plan"),
        gettext_noop("campaign"),
        gettext_noop("channel"),
        gettext_noop("feature"),
        gettext_noop("item"),
        gettext_noop("priority"),
        gettext_noop("stage"),
    }
)
SEGMENT_NAMES = frozenset(
    {
        gettext_noop("none"),
        gettext_noop("not allocated"),
        gettext_noop("other reasons"),
        gettext_noop("no reason on record"),
    }
)


def split_label(name: str) -> str:
    """What values are split by, in the reader's language; an attribute as the company calls it."""
    return _(name) if name in SPLIT_NAMES else name


def segment_label(name: str) -> str:
    """A segment of ours in the reader's language; others as facts name them."""
    return _(name) if name in SEGMENT_NAMES else name


def plain(name: str) -> str:
    """A name of the API's as people write it, in English: "opening_mrr" is "opening MRR"."""
    return name.replace("_", " ").replace("mrr", "MRR")
