"""Those whom an answer made advocates: what they are offered, whom they referred, their rewards."""

from __future__ import annotations

from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy

from accounts.models import User
from customers.models import Contact, Customer
from customers.wording import within
from surveys.models.invitation import Invitation

NAME_LENGTH = 200
MESSAGE_LENGTH = 1000
WHAT_LENGTH = 200


class ReferralSettings(models.Model):
    """The company's one row. Who gives a high score is offered a link while `is_on`.

    `texts` by language: {language: {"offer", "welcome", "reward"}}, each empty or left out for the
    portal's own words; `reward` is what the page of the link promises the one who was referred.
    `reward_what` (with `reward_value`) is promised to the advocate by itself, once a referral
    became a customer; empty: rewards are made by hand.
    """

    is_on = models.BooleanField(default=False, db_default=False)
    texts = models.JSONField(default=dict, blank=True, db_default={})
    reward_what = models.CharField(max_length=WHAT_LENGTH, blank=True, default="", db_default="")
    reward_value = models.DecimalField(
        max_digits=12,
        decimal_places=2,
        null=True,
        blank=True,
        validators=[MinValueValidator(0)],
        help_text="In the company's currency.",
    )

    reward_from = models.DateField(
        null=True, blank=True, help_text="Only for who became a customer on this day or later."
    )

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(id=1), name="referral_settings_once"),
            models.CheckConstraint(
                condition=Q(reward_what="") | Q(reward_from__isnull=False),
                name="referral_reward_from_a_day",
            ),
        ]

    def __str__(self) -> str:
        return "Settings of referrals"


def referral_settings() -> ReferralSettings:
    """The company's, or what holds where nobody set any (not saved). Costs a query."""
    return ReferralSettings.objects.filter(pk=1).first() or ReferralSettings(pk=1)


class ReferredPerson(models.Model):
    """Somebody who left an address by a contact's referral link. The referral as a fact is
    customers.Referral of the id `referral_id`, which a job stores (`stored_at`).

    `email_hash` is that of the address, unique: who comes again is the same referral. It stays
    when the person is erased (`erased_at`), and nothing else of them does.
    """

    referral_id = models.CharField(max_length=200, unique=True, editable=False)
    email_hash = models.CharField(max_length=64, unique=True, editable=False)
    contact = models.ForeignKey(Contact, on_delete=models.CASCADE, related_name="referred_people")
    invitation = models.ForeignKey(
        Invitation, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    name = models.CharField(max_length=NAME_LENGTH)
    company_name = models.CharField(max_length=NAME_LENGTH, blank=True)
    email = models.CharField(max_length=254)
    message = models.CharField(max_length=MESSAGE_LENGTH, blank=True)
    language = models.CharField(max_length=8)
    consent = models.TextField(help_text="The words that were agreed to.")
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    stored_at = models.DateTimeField(null=True, blank=True)
    erased_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(erased_at=None) | Q(name="", email="", company_name="", message=""),
                name="referred_person_erased_wholly",
            ),
        ]
        indexes = [
            models.Index(fields=["-created_at", "-id"], name="referred_person_newest"),
            models.Index(
                fields=["id"], condition=Q(stored_at=None), name="referred_person_to_store"
            ),
        ]

    def __str__(self) -> str:
        return self.referral_id


class Reward(models.Model):
    """What an advocate gets, or was refused, for bringing somebody in.

    `contact` where it is a person's; of a referral that names only a customer it is that
    customer's. `referral_id` names the referral (customers.Referral.external_id), empty: for none
    in particular. `is_by_rule`: promised by itself, at most once per referral; such a promise is
    `withdrawn` by itself, too, when what it was for did not happen.
    """

    class State(models.TextChoices):
        PROMISED = "promised", gettext_lazy("Promised")
        GIVEN = "given", gettext_lazy("Given")
        REFUSED = "refused", gettext_lazy("Refused")
        WITHDRAWN = "withdrawn", gettext_lazy("Withdrawn")

    class Because(models.TextChoices):
        """Why the rule took its promise back."""

        NOT_CONVERTED = "not_converted", gettext_lazy("The referral is no customer after all")
        REFERRAL_REMOVED = "referral_removed", gettext_lazy("The referral was taken back")

    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="rewards")
    contact = models.ForeignKey(
        Contact, null=True, blank=True, on_delete=models.CASCADE, related_name="rewards"
    )
    referral_id = models.CharField(max_length=200, blank=True, default="")
    what = models.CharField(max_length=WHAT_LENGTH)
    value = models.DecimalField(
        max_digits=12,
        decimal_places=2,
        null=True,
        blank=True,
        validators=[MinValueValidator(0)],
    )
    currency = models.CharField(max_length=3, blank=True)
    state = models.CharField(max_length=16, choices=State, default=State.PROMISED)
    withdrawn_because = models.CharField(
        max_length=16, choices=Because, blank=True, default="", db_default=""
    )
    given_on = models.DateField(null=True, blank=True)
    note = models.CharField(max_length=MESSAGE_LENGTH, blank=True)
    is_by_rule = models.BooleanField(default=False, db_default=False)
    made_by = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    settled_by = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=["promised", "given", "refused", "withdrawn"]),
                name="reward_state_known",
            ),
            models.CheckConstraint(
                condition=Q(state="withdrawn", is_by_rule=True) & ~Q(withdrawn_because="")
                | ~Q(state="withdrawn") & Q(withdrawn_because=""),
                name="reward_withdrawn_because",
            ),
            models.CheckConstraint(condition=~Q(what=""), name="reward_what_given"),
            models.CheckConstraint(
                condition=Q(state="given", given_on__isnull=False)
                | ~Q(state="given") & Q(given_on=None),
                name="reward_given_when",
            ),
            models.CheckConstraint(
                condition=Q(value=None, currency="")
                | Q(value__isnull=False) & Q(value__gte=0) & ~Q(currency=""),
                name="reward_value_whole",
            ),
            models.UniqueConstraint(
                fields=["referral_id"], condition=Q(is_by_rule=True), name="reward_by_rule_once"
            ),
        ]
        indexes = [models.Index(fields=["-created_at", "-id"], name="reward_newest")]

    def __str__(self) -> str:
        return self.what

    @property
    def withdrawn_inside(self) -> str:
        """Why the rule took its promise back, within a sentence."""
        return within(self.get_withdrawn_because_display())
