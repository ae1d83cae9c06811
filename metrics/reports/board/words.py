"""What the board report says of itself, in the language in force."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from accounts.formatting import format_number
from tenants.languages import language

Json = dict[str, Any]


def words_of_report(found: Json) -> Json:
    """The texts beside the figures; `found`: what `gather` has found."""
    return {
        "lang": language().partition("-")[0],
        **_cover(found),
        **_heads(found),
        **_sentences(found),
    }


def _cover(found: Json) -> Json:
    partial = _(
        "This period is not over: figures are those until {day}, compared with as many days of"
        " the one before."
    )
    made = _("Figures as of {as_of}, as known on that day. Made {made_at} by {made_by}.")
    return {
        "report": _("Board report"),
        "report_of": _("Board report, {name}").format(name=found["period"]),
        "partial": partial.format(day=found["last_day"]),
        "made": made.format(
            as_of=found["as_of"], made_at=found["made_at"], made_by=found["made_by"]
        ),
        "as_of": _("As of {day}").format(day=found["as_of"]),
    }


def _heads(found: Json) -> Json:
    compared = _(
        "Compared with {before}. “Significant”: the 95 % interval of the difference leaves out 0."
        " “Few”: the value rests on fewer than {minimum}."
    )
    return {
        "key_figures": _("Key figures"),
        "compared": compared.format(before=found["before"], minimum=found["minimum_n"]),
        "figure": _("Figure"),
        "value": _("Value"),
        "change": pgettext("difference", "Change"),
        "goal": _("Goal"),
        "benchmark": _("Benchmark"),
        "aims": _("Goals and benchmarks"),
        "significant": _("significant"),
        "interval": _("95 % interval"),
        "changed": _("What changed"),
        "movements": _("MRR movements"),
        "no_movements": _("No MRR in this period."),
        "from_to": _("From opening to closing"),
        "mrr": _("MRR"),
        "twelve": _("Twelve months"),
        "cohorts": _("Retention by cohort"),
        "no_cohorts": _("Nobody began in the twelve months."),
        "cohorts_are": _(
            "Of the customers that began in a month, the share paying at the close of that month"
            " and of each month since."
        ),
        "began": _("Began"),
        "size": _("Size"),
        "churn": _("Churn: who left"),
        "no_churn": _("Nobody left in this period."),
        "reasons": _("Reasons"),
        "kind_and_reason": _("Kind and reason"),
        "mrr_lost": _("MRR lost"),
        "customers": _("Customers"),
        "customer": _("Customer"),
        "on": _("On"),
        "reason": _("Reason"),
        "expansion": _("Expansion"),
        "no_expansion": _("No expansion in this period."),
        "for_what": _("For what"),
        "largest": _("The largest"),
        "mrr_gained": _("MRR gained"),
        "health": _("Health by MRR"),
        "no_health": _("No scores at the end of this period."),
        "band": _("Band"),
        "share_of_mrr": _("Share of MRR"),
        "nps": _("Net promoter score"),
        "no_nps": _("No answers in this period."),
        "wrote": _("What customers wrote"),
        "forecast": _("Forecast"),
        "close_of": _("Close of"),
        "expected": _("Expected MRR"),
        "definitions": _("Definitions"),
        "definitions_are": _(
            "With the options used. “company”: the company's own choice; “default”: the"
            " definition's."
        ),
    }


def _sentences(found: Json) -> Json:
    """Those with figures in them; "" where there is nothing to say."""
    movements, churn, expansion = found["movements"], found["churn"], found["expansion"]
    health, nps, forecast = found["health"], found["nps"], found["forecast"]
    said: Json = dict.fromkeys(
        ("amounts_in", "left", "more_left", "came_to_pay", "mean", "not_scored", "answers"), ""
    )
    if movements:
        words = _("Amounts in {currency}, without decimals.")
        said["amounts_in"] = words.format(currency=movements["currency"])
    if churn:
        count, more = churn["count"], churn["more"]
        words = ngettext("{count} customer left.", "{count} customers left.", count)
        said["left"] = words.format(count=format_number(count))
        words = ngettext("And {count} smaller one.", "And {count} smaller ones.", more)
        said["more_left"] = words.format(count=format_number(more)) if more else ""
    if expansion:
        words = _("Existing customers came to pay {total} a month more.")
        said["came_to_pay"] = words.format(total=expansion["total"])
    if health:
        words = _("Mean score {score}, weighted by MRR {weighted}, at the close.")
        said["mean"] = words.format(score=health["score"], weighted=health["weighted"])
        missing = health["not_scored"]
        words = ngettext(
            "{count} paying customer has no score.",
            "{count} paying customers have no score.",
            missing,
        )
        said["not_scored"] = words.format(count=format_number(missing)) if missing else ""
    if nps:
        words = ngettext(
            "95 % interval {interval}, of {n} contact: {parts}.",
            "95 % interval {interval}, of {n} contacts: {parts}.",
            nps["n"],
        )
        said["answers"] = words.format(
            interval=nps["interval"], n=nps["n"], parts=", ".join(nps["parts"])
        )
    if forecast["reason"]:
        said["ahead"] = _("No forecast: {reason}.").format(reason=forecast["reason"])
    else:
        words = _("MRR at each close, looking from the close of {base}, with its 95 % interval.")
        said["ahead"] = words.format(base=forecast["base"])
    return said
