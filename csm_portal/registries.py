"""What lower apps show of higher ones: filled here, because imports go one way."""

from __future__ import annotations


def fill() -> None:
    """Fill every registry. Called once, when all apps are loaded."""
    from accounts.leaving import add_belonging
    from accounts.search import add_finder
    from csm_portal.pages import FINDER as PAGES
    from csm_portal.sample import sample_files
    from customers import sample_data
    from customers.facts_panel import PANELS as FACTS
    from customers.finding import FINDERS
    from customers.headline import FIGURES
    from customers.imports.kinds import register
    from customers.notes_panel import PANEL as NOTES
    from customers.registry import (
        add_contact_words,
        add_customer_list,
        add_erasure,
        add_figure,
        add_merge_rule,
        add_panel,
        add_timeline_source,
        set_customer_page,
        set_next_step,
    )
    from metrics.actions.share_links import LINKS
    from metrics.audience_filters import BAND, MRR_FROM
    from metrics.finding import FINDER as METRICS
    from metrics.first_run import after_import
    from metrics.health_panel import FIGURE as HEALTH
    from metrics.health_panel import TIMELINE as HEALTH_TIMELINE
    from metrics.ledger.merging import FORGET
    from metrics.renewals.figure import FIGURE as NEXT_RENEWAL
    from metrics.reports.erasure import ERASING as REPORTS
    from metrics.restated.forgetting import forget_log_of_nobody
    from metrics.saved_erasure import ERASING as SAVED
    from metrics.today.erasure import ERASING as TODAY
    from metrics.views import customers as list_of_customers
    from metrics.views.health_list import HEALTH_LIST
    from metrics.views.renewals import RENEWALS
    from surveys.actions.history import forget_empty_past_campaigns
    from surveys.audience import add_filter
    from surveys.erasure import ERASING
    from surveys.finding import FINDER as CAMPAIGNS
    from surveys.headline import FIGURE as LATEST_NPS
    from surveys.headline import contact_words
    from surveys.imports.responses import RESPONSES
    from surveys.merging import INVITATIONS
    from surveys.panels import PANEL as ANSWERS
    from surveys.referral_erasure import ERASING as REFERRED
    from surveys.timeline import TIMELINE as SURVEYS_TIMELINE

    set_customer_page(list_of_customers.page)
    set_next_step(after_import)
    for listed in (list_of_customers.CUSTOMERS, RENEWALS, HEALTH_LIST):
        add_customer_list(listed)
    for panel in FACTS:
        add_panel(panel)
    add_panel(NOTES)
    add_panel(ANSWERS)
    for figure in (*FIGURES, HEALTH, NEXT_RENEWAL, LATEST_NPS):
        add_figure(figure)
    add_contact_words(contact_words)
    add_timeline_source(SURVEYS_TIMELINE)
    add_timeline_source(HEALTH_TIMELINE)
    register(RESPONSES)
    add_erasure(ERASING)
    add_erasure(REFERRED)
    add_erasure(TODAY)
    add_erasure(REPORTS)
    add_erasure(SAVED)
    add_merge_rule("surveys_invitation", INVITATIONS)
    for table, sql in FORGET.items():
        add_merge_rule(table, sql)
    add_belonging(LINKS)
    add_filter(BAND)
    add_filter(MRR_FROM)
    for finder in (*FINDERS, CAMPAIGNS, METRICS, PAGES):
        add_finder(finder)
    sample_data.set_maker(sample_files)
    sample_data.add_cleanup(forget_empty_past_campaigns)
    sample_data.add_cleanup(forget_log_of_nobody)
