"""Every page of the portal, once: what the tests of pages walk over.

A new route fails tests/architecture/test_pages.py until it is said here what it is: a `Page`, or
in `ACTIONS` (takes a POST only), `FRAGMENTS` (a piece of a page, asked for by a script) or `FILES`
(a download). What it says is checked too.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from string import Formatter
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver, reverse

from accounts.permissions import ROLES, Permission
from tests.filled import Things

COMPANY, PUBLIC = "csm_portal.urls", "csm_portal.urls_public"


@dataclass(frozen=True)
class Page:
    """One page.

    `given`: {argument of the route: thing of tests/filled.py}, where it is not the argument's name
    (less `_id`); `query` may name things in braces. `name` tells pages of one route apart.
    `is_main`: somebody has it open all day, so `make bench` measures it. `is_open`: for whoever
    holds its link. `is_own`: for who made the thing, an owner, and a 404 to others. `only`: the
    roles, smallest first, where it is not the view's permission alone. `is_foreign`: a
    viewer that is a program of its own, so that only its frame is looked at.
    """

    route: str
    name: str = ""
    given: Mapping[str, str] = field(default_factory=dict)
    query: str = ""
    has_chart: bool = False
    is_main: bool = False
    is_open: bool = False
    is_own: bool = False
    only: tuple[str, ...] = ()
    is_foreign: bool = False

    def __str__(self) -> str:
        return f"{self.route} ({self.name})" if self.name else self.route

    @property
    def urlconf(self) -> str:
        return COMPANY if self.route in ROUTES[COMPANY] else PUBLIC

    def path(self, things: Things) -> str:
        """Its address in a company that has these things."""
        values = {name: things[thing] for name, thing in self._wanted().items()}
        return reverse(self.route, urlconf=self.urlconf, kwargs=values) + self.query.format(
            **things
        )

    def is_about(self, things: Things) -> bool:
        """Whether the company has what the page is about."""
        named = {name for _, name, _, _ in Formatter().parse(self.query) if name}
        return {*self._wanted().values(), *named} <= set(things)

    def _wanted(self) -> dict[str, str]:
        arguments = ROUTES[self.urlconf][self.route].arguments
        return {name: self.given.get(name, name.removesuffix("_id")) for name in arguments}

    @property
    def roles(self) -> list[str]:
        """The roles that may read it, smallest first."""
        if self.is_own:
            return ["owner"]
        if self.only:
            return list(self.only)
        permission = ROUTES[self.urlconf][self.route].permission or Permission.VIEW
        found = [key for key, role in ROLES.items() if permission in role.permissions]
        return found[::-1]


@dataclass(frozen=True)
class Route:
    """What the URL conf says of a name: its arguments, and the permission its view asks for."""

    arguments: tuple[str, ...]
    permission: Permission | None


def _routes(resolver: Any, space: str = "") -> Iterator[tuple[str, Route]]:
    for entry in resolver.url_patterns:
        if isinstance(entry, URLResolver):
            inner = f"{space}{entry.namespace}:" if entry.namespace else space
            yield from _routes(entry, inner)
        elif isinstance(entry, URLPattern):
            permission = getattr(entry.callback, "required_permission", None)
            arguments = tuple(entry.pattern.regex.groupindex)
            yield f"{space}{entry.name}", Route(arguments, permission)


ROUTES = {urlconf: dict(_routes(get_resolver(urlconf))) for urlconf in (COMPANY, PUBLIC)}

PAGES = (
    Page("metrics:today", is_main=True),
    Page("metrics:overview", has_chart=True, is_main=True),
    Page("metrics:index", is_main=True),
    Page("metrics:detail", has_chart=True, is_main=True),
    Page("metrics:detail", "a share", {"key": "share_key"}, has_chart=True),
    Page("metrics:detail", "by segment", query="?by={split}", has_chart=True),
    Page("metrics:explain", query="?start={month}&end={next_month}", is_main=True),
    Page("metrics:presets"),
    Page("metrics:cohorts", is_main=True),
    Page("metrics:cohort", query="?cohort={month}/{next_month}&at={month}/{next_month}"),
    Page("metrics:forecast", has_chart=True, is_main=True),
    Page("metrics:forecast_cohort", query="?cohort={month}"),
    Page("metrics:goals", is_main=True),
    Page("metrics:goal_new"),
    Page("metrics:goal_edit"),
    Page("metrics:annotations"),
    Page("metrics:annotation_new"),
    Page("metrics:annotation_edit"),
    Page("metrics:benchmarks"),
    Page("metrics:benchmark_new"),
    Page("metrics:benchmark_edit"),
    Page("metrics:restatements", is_main=True),
    Page("metrics:recomputation"),
    Page("metrics:freshness", is_main=True),
    Page("metrics:health", is_main=True),
    Page("metrics:customer_health", has_chart=True, is_main=True),
    Page("metrics:health_models"),
    Page("metrics:health_model"),
    Page("metrics:health_model_new"),
    Page("metrics:health_proof", has_chart=True),
    Page("metrics:health_whom"),
    Page("metrics:health_comparison", given={"model_id": "compared_model"}),
    Page("metrics:health_draft", given={"model_id": "drafted_model"}),
    Page("metrics:reports", is_main=True),
    Page("metrics:board_report", given={"report_id": "report"}),
    Page("metrics:share_link_new", only=("admin", "owner")),
    Page("metrics:digests"),
    Page("metrics:digest_preview", given={"kind": "digest"}),
    Page("metrics:digest_unsubscribe", given={"token": "digest_token"}, is_open=True),
    Page("metrics:shared", given={"token": "shared_token"}, has_chart=True, is_open=True),
    Page("metrics:data", is_main=True),
    Page("metrics:data_found", given={"key": "quality_key"}),
    Page("metrics:settings"),
    Page("metrics:options"),
    Page("metrics:closed_months"),
    Page("customers:list", is_main=True),
    Page("customers:detail", is_main=True),
    Page("customers:detail", "in a list", query="?list=customers%3Fsort%3Dmrr"),
    Page("metrics:customer_bulk", query="?do=owner&whom=all&owner=all"),
    Page("customers:removal"),
    Page("customers:timeline"),
    Page("customers:contacts"),
    Page("customers:contact_new"),
    Page("customers:contact_edit"),
    Page("customers:subscriptions"),
    Page("metrics:customer_usage", has_chart=True),
    Page("metrics:renewals", is_main=True),
    Page("metrics:renewal_outlook", has_chart=True),
    Page("customers:merge"),
    Page("customers:note_new"),
    Page("customers:note_edit", is_own=True),
    Page("customers:sample_data"),
    Page("customers:task_list", is_main=True),
    Page("customers:task_new", query="?customer={customer}"),
    Page("customers:task_edit"),
    Page("customers:fact_index"),
    Page("customers:fact_list", is_main=True),
    Page("customers:fact_detail"),
    Page("customers:stream"),
    Page("customers:billing"),
    Page("customers:exchange_rate_new"),
    Page("customers:export_list"),
    Page("customers:erasure_new"),
    Page("customers:erasure_detail"),
    Page("customers:import_list", is_main=True),
    Page("customers:import_new"),
    Page("customers:import_detail", "done"),
    Page("customers:import_detail", "checked", {"import_id": "checked_import"}),
    Page("customers:import_detail", "with errors", {"import_id": "import_with_errors"}),
    Page("customers:import_mapping", given={"import_id": "uploaded_import"}),
    Page("customers:import_undo", given={"import_id": "undoable_import"}),
    Page("surveys:campaign_list", is_main=True),
    Page("surveys:campaign_new"),
    Page("surveys:campaign_detail", is_main=True),
    Page("surveys:campaign_detail", "draft", {"campaign_id": "draft_campaign"}),
    Page("surveys:campaign_edit", given={"campaign_id": "draft_campaign"}),
    Page("surveys:campaign_audience", given={"campaign_id": "draft_campaign"}),
    Page("surveys:campaign_timing", given={"campaign_id": "draft_campaign"}),
    Page("surveys:campaign_send", given={"campaign_id": "draft_campaign"}),
    Page("surveys:campaign_end", given={"campaign_id": "paused_campaign"}),
    Page("surveys:campaign_delete", given={"campaign_id": "draft_campaign"}),
    Page("surveys:comment_list", is_main=True),
    Page("surveys:rules"),
    Page("surveys:follow_up_list", is_main=True),
    Page("surveys:follow_up"),
    Page("surveys:advocates", is_main=True),
    Page("surveys:advocate"),
    Page("surveys:suppressions"),
    Page("surveys:settings"),
    Page("surveys:referral_settings"),
    Page("surveys:answer", given={"token": "survey_token"}, is_open=True),
    Page("surveys:answer", "answered", {"token": "answered_token"}, is_open=True),
    Page("surveys:thanks", given={"token": "answered_token"}, is_open=True),
    Page("surveys:unsubscribe", given={"token": "survey_token"}, is_open=True),
    Page("surveys:referral", given={"token": "referral_token"}, is_open=True),
    Page("accounts:settings"),
    Page("accounts:people"),
    Page("accounts:api_keys"),
    Page("accounts:audit"),
    Page("accounts:profile"),
    Page("accounts:search", query="?q=more", is_main=True),
    Page("accounts:accept_invitation", given={"token": "invitation_token"}, is_open=True),
    Page("account_login", is_open=True),
    Page("account_logout"),
    Page("account_inactive", is_open=True),
    Page("account_signup", is_open=True),
    Page("account_email"),
    Page("account_email_verification_sent", is_open=True),
    Page("account_change_password"),
    Page("account_reauthenticate"),
    Page("account_reset_password", is_open=True),
    Page("account_reset_password_done", is_open=True),
    Page("account_reset_password_from_key", given={"key": "reset_key"}, is_open=True),
    Page("account_reset_password_from_key_done", is_open=True),
    Page("account_confirm_email", given={"key": "confirm_key"}, is_open=True),
    Page("api:docs", is_foreign=True),
    Page("styleguide", has_chart=True),
    Page("mailbox", is_open=True),
    Page("tenants:landing", is_open=True),
    Page("tenants:sign_up", is_open=True),
    Page("tenants:find_company", is_open=True),
    Page("tenants:find_company_sent", is_open=True),
)

# Answer 405 to a GET.
ACTIONS = {
    *("metrics:apply_preset", "metrics:closed_month_reopening", "metrics:goal_removal"),
    "metrics:annotation_removal",
    *("metrics:benchmark_removal", "metrics:health_proof_making", "metrics:health_suggestion"),
    *("metrics:health_view_new", "metrics:health_view_removal", "metrics:health_place"),
    *("metrics:health_retirement", "metrics:health_reversion", "metrics:health_preview"),
    *("metrics:health_draft_removal", "metrics:split_removal", "customers:stripe_webhook"),
    *("customers:stripe_secret", "customers:stripe_removal", "customers:erasure_again"),
    *("customers:import_reading", "customers:import_forgetting", "customers:import_confirmation"),
    *("customers:import_resumption", "customers:import_discard", "surveys:campaign_unschedule"),
    *("surveys:campaign_skip", "surveys:campaign_pause"),
    *("surveys:campaign_resume", "surveys:tag_new", "surveys:tag_save"),
    *("surveys:tag_delete", "surveys:words_save", "surveys:reply_days_save"),
    *("surveys:answer_tags", "surveys:answer_follow_up", "surveys:follow_up_assign"),
    *("surveys:follow_up_state", "surveys:follow_up_note", "surveys:follow_up_reply"),
    *("surveys:reward_new", "surveys:reward_settle", "surveys:referral_convert"),
    *("surveys:person_erase", "surveys:suppression_add", "surveys:suppression_remove"),
    *("surveys:sender_check", "accounts:revoke_key", "accounts:invite"),
    *("accounts:send_invitation_again", "accounts:revoke_invitation", "accounts:change_role"),
    *("accounts:deactivate", "accounts:reactivate", "tenants:send_again"),
    *("customers:export_file", "surveys:comment_export", "surveys:follow_up_export"),
    *("customers:task_act", "customers:mention_read", "customers:contact_removal"),
    *("customers:note_remove", "customers:sample_data_adding", "customers:sample_data_removal"),
    *("metrics:today_act", "metrics:report_settings", "metrics:board_report_new"),
    *("metrics:board_report_removal", "metrics:share_link_revocation", "metrics:digest_choose"),
    *("metrics:digest_send", "customers:change", "metrics:renewal_decision"),
    *("metrics:customer_view_new", "metrics:customer_view_removal", "metrics:customer_columns"),
    *("metrics:customer_table", "metrics:data_count", "metrics:data_removal"),
    *("surveys:advocates_export", "surveys:campaign_look_mail", "surveys:campaign_look_page"),
    "surveys:campaign_picker",
}
# Without a frame of the portal's around it: asked for by a script, or shown inside a page.
FRAGMENTS = {
    *("customers:sample_data_progress", "metrics:board_report_progress", "metrics:digest_mail"),
    *("metrics:health_proof_progress", "customers:import_progress", "surveys:campaign_progress"),
    "customers:choices",
    *("surveys:campaign_mail", "surveys:campaign_answer_preview", "tenants:address_preview"),
}
FILES = {
    *("customers:import_sample", "customers:import_problems"),
}
# Pages that a walk cannot reach by an address alone, and where they are tested.
ELSEWHERE = {
    "metrics:board_report_file": "tests/metrics/reports; there is a file once a job made it",
    "metrics:shared_file": "tests/metrics/reports; there is a file once a job made it",
    "metrics:today_later": "tests/metrics/test_today.py; about a row that only Today can name",
    "account_set_password": "for a user without a password, whom the portal does not make",
    "account_confirm_login_code": "codes to sign in with are off",
    "mailbox_mail": "tests/browser/test_walk.py",
    "mailbox_mail_html": "tests/browser/test_walk.py",
    "tenants:sign_up_sent": "tests/browser/test_walk.py",
    "tenants:verify": "tests/browser/test_walk.py",
    "tenants:progress": "tests/browser/test_walk.py",
}
# For programs: no pages at all.
SPACES_OF_PROGRAMS = ("api", "stream", "mail_webhooks")
