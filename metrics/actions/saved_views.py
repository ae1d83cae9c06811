"""Saving views of lists, and which columns somebody sees."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.actions import audit
from accounts.models import User
from accounts.permissions import Permission, has_permission
from metrics.models import ChosenColumns, ListPage, SavedView
from metrics.saved_erasure import without_words, words_in

MOST = 50
"""So many of one user's, of one list."""


def views_of(user: User, page: ListPage) -> QuerySet[SavedView]:
    """Its own of a list and those that others share, by name."""
    found = SavedView.objects.filter(Q(owner=user) | Q(is_shared=True), page=page)
    return found.select_related("owner")


def may_remove(view: SavedView, user: User) -> bool:
    """Its owner may, and an admin."""
    return view.owner_id == user.pk or has_permission(user, Permission.ADMINISTER)


@transaction.atomic
def save_view(*, by: User, page: ListPage, name: str, query: str, is_shared: bool) -> SavedView:
    """A view under a name of the user's; one it has by that name becomes this. Raises
    ValidationError by field."""
    name = " ".join(name.split())
    if not name:
        raise ValidationError({"name": _("Give the view a name.")})
    view = SavedView.objects.filter(owner=by, page=page, name=name).first()
    if view is None:
        if SavedView.objects.filter(owner=by, page=page).count() >= MOST:
            raise ValidationError(
                {"name": _("You have {most} views; remove one first.").format(most=MOST)}
            )
        view = SavedView(owner=by, page=page, name=name)
    view.query, view.is_shared, view.changed_at = query, is_shared, timezone.now()
    view.full_clean(validate_constraints=False, validate_unique=False)
    view.save()
    audit.record(
        by=by,
        action=f"{page}.view_saved",
        subject=view,
        detail={
            "query": without_words(query),
            "is_searched": bool(words_in(query)),
            "is_shared": is_shared,
        },
    )
    return view


@transaction.atomic
def remove_view(*, view: SavedView, by: User) -> None:
    audit.record(
        by=by, action=f"{view.page}.view_removed", subject=view, detail={"name": view.name}
    )
    view.delete()


def columns_of(user: User, page: ListPage) -> list[str] | None:
    """The keys that a user chose for a list; None: never. One query."""
    found = ChosenColumns.objects.filter(user=user, page=page).values_list("columns", flat=True)
    return next(iter(found), None)


def choose_columns(*, by: User, page: ListPage, columns: list[str]) -> None:
    """What the user's list shows from now on; none: what it shows by itself."""
    if columns:
        ChosenColumns.objects.update_or_create(user=by, page=page, defaults={"columns": columns})
    else:
        ChosenColumns.objects.filter(user=by, page=page).delete()
