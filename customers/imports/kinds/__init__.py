"""The kinds of files that can be brought in, in the order they are offered.

Each can be brought in after those before it: a row names nothing of a later kind.
"""

from customers.imports.fields import Field, Kind
from customers.imports.kinds.attributes import CUSTOMER_ATTRIBUTES
from customers.imports.kinds.chargebee_invoices import CHARGEBEE_INVOICES
from customers.imports.kinds.chargebee_subscriptions import CHARGEBEE_SUBSCRIPTIONS
from customers.imports.kinds.contacts import CONTACTS
from customers.imports.kinds.costs import COSTS
from customers.imports.kinds.customers import CUSTOMERS
from customers.imports.kinds.exchange_rates import EXCHANGE_RATES
from customers.imports.kinds.feature_requests import FEATURE_REQUESTS
from customers.imports.kinds.hubspot_companies import HUBSPOT_COMPANIES
from customers.imports.kinds.hubspot_contacts import HUBSPOT_CONTACTS
from customers.imports.kinds.intercom_conversations import INTERCOM_CONVERSATIONS
from customers.imports.kinds.invoice_lines import INVOICE_LINES
from customers.imports.kinds.invoices import INVOICES
from customers.imports.kinds.milestones import MILESTONES
from customers.imports.kinds.notes import NOTES
from customers.imports.kinds.objectives import OBJECTIVES
from customers.imports.kinds.pauses import PAUSES
from customers.imports.kinds.referrals import REFERRALS
from customers.imports.kinds.renewals import RENEWALS
from customers.imports.kinds.reviews import REVIEWS
from customers.imports.kinds.salesforce_accounts import SALESFORCE_ACCOUNTS
from customers.imports.kinds.salesforce_contacts import SALESFORCE_CONTACTS
from customers.imports.kinds.stripe_invoices import STRIPE_INVOICES
from customers.imports.kinds.stripe_subscriptions import STRIPE_SUBSCRIPTIONS
from customers.imports.kinds.subscriptions import SUBSCRIPTIONS
from customers.imports.kinds.ticket_stages import TICKET_STAGES
from customers.imports.kinds.tickets import TICKETS
from customers.imports.kinds.touchpoints import TOUCHPOINTS
from customers.imports.kinds.usage import USAGE
from customers.imports.kinds.zendesk_tickets import ZENDESK_TICKETS

KINDS: dict[str, Kind] = {}


def register(kind: Kind) -> None:
    """Offer a further kind, after those there are. Registering a key twice replaces it."""
    KINDS[kind.key] = kind


for _kind in (
    CUSTOMERS,
    CUSTOMER_ATTRIBUTES,
    SUBSCRIPTIONS,
    CONTACTS,
    TICKETS,
    TICKET_STAGES,
    RENEWALS,
    PAUSES,
    INVOICES,
    EXCHANGE_RATES,
    COSTS,
    MILESTONES,
    OBJECTIVES,
    TOUCHPOINTS,
    NOTES,
    REFERRALS,
    REVIEWS,
    FEATURE_REQUESTS,
    USAGE,
    INVOICE_LINES,
    STRIPE_SUBSCRIPTIONS,
    STRIPE_INVOICES,
    CHARGEBEE_SUBSCRIPTIONS,
    CHARGEBEE_INVOICES,
    ZENDESK_TICKETS,
    INTERCOM_CONVERSATIONS,
    HUBSPOT_COMPANIES,
    HUBSPOT_CONTACTS,
    SALESFORCE_ACCOUNTS,
    SALESFORCE_CONTACTS,
):
    register(_kind)

__all__ = ["KINDS", "Field", "Kind", "register"]
