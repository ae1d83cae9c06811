"""How people look at lists."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils import timezone

from accounts.models import User


class ListPage(models.TextChoices):
    """The lists that can be looked at in one's own way."""

    HEALTH = "health", "Health"
    CUSTOMERS = "customers", "Customers"


class SavedView(models.Model):
    """Filters, order and columns of the list `page`, under a name. `query` is what goes behind the
    page's address. A shared one is there for everybody who signs in."""

    page = models.CharField(
        max_length=16, choices=ListPage, default=ListPage.HEALTH, db_default=ListPage.HEALTH
    )
    owner = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    name = models.CharField(max_length=60)
    query = models.CharField(max_length=1000, blank=True, default="")
    is_shared = models.BooleanField(default=False)
    changed_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["name", "id"]
        constraints = [
            models.UniqueConstraint(fields=["owner", "page", "name"], name="saved_view_name_once"),
            models.CheckConstraint(
                condition=models.Q(page__in=["health", "customers"]), name="saved_view_page_known"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class ChosenColumns(models.Model):
    """The columns that a user wants to see in a list, in this order."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    page = models.CharField(max_length=16, choices=ListPage)
    columns = ArrayField(models.CharField(max_length=100), default=list)
    changed_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "page"], name="chosen_columns_once"),
            models.CheckConstraint(
                condition=models.Q(page__in=["health", "customers"]),
                name="chosen_columns_page_known",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.page} of {self.user_id}"
