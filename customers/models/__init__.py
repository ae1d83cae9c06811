"""The facts a company knows."""

from customers.models.billing import BillingSettings, StripeEvent
from customers.models.change import Change
from customers.models.customer import (
    Contact,
    ContactAlias,
    ContactRole,
    Customer,
    CustomerAlias,
    CustomerAttribute,
)
from customers.models.erasure import ErasedIdentity, Erasure
from customers.models.fact import CustomerFact, Fact
from customers.models.imports import (
    FormerValue,
    Import,
    ImportPart,
    ImportProblem,
    OriginalPart,
    RememberedMapping,
)
from customers.models.journey import ChurnKind, Milestone, Objective, Pause, Renewal
from customers.models.money import Cost, CostKind, ExchangeRate, Invoice
from customers.models.relations import (
    FeatureRequest,
    Note,
    Referral,
    Review,
    Touchpoint,
    TouchpointKind,
)
from customers.models.sample import SampleData
from customers.models.source import Source
from customers.models.stream import StreamCall, StreamProblem, StreamRequest, StreamSubject
from customers.models.subscription import Interval, Plan, Product, Subscription, Term
from customers.models.support import Ticket, TicketStage
from customers.models.task import Mention, Task
from customers.models.usage import UsageChange, UsageDay, UsageEvent, UsageSession

__all__ = [
    "BillingSettings",
    "Change",
    "ChurnKind",
    "Contact",
    "ContactAlias",
    "ContactRole",
    "Cost",
    "CostKind",
    "Customer",
    "CustomerAlias",
    "CustomerAttribute",
    "CustomerFact",
    "ErasedIdentity",
    "Erasure",
    "ExchangeRate",
    "Fact",
    "FeatureRequest",
    "FormerValue",
    "Import",
    "ImportPart",
    "ImportProblem",
    "Interval",
    "Invoice",
    "Mention",
    "Milestone",
    "Note",
    "Objective",
    "OriginalPart",
    "Pause",
    "Plan",
    "Product",
    "Referral",
    "RememberedMapping",
    "Renewal",
    "Review",
    "SampleData",
    "Source",
    "StreamCall",
    "StreamProblem",
    "StreamRequest",
    "StreamSubject",
    "StripeEvent",
    "Subscription",
    "Task",
    "Term",
    "Ticket",
    "TicketStage",
    "Touchpoint",
    "TouchpointKind",
    "UsageChange",
    "UsageDay",
    "UsageEvent",
    "UsageSession",
]
