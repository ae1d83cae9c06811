"""Scores of the time before the first."""

from __future__ import annotations

from django.db import models

from customers.models import Customer


class HealthPast(models.Model):
    """Whose scores of the year before `until` are made afterwards, from what was known then.
    `until`: the day of its first score, or on which it was first heard of. `is_due`: they are to
    be made, the first time or because facts of that time came since."""

    customer = models.OneToOneField(
        Customer, primary_key=True, on_delete=models.CASCADE, related_name="+"
    )
    until = models.DateField()
    is_due = models.BooleanField(default=True)

    class Meta:
        indexes = [
            models.Index(
                fields=["customer"], condition=models.Q(is_due=True), name="health_past_due"
            )
        ]

    def __str__(self) -> str:
        return f"{self.customer_id} until {self.until}"
