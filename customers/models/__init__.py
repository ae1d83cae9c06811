"""The facts a company knows."""

from customers.models.change import Change
from customers.models.customer import Contact, Customer, CustomerAttribute
from customers.models.imports import Import, ImportPart, ImportProblem
from customers.models.source import Source
from customers.models.subscription import Interval, Plan, Product, Subscription, Term

__all__ = [
    "Change",
    "Contact",
    "Customer",
    "CustomerAttribute",
    "Import",
    "ImportPart",
    "ImportProblem",
    "Interval",
    "Plan",
    "Product",
    "Source",
    "Subscription",
    "Term",
]
