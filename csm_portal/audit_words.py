"""What the audit trail calls each action, who did it and what it says of it: codes are kept, words
are shown.

What tests/csm_portal/test_audit_words.py finds in the sources and not here fails it.
"""

from __future__ import annotations

import re
from functools import cache

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop, pgettext_lazy

from accounts.models import AuditEntry
from csm_portal.audit_values import value_in_words
from customers.imports.kinds import KINDS
from customers.wording import within
from metrics.actions.digests import BY_LINK as DIGEST_LINK
from surveys.actions.delivery import PROVIDER
from surveys.actions.referrals import BY_LINK as REFERRAL_LINK
from surveys.actions.rewards import BY_RULE as RULE_OF_REWARDS
from surveys.actions.suppressions import BY_LINK as SURVEY_LINK

ACTIONS = {
    "annotation.changed": gettext_noop("Annotation changed"),
    "annotation.made": gettext_noop("Annotation made"),
    "annotation.removed": gettext_noop("Annotation removed"),
    "answer.tag_given": gettext_noop("Tag given to an answer"),
    "answer.tag_taken": gettext_noop("Tag taken from an answer"),
    "answers.exported": gettext_noop("Answers exported"),
    "api_key.created": gettext_noop("API key created"),
    "api_key.revoked": gettext_noop("API key revoked"),
    "benchmark.changed": gettext_noop("Benchmark changed"),
    "benchmark.removed": gettext_noop("Benchmark removed"),
    "benchmark.set": gettext_noop("Benchmark set"),
    "billing.changed": gettext_noop("Billing settings changed"),
    "billing.stripe_secret_removed": gettext_noop("Stripe's secret removed"),
    "billing.stripe_secret_stored": gettext_noop("Stripe's secret stored"),
    "board_report.asked": gettext_noop("Board report asked for"),
    "board_report.removed": gettext_noop("Board report removed"),
    "campaign.contacts_chosen": gettext_noop("Contacts of a campaign chosen"),
    "campaign.created": gettext_noop("Campaign created"),
    "campaign.deleted": gettext_noop("Campaign deleted"),
    "campaign.edited": gettext_noop("Campaign edited"),
    "campaign.ended": gettext_noop("Campaign ended"),
    "campaign.history_recorded": gettext_noop("Past campaign recorded"),
    "campaign.invited": gettext_noop("Contacts invited"),
    "campaign.paused": gettext_noop("Campaign paused"),
    "campaign.resumed": gettext_noop("Campaign resumed"),
    "campaign.scheduled": gettext_noop("Campaign scheduled"),
    "campaign.started": gettext_noop("Campaign started"),
    "campaign.tested": gettext_noop("Test mail sent"),
    "campaign.timing_set": gettext_noop("Timing of a campaign set"),
    "campaign.unscheduled": gettext_noop("Campaign taken from the schedule"),
    "company.settings_changed": gettext_noop("Company settings changed"),
    "contact.added": gettext_noop("Contact added"),
    "contact.bounced": gettext_noop("Mail to a contact bounced"),
    "contact.changed": gettext_noop("Contact changed"),
    "contact.complained": gettext_noop("Contact called a mail spam"),
    "contact.erased": gettext_noop("Contact erased"),
    "contact.erasure_asked": gettext_noop("Erasure of a contact asked for"),
    "contact.erasure_finished": gettext_noop("Erasure of a contact finished"),
    "contact.erasure_started_again": gettext_noop("Erasure of a contact started again"),
    "contact.erasure_stopped": gettext_noop("Erasure of a contact stopped"),
    "contact.removed": gettext_noop("Contact removed"),
    "contact.subscribed_again": gettext_noop("Contact may be mailed again"),
    "contact.unsubscribed": gettext_noop("Contact unsubscribed"),
    "customer.changed": gettext_noop("Customer changed"),
    "customer.merged": gettext_noop("Customers merged"),
    "customer.removed": gettext_noop("Customer removed"),
    "customers.attribute_set": gettext_noop("Attribute of customers set"),
    "customers.exported": gettext_noop("Customers exported"),
    "customers.view_removed": gettext_noop("View of customers removed"),
    "customers.view_saved": gettext_noop("View of customers saved"),
    "demo.begun": gettext_noop("Demo begun"),
    "demo.filled": gettext_noop("Demo filled"),
    "digest.chosen": gettext_noop("Digest chosen"),
    "digest.sent_to_oneself": gettext_noop("Digest sent to oneself"),
    "exchange_rate.set": gettext_noop("Exchange rate set"),
    "export.finished": gettext_noop("Export finished"),
    "export.taken": gettext_noop("Export taken"),
    "follow_up.assigned": gettext_noop("Follow-up assigned"),
    "follow_up.closed": gettext_noop("Follow-up closed"),
    "follow_up.history_recorded": gettext_noop("Past follow-up recorded"),
    "follow_up.noted": gettext_noop("Follow-up noted"),
    "follow_up.opened": gettext_noop("Follow-up opened"),
    "follow_up.reopened": gettext_noop("Follow-up opened again"),
    "follow_up.replied": gettext_noop("Reply sent to a contact"),
    "follow_up.taken_up": gettext_noop("Follow-up taken up"),
    "follow_ups.days_set": gettext_noop("Days to follow up set"),
    "follow_ups.exported": gettext_noop("Follow-ups exported"),
    "goal.changed": gettext_noop("Goal changed"),
    "goal.removed": gettext_noop("Goal removed"),
    "goal.set": gettext_noop("Goal set"),
    "health.signal_made": gettext_noop("Health signal made"),
    "health.view_removed": gettext_noop("View of health removed"),
    "health.view_saved": gettext_noop("View of health saved"),
    "health_model.changed": gettext_noop("Health model changed"),
    "health_model.draft_changed": gettext_noop("Draft of a health model changed"),
    "health_model.draft_discarded": gettext_noop("Draft of a health model discarded"),
    "health_model.draft_made": gettext_noop("Draft of a health model made"),
    "health_model.made": gettext_noop("Health model made"),
    "health_model.moved": gettext_noop("Health model moved"),
    "health_model.proof_asked": gettext_noop("Record of a health model asked for"),
    "health_model.published": gettext_noop("Health model published"),
    "health_model.retired": gettext_noop("Health model retired"),
    "health_model.weights_asked": gettext_noop("Suggested weights asked for"),
    "import.confirmed": gettext_noop("Import confirmed"),
    "import.discarded": gettext_noop("Import discarded"),
    "import.finished": gettext_noop("Import finished"),
    "import.mapped": gettext_noop("Columns of an import mapped"),
    "import.mapping_forgotten": gettext_noop("Mapping of columns forgotten"),
    "import.reread": gettext_noop("Import read anew"),
    "import.resumed": gettext_noop("Import resumed"),
    "import.undo_asked": gettext_noop("Undo of an import asked for"),
    "import.undone": gettext_noop("Import undone"),
    "import.uploaded": gettext_noop("File uploaded"),
    "metrics.options_changed": gettext_noop("Options of metrics changed"),
    "metrics.settings_changed": gettext_noop("Metric settings changed"),
    "metrics.split_no_longer_kept": gettext_noop("Split of a metric no longer kept"),
    "month.closed": gettext_noop("Month closed"),
    "month.reopened": gettext_noop("Month opened again"),
    "note.edited": gettext_noop("Note edited"),
    "note.removed": gettext_noop("Note removed"),
    "note.written": gettext_noop("Note written"),
    "referral.converted": gettext_noop("Referral became a customer"),
    "referral.not_converted": gettext_noop("Referral no customer after all"),
    "referral.person_erased": gettext_noop("Referred person erased"),
    "referral.received": gettext_noop("Referral received"),
    "referrals.settings_changed": gettext_noop("Referral settings changed"),
    "renewal.decided": gettext_noop("Renewal decided"),
    "report_settings.changed": gettext_noop("Report settings changed"),
    "response.recorded": gettext_noop("Answer recorded"),
    "reward.given": gettext_noop("Reward given"),
    "reward.promised": gettext_noop("Reward promised"),
    "reward.refused": gettext_noop("Reward refused"),
    "reward.withdrawn": gettext_noop("Reward withdrawn"),
    "sample_data.added": gettext_noop("Sample data added"),
    "sample_data.removal_asked": gettext_noop("Removal of sample data asked for"),
    "sample_data.removed": gettext_noop("Sample data removed"),
    "sender_domain.record_missing": gettext_noop("Record of a sender domain missing"),
    "sender_domain.verified": gettext_noop("Sender domain verified"),
    "share_link.made": gettext_noop("Share link made"),
    "share_link.revoked": gettext_noop("Share link revoked"),
    "share_links.revoked": gettext_noop("Share links of a user revoked"),
    "suppression.added": gettext_noop("Address suppressed"),
    "suppression.removed": gettext_noop("Suppression lifted"),
    "surveys.settings_changed": gettext_noop("Survey settings changed"),
    "tag.deleted": gettext_noop("Tag deleted"),
    "tag.saved": gettext_noop("Tag saved"),
    "task.edited": gettext_noop("Task edited"),
    "task.finished": gettext_noop("Task finished"),
    "task.handed_over": gettext_noop("Task handed over"),
    "task.made": gettext_noop("Task made"),
    "task.reopened": gettext_noop("Task opened again"),
    "task.snoozed": gettext_noop("Task snoozed"),
    "tasks.made": gettext_noop("Tasks made"),
    "user.added": gettext_noop("User added"),
    "user.address_changed": gettext_noop("Address of a user changed"),
    "user.deactivated": gettext_noop("User deactivated"),
    "user.password_changed": gettext_noop("Password changed"),
    "user.reactivated": gettext_noop("User reactivated"),
    "user.renamed": gettext_noop("User renamed"),
    "user.role_changed": gettext_noop("Role changed"),
    "user_invitation.accepted": gettext_noop("Invitation accepted"),
    "user_invitation.revoked": gettext_noop("Invitation revoked"),
    "user_invitation.sent": gettext_noop("Invitation sent"),
    "user_invitation.sent_again": gettext_noop("Invitation sent again"),
    "words.saved": gettext_noop("Words saved"),
}
# What an entry's detail names; what is not here is a field of a kind of facts, or shown as it is.
FIELDS = {
    "about": pgettext_lazy("audit", "about"),
    "against": pgettext_lazy("audit", "against"),
    "answers": pgettext_lazy("audit", "answers"),
    "as_of": pgettext_lazy("audit", "as of"),
    "asked": pgettext_lazy("audit", "asked"),
    "assignee": pgettext_lazy("audit", "assigned to"),
    "attribute": pgettext_lazy("audit", "attribute"),
    "attributes": pgettext_lazy("audit", "attributes"),
    "base": pgettext_lazy("audit", "base currency"),
    "because": pgettext_lazy("audit", "because"),
    "before": pgettext_lazy("audit", "before"),
    "begins_on": pgettext_lazy("audit", "begins on"),
    "business_days": pgettext_lazy("audit", "business days"),
    "business_from": pgettext_lazy("audit", "business hours from"),
    "business_until": pgettext_lazy("audit", "business hours until"),
    "by": pgettext_lazy("audit", "by attribute"),
    "bytes": pgettext_lazy("audit", "bytes"),
    "campaign": pgettext_lazy("audit", "campaign"),
    "cause": pgettext_lazy("audit", "cause"),
    "changed": pgettext_lazy("audit", "changed"),
    "changes": pgettext_lazy("audit", "changes"),
    "choices": pgettext_lazy("audit", "choices"),
    "columns": pgettext_lazy("audit", "columns"),
    "contact": pgettext_lazy("audit", "contact"),
    "contact_days": pgettext_lazy("audit", "days between surveys of a contact"),
    "contacts": pgettext_lazy("audit", "contacts"),
    "contacts_joined": pgettext_lazy("audit", "contacts joined"),
    "content": pgettext_lazy("audit", "content"),
    "created": pgettext_lazy("audit", "created"),
    "currency": pgettext_lazy("audit", "currency"),
    "curve": pgettext_lazy("audit", "curve"),
    "customer": pgettext_lazy("audit", "customer"),
    "customer_days": pgettext_lazy("audit", "days of the limit by customer"),
    "customer_most": pgettext_lazy("audit", "most mails to a customer"),
    "customers": pgettext_lazy("audit", "customers"),
    "day": pgettext_lazy("audit", "day"),
    "days": pgettext_lazy("audit", "days"),
    "days_before": pgettext_lazy("audit", "days before"),
    "decision": pgettext_lazy("audit", "decision"),
    "delay_hours": pgettext_lazy("audit", "delay in hours"),
    "digest": pgettext_lazy("audit", "checksum"),
    "direction": pgettext_lazy("audit", "direction"),
    "due_on": pgettext_lazy("audit", "due on"),
    "end": pgettext_lazy("audit", "end"),
    "ends_at": pgettext_lazy("audit", "ends at"),
    "event": pgettext_lazy("audit", "event"),
    "event_name": pgettext_lazy("audit", "name of the event"),
    "every_days": pgettext_lazy("audit", "every so many days"),
    "external_id": pgettext_lazy("audit", "id"),
    "filters": pgettext_lazy("audit", "filters"),
    "first_value": pgettext_lazy("audit", "first value"),
    "first_value_name": pgettext_lazy("audit", "name of the first value"),
    "follow_up": pgettext_lazy("audit", "further question"),
    "follow_ups": pgettext_lazy("audit", "further questions"),
    "form": pgettext_lazy("audit", "format"),
    "from": pgettext_lazy("audit", "from"),
    "from_address": pgettext_lazy("audit", "sender's address"),
    "from_name": pgettext_lazy("audit", "sender's name"),
    "gap_days": pgettext_lazy("audit", "days of a gap"),
    "given_on": pgettext_lazy("audit", "given on"),
    "grain": pgettext_lazy("audit", "grain"),
    "gross_margin": pgettext_lazy("audit", "gross margin"),
    "highest_label": pgettext_lazy("audit", "label of the highest score"),
    "highest_score": pgettext_lazy("audit", "highest score"),
    "horizon": pgettext_lazy("audit", "horizon"),
    "hour": pgettext_lazy("audit", "hour"),
    "in_error": pgettext_lazy("audit", "in error"),
    "is_drawn": pgettext_lazy("audit", "drawn in charts"),
    "is_former_address": pgettext_lazy("audit", "a former address"),
    "is_former_included": pgettext_lazy("audit", "customers who have left, too"),
    "is_making_customers": pgettext_lazy("audit", "makes customers"),
    "is_on": pgettext_lazy("audit", "on"),
    "is_relational": pgettext_lazy("audit", "relational"),
    "is_searched": pgettext_lazy("audit", "searched"),
    "is_shared": pgettext_lazy("audit", "shared"),
    "is_skipping": pgettext_lazy("audit", "skips what is past"),
    "is_skipping_errors": pgettext_lazy("audit", "skips rows in error"),
    "is_weekdays_only": pgettext_lazy("audit", "on weekdays only"),
    "is_whole": pgettext_lazy("audit", "whole"),
    "kept": pgettext_lazy("audit", "kept"),
    "key": pgettext_lazy("audit", "key"),
    "kind": pgettext_lazy("audit", "kind"),
    "label": pgettext_lazy("audit", "label"),
    "language": pgettext_lazy("audit", "language"),
    "late_days": pgettext_lazy("audit", "days a renewal may be late"),
    "links_revoked": pgettext_lazy("audit", "share links revoked"),
    "lowest_label": pgettext_lazy("audit", "label of the lowest score"),
    "lowest_score": pgettext_lazy("audit", "lowest score"),
    "mails_per_hour": pgettext_lazy("audit", "mails per hour"),
    "managers_may_share": pgettext_lazy("audit", "managers may share"),
    "mapping": pgettext_lazy("audit", "columns"),
    "merged": pgettext_lazy("audit", "merged"),
    "metric": pgettext_lazy("audit", "metric"),
    "minimum_n": pgettext_lazy("audit", "minimum n"),
    "moved": pgettext_lazy("audit", "moved"),
    "name": pgettext_lazy("audit", "name"),
    "named": pgettext_lazy("audit", "named"),
    "nightly_at": pgettext_lazy("audit", "nightly at"),
    "not_asked_days": pgettext_lazy("audit", "days without a survey before"),
    "notation": pgettext_lazy("audit", "notation"),
    "note": pgettext_lazy("audit", "note"),
    "on": pgettext_lazy("audit", "on the day"),
    "onboarding_milestone": pgettext_lazy("audit", "milestone that ends onboarding"),
    "order": pgettext_lazy("audit", "order"),
    "original": pgettext_lazy("audit", "original file"),
    "outcome": pgettext_lazy("audit", "outcome"),
    "own": pgettext_lazy("audit", "own texts"),
    "owner": pgettext_lazy("audit", "owner"),
    "pause_days": pgettext_lazy("audit", "days of a pause"),
    "phrases": pgettext_lazy("audit", "phrases"),
    "preset": pgettext_lazy("audit", "preset"),
    "problem": pgettext_lazy("audit", "problem"),
    "query": pgettext_lazy("audit", "query"),
    "question": pgettext_lazy("audit", "question"),
    "questions": pgettext_lazy("audit", "questions"),
    "rate": pgettext_lazy("audit", "exchange rate"),
    "raw_events_kept_days": pgettext_lazy("audit", "days raw events are kept"),
    "reason": pgettext_lazy("audit", "reason"),
    "reminder_days": pgettext_lazy("audit", "days until a reminder"),
    "reminders": pgettext_lazy("audit", "reminders"),
    "removed": pgettext_lazy("audit", "removed"),
    "renews_on": pgettext_lazy("audit", "renews on"),
    "reply": pgettext_lazy("audit", "reply"),
    "restored": pgettext_lazy("audit", "restored"),
    "reward_value": pgettext_lazy("audit", "value of the reward"),
    "reward_what": pgettext_lazy("audit", "reward"),
    "role": pgettext_lazy("audit", "role"),
    "rows": pgettext_lazy("audit", "rows"),
    "sample_percent": pgettext_lazy("audit", "sample in percent"),
    "scopes": pgettext_lazy("audit", "scopes"),
    "score": pgettext_lazy("audit", "score"),
    "seed": pgettext_lazy("audit", "seed"),
    "segment": pgettext_lazy("audit", "segment"),
    "segment_key": pgettext_lazy("audit", "attribute of the segment"),
    "segment_value": pgettext_lazy("audit", "value of the segment"),
    "send_from": pgettext_lazy("audit", "sent from"),
    "send_until": pgettext_lazy("audit", "sent until"),
    "sense": pgettext_lazy("audit", "it should be"),
    "session_gap_minutes": pgettext_lazy("audit", "minutes that end a session"),
    "sha256": pgettext_lazy("audit", "SHA-256"),
    "sheet": pgettext_lazy("audit", "sheet"),
    "source": pgettext_lazy("audit", "source"),
    "split": pgettext_lazy("audit", "split"),
    "spread_days": pgettext_lazy("audit", "spread over days"),
    "start": pgettext_lazy("audit", "start"),
    "starts_at": pgettext_lazy("audit", "starts at"),
    "state": pgettext_lazy("audit", "state"),
    "steps_done": pgettext_lazy("audit", "steps done"),
    "tag": pgettext_lazy("audit", "tag"),
    "target": pgettext_lazy("audit", "target"),
    "tenure_from": pgettext_lazy("audit", "customer for days from"),
    "tenure_until": pgettext_lazy("audit", "customer for days until"),
    "text": pgettext_lazy("audit", "text"),
    "texts": pgettext_lazy("audit", "texts"),
    "thank_you": pgettext_lazy("audit", "thanks"),
    "thank_yous": pgettext_lazy("audit", "thanks by level"),
    "timezone": pgettext_lazy("audit", "time zone"),
    "timing": pgettext_lazy("audit", "timing"),
    "to": pgettext_lazy("audit", "to"),
    "unchanged": pgettext_lazy("audit", "unchanged"),
    "until": pgettext_lazy("audit", "until"),
    "updated": pgettext_lazy("audit", "updated"),
    "upper": pgettext_lazy("audit", "upper end"),
    "value": pgettext_lazy("audit", "value"),
    "values": pgettext_lazy("audit", "values"),
    "version": pgettext_lazy("audit", "version"),
    "week_start": pgettext_lazy("audit", "week start"),
    "weights": pgettext_lazy("audit", "weights"),
    "what": pgettext_lazy("audit", "what"),
    "who": pgettext_lazy("audit", "who"),
    "words": pgettext_lazy("audit", "words"),
    "year": pgettext_lazy("audit", "year"),
}
# Who did it, where that is nobody's name.
ACTORS = frozenset({REFERRAL_LINK, RULE_OF_REWARDS, SURVEY_LINK, DIGEST_LINK, PROVIDER})
# Actions that are named after one of many kinds of facts or checks.
PATTERNS = (
    (re.compile(r"quality\.\w+_removed"), gettext_noop("Rows of a data check removed")),
    (re.compile(r"\w+\.removed"), gettext_noop("Fact removed")),
)


