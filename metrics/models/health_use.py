"""How people look at scores."""

from __future__ import annotations

from django.db import models
from django.utils import timezone

from accounts.models import User


class SavedView(models.Model):
    """Filters and the order of the list of customers by health, under a name. `query` is what goes
    behind the page's address. A shared one is there for everybody who signs in."""

    owner = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    name = models.CharField(max_length=60)
    query = models.CharField(max_length=1000, blank=True, default="")
    is_shared = models.BooleanField(default=False)
    changed_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["name", "id"]
        constraints = [
            models.UniqueConstraint(fields=["owner", "name"], name="saved_view_name_once")
        ]

    def __str__(self) -> str:
        return self.name
