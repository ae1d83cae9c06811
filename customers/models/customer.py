"""Customers, their dated attributes, and the contacts at them."""

from __future__ import annotations

from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models.expressions import RawSQL
from django.db.models.functions import Lower
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from customers.models.source import Source
from customers.searching import CONTACTS_OF_CUSTOMERS_TOO, CONTACTS_OF_PART, escaped, ids_of

# Where the address of somebody is put who was erased: no mail goes to a name in `.invalid`.
ERASED_DOMAIN = "@erased.invalid"


class CustomerQuerySet(models.QuerySet["Customer"]):
    """Reads of customers; `day` is the company's."""

    def search(self, words: str) -> CustomerQuerySet:
        """Those with each of the words in their name, their id or a contact's address; one or two
        letters at the beginning of a word."""
        found = self
        for word in words.split():
            text, values = ids_of(word)
            found = found.filter(pk__in=RawSQL(text, values))  # noqa: S611 - built from constants
        return found

    def known_as(self, external_id: str) -> Customer | None:
        """The one whose id it is, or was before it was merged into another."""
        is_alias = models.Exists(
            CustomerAlias.objects.filter(customer=models.OuterRef("pk"), external_id=external_id)
        )
        return self.filter(models.Q(external_id=external_id) | is_alias).first()


class Customer(models.Model):
    """An account of the company's: who pays, renews or churns."""

    external_id = models.CharField(max_length=200, unique=True)
    name = models.CharField(max_length=300)
    signed_up_on = models.DateField(null=True, blank=True)
    parent = models.ForeignKey(
        "self",
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="children",
        help_text="The customer that this one is part of.",
    )
    source = models.ForeignKey(Source, on_delete=models.PROTECT, related_name="+")
    changed_by = models.ForeignKey(
        Source,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        db_index=False,
        related_name="+",
        help_text="Which source changed it last; none: nobody since it was made.",
    )
    recorded_at = models.DateTimeField(help_text="When we learned of it.")
    source_updated_at = models.DateTimeField(
        null=True, blank=True, help_text="When it last changed where it comes from, if told."
    )
    changed_at = models.DateTimeField(auto_now=True)

    objects = CustomerQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=~models.Q(external_id=""), name="customer_external_id_given"
            ),
            models.CheckConstraint(
                condition=models.Q(parent=None) | ~models.Q(parent=models.F("id")),
                name="customer_not_its_own_parent",
            ),
        ]
        indexes = [
            models.Index(Lower("name"), name="customer_name_lower"),
            GinIndex(fields=["name"], name="customer_name_part", opclasses=["gin_trgm_ops"]),
            GinIndex(fields=["external_id"], name="customer_id_part", opclasses=["gin_trgm_ops"]),
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("customers:detail", args=[self.pk])


class CustomerAlias(models.Model):
    """A further id of `customer`: of one that was merged into it, or what a billing system calls
    it. Whatever names it means that one.

    `source` is the import that told a billing system's id; null of one that was merged.
    """

    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="aliases")
    external_id = models.CharField(max_length=200, unique=True)
    source = models.ForeignKey(Source, on_delete=models.PROTECT, related_name="+", null=True)
    recorded_at = models.DateTimeField()

    class Meta:
        verbose_name_plural = "further ids of customers"
        constraints = [
            models.CheckConstraint(
                condition=~models.Q(external_id=""), name="customer_alias_given"
            ),
        ]

    def __str__(self) -> str:
        return self.external_id


