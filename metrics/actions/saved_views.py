"""Saving views of the list of customers by health."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from accounts.actions import audit
from accounts.models import User
from metrics.models import SavedView

MOST = 50
"""So many of one user's."""


def views_of(user: User) -> QuerySet[SavedView]:
    """Its own and those that others share, by name."""
    return SavedView.objects.filter(Q(owner=user) | Q(is_shared=True)).select_related("owner")


@transaction.atomic
def save_view(*, by: User, name: str, query: str, is_shared: bool) -> SavedView:
    """A view under a name of the user's; one it has by that name becomes this. Raises
    ValidationError by field."""
    name = " ".join(name.split())
    if not name:
        raise ValidationError({"name": "Give the view a name."})
    view = SavedView.objects.filter(owner=by, name=name).first()
    if view is None:
        if SavedView.objects.filter(owner=by).count() >= MOST:
            raise ValidationError({"name": f"You have {MOST} views; remove one first."})
        view = SavedView(owner=by, name=name)
    view.query, view.is_shared, view.changed_at = query, is_shared, timezone.now()
    view.full_clean(validate_constraints=False, validate_unique=False)
    view.save()
    audit.record(
        by=by,
        action="health.view_saved",
        subject=view,
        detail={"query": query, "is_shared": is_shared},
    )
    return view


@transaction.atomic
def remove_view(*, view: SavedView, by: User) -> None:
    audit.record(by=by, action="health.view_removed", subject=view, detail={"name": view.name})
    view.delete()
