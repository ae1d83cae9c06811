"""What lower apps show of higher ones: filled here, because imports go one way."""

from __future__ import annotations


def fill() -> None:
    """Fill every registry. Called once, when all apps are loaded."""
    from customers.facts_panel import PANELS as FACTS
    from customers.imports.kinds import register
    from customers.registry import add_erasure, add_merge_rule, add_panel, add_timeline_source
    from metrics.audience_filters import BAND, MRR_FROM
    from metrics.health_panel import PANEL as HEALTH
    from metrics.health_panel import timeline as health_timeline
    from metrics.ledger.merging import FORGET
    from surveys.audience import add_filter
    from surveys.erasure import ERASING
    from surveys.imports.responses import RESPONSES
    from surveys.merging import INVITATIONS
    from surveys.panels import PANEL as ANSWERS
    from surveys.panels import timeline as answers_timeline
    from surveys.referral_erasure import ERASING as REFERRED

    for panel in FACTS:
        add_panel(panel)
    add_panel(ANSWERS)
    add_panel(HEALTH)
    add_timeline_source(answers_timeline)
    add_timeline_source(health_timeline)
    register(RESPONSES)
    add_erasure(ERASING)
    add_erasure(REFERRED)
    add_merge_rule("surveys_invitation", INVITATIONS)
    for table, sql in FORGET.items():
        add_merge_rule(table, sql)
    add_filter(BAND)
    add_filter(MRR_FROM)