class CustomerAttribute(models.Model):
    """One version of one attribute of a customer, from a day on.

    The value holds from `valid_from` until the next current row's `valid_from`; the first one
    known holds for all time before, too. `valid_from` null is that first one when the source
    gave no date. A correction sets `superseded_at` and adds a row; rows are never overwritten.
    """

    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="attributes")
    key = models.CharField(max_length=63)
    value = models.CharField(max_length=200, help_text="Empty: known to have none.", blank=True)
    valid_from = models.DateField(null=True, blank=True)
    source = models.ForeignKey(Source, on_delete=models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField()
    is_backfilled = models.BooleanField(
        default=False,
        db_default=False,
        help_text="History from before we were told anything: known from its own date on.",
    )
    superseded_at = models.DateTimeField(null=True, blank=True)
    closed_by = models.ForeignKey(
        Source, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["customer", "key", "valid_from"],
                condition=models.Q(superseded_at=None),
                nulls_distinct=False,
                name="attribute_one_current_per_day",
            ),
        ]
        indexes = [
            models.Index(
                fields=["key", "customer"],
                condition=models.Q(superseded_at=None),
                include=["value", "valid_from"],
                name="attribute_current",
            ),
            models.Index(
                "key",
                Lower("value"),
                "customer",
                condition=models.Q(superseded_at=None),
                name="attribute_by_value",
            ),
            models.Index(
                fields=["key", "value"],
                condition=models.Q(superseded_at=None),
                name="attribute_values",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.key}={self.value}"

    @property
    def label(self) -> str:
        """The key as people read it: `contract_type` is "Contract type"."""
        return attribute_label(self.key)


def attribute_label(key: str) -> str:
    """Those with a name of ours are called in the language in force, others as the company does."""
    match key:
        case "owner":
            return _("Owner")
        case "stage":
            return _("Stage")
    return key.replace("_", " ").strip().capitalize()


class ContactRole(models.TextChoices):
    CHAMPION = "champion", gettext_lazy("Champion")
    DECISION_MAKER = "decision_maker", gettext_lazy("Decision maker")
    USER = "user", gettext_lazy("User")


class ContactQuerySet(models.QuerySet["Contact"]):
    def present(self) -> ContactQuerySet:
        """Those that nobody removed."""
        return self.filter(removed_at=None)

    def search(self, words: str, *, with_customers: bool = False) -> ContactQuerySet:
        """Those with each of the words in their name or address, or (`with_customers`) in the name
        or id of their customer."""
        sql = CONTACTS_OF_CUSTOMERS_TOO if with_customers else CONTACTS_OF_PART
        found = self
        for word in words.split():
            parts = [f"%{escaped(word)}%"] * sql.count("%s")
            found = found.filter(pk__in=RawSQL(sql, parts))  # noqa: S611 - built from constants
        return found


class Contact(models.Model):
    """A person at a customer; gets surveys.

    Removed, the row stays where something hangs on it (answers count on), with `removed_at`: the
    person is asked and shown no more, and comes back when told again.
    """

    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="contacts")
    external_id = models.CharField(max_length=200, unique=True, null=True, blank=True)
    name = models.CharField(max_length=200, blank=True)
    email = models.EmailField(max_length=254)
    role = models.CharField(max_length=16, choices=ContactRole, blank=True, db_default="")
    job_title = models.CharField(max_length=200, blank=True, db_default="")
    language = models.CharField(
        max_length=16, blank=True, db_default="", help_text="As a tag: `de`, `pt-br`."
    )
    timezone = models.CharField(
        max_length=64, blank=True, db_default="", help_text="IANA name; none: the company's."
    )
    source = models.ForeignKey(Source, on_delete=models.PROTECT, related_name="+")
    changed_by = models.ForeignKey(
        Source,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        db_index=False,
        related_name="+",
        help_text="Which source changed it last; none: nobody since it was made.",
    )
    recorded_at = models.DateTimeField()
    source_updated_at = models.DateTimeField(
        null=True, blank=True, help_text="When it last changed where it comes from, if told."
    )
    changed_at = models.DateTimeField(auto_now=True)
    removed_at = models.DateTimeField(null=True, blank=True)

    objects = ContactQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                models.F("customer"), Lower("email"), name="contact_email_once_per_customer"
            ),
            models.CheckConstraint(
                condition=models.Q(role__in=["", "champion", "decision_maker", "user"]),
                name="contact_role_known",
            ),
        ]
        indexes = [
            models.Index(Lower("email"), name="contact_address"),
            models.Index(
                fields=["language"], condition=~models.Q(language=""), name="contact_languages"
            ),
            GinIndex(fields=["email"], name="contact_address_part", opclasses=["gin_trgm_ops"]),
            GinIndex(fields=["name"], name="contact_name_part", opclasses=["gin_trgm_ops"]),
        ]

    def __str__(self) -> str:
        return self.name or self.email

    @property
    def is_erased(self) -> bool:
        """Erased on request (customers.actions.erasure)."""
        return self.email.endswith(ERASED_DOMAIN)


class ContactAlias(models.Model):
    """The id of a contact that joined `contact` when their customers were merged."""

    contact = models.ForeignKey(Contact, on_delete=models.CASCADE, related_name="aliases")
    external_id = models.CharField(max_length=200, unique=True)
    recorded_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~models.Q(external_id=""), name="contact_alias_given"),
        ]

    def __str__(self) -> str:
        return self.external_id
