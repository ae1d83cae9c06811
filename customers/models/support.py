"""Support cases and the stages they went through."""

from __future__ import annotations

from django.db import models

from customers.models.customer import Contact
from customers.models.fact import CustomerFact, FactQuerySet


class Ticket(CustomerFact):
    """A support case. `resolved_at` is the final resolution: empty while it is open."""

    contact = models.ForeignKey(
        Contact, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    subject = models.CharField(max_length=300, blank=True)
    opened_at = models.DateTimeField()
    first_responded_at = models.DateTimeField(null=True, blank=True)
    first_resolved_at = models.DateTimeField(null=True, blank=True)
    resolved_at = models.DateTimeField(null=True, blank=True)
    reopens = models.PositiveIntegerField(default=0)
    priority = models.CharField(max_length=50, blank=True)
    channel = models.CharField(max_length=50, blank=True)

    objects = FactQuerySet["Ticket"].as_manager()

    class Meta(CustomerFact.Meta):
        constraints = [
            *CustomerFact.Meta.constraints,
            models.CheckConstraint(
                condition=models.Q(first_responded_at=None)
                | models.Q(first_responded_at__gte=models.F("opened_at")),
                name="ticket_responded_after_opening",
            ),
            models.CheckConstraint(
                condition=models.Q(first_resolved_at=None)
                | models.Q(first_resolved_at__gte=models.F("opened_at")),
                name="ticket_first_resolved_after_opening",
            ),
            models.CheckConstraint(
                condition=models.Q(resolved_at=None)
                | models.Q(resolved_at__gte=models.F("opened_at")),
                name="ticket_resolved_after_opening",
            ),
        ]
        indexes = [
            models.Index(
                fields=["resolved_at"],
                condition=models.Q(superseded_at=None, resolved_at__isnull=False),
                name="ticket_resolved_lately",
            ),
            models.Index(fields=["opened_at"], name="ticket_opened"),
        ]


class TicketStage(CustomerFact):
    """A ticket enters a stage (or a status, or a team's queue) at an instant.

    `ticket` is the ticket's external id; `customer` is the ticket's.
    """

    ticket = models.CharField(max_length=200)
    stage = models.CharField(max_length=100)
    entered_at = models.DateTimeField()

    objects = FactQuerySet["TicketStage"].as_manager()

    class Meta(CustomerFact.Meta):
        indexes = [
            models.Index(
                fields=["ticket"], condition=models.Q(superseded_at=None), name="stage_of_ticket"
            )
        ]