def words_of(action: str) -> str:
    """In the reader's language; "" for an action that is not known (any more)."""
    found = ACTIONS.get(action) or next(
        (words for pattern, words in PATTERNS if pattern.fullmatch(action)), ""
    )
    return _(found) if found else ""


def actor_of(entry: AuditEntry) -> str:
    """Who did it."""
    return _(entry.actor_label) if entry.actor_label in ACTORS else entry.actor_label


def details_of(entry: AuditEntry) -> list[tuple[str, str]]:
    """What an entry's detail says, by name; what is empty is left out. A pair of values reads
    `before → after`, and where there was nothing before, `after`."""
    said = ((field_of(name), _in_words(entry, name, value)) for name, value in entry.detail.items())
    return [(name, words) for name, words in said if words]


def field_of(name: str) -> str:
    """In the reader's language; as it is where it is not known."""
    if name in FIELDS:
        return str(FIELDS[name])
    label = _labels().get(name)
    return within(label) if label else name.replace("_", " ")


@cache
def _labels() -> dict[str, str]:
    """Of the fields of all kinds of facts."""
    found: dict[str, str] = {}
    for kind in KINDS.values():
        for field in kind.fields:
            found.setdefault(field.name, field.label)
    return found


def _in_words(entry: AuditEntry, name: str, value: object) -> str:
    if isinstance(value, list):
        if len(value) == 2 and value[0] in (None, ""):
            return _in_words(entry, name, value[1])
        separator = " → " if len(value) == 2 else ", "
        return separator.join(_in_words(entry, name, part) or _("nothing") for part in value)
    if isinstance(value, dict):
        said = ((field_of(key), _in_words(entry, key, part)) for key, part in value.items())
        return ", ".join(f"{key} {words}" for key, words in said if words)
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    return "" if value is None else value_in_words(entry, name, str(value))
