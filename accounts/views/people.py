"""The people page: who is in, who is invited, and what each may do."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from accounts import leaving
from accounts.actions import invitations, people
from accounts.actions.refusals import Refused
from accounts.formatting import format_number
from accounts.forms import InviteForm, RoleForm, role_choices
from accounts.models import ApiKey, User, UserInvitation
from accounts.permissions import ROLES, Permission, requires
from accounts.views.requests import user_of


@requires(Permission.ADMINISTER)
@require_safe
def people_page(request: HttpRequest) -> HttpResponse:
    return _show(request, InviteForm(by=user_of(request)))


@requires(Permission.ADMINISTER)
@require_POST
def invite(request: HttpRequest) -> HttpResponse:
    form = InviteForm(request.POST, by=user_of(request))
    if not form.is_valid():
        return _show(request, form, status=422)
    try:
        invitation = invitations.invite_user(
            email=form.cleaned_data["email"], role=form.cleaned_data["role"], by=user_of(request)
        )
    except Refused as refusal:
        form.add_error("email", refusal.message)
        return _show(request, form, status=422)
    message = _("Invitation to {email} is on its way.").format(email=invitation.email)
    messages.success(request, message)
    return redirect("accounts:people")


@requires(Permission.ADMINISTER)
@require_POST
def send_again(request: HttpRequest, invitation_id: int) -> HttpResponse:
    invitation = get_object_or_404(UserInvitation.objects.pending(), pk=invitation_id)
    return _done(
        request,
        lambda: invitations.resend_invitation(invitation=invitation, by=user_of(request)),
        _("A new invitation to {email} is on its way; the earlier link stops working.").format(
            email=invitation.email
        ),
    )


@requires(Permission.ADMINISTER)
@require_POST
def revoke(request: HttpRequest, invitation_id: int) -> HttpResponse:
    invitation = get_object_or_404(UserInvitation.objects.pending(), pk=invitation_id)
    return _done(
        request,
        lambda: invitations.revoke_invitation(invitation=invitation, by=user_of(request)),
        _("The invitation to {email} no longer works.").format(email=invitation.email),
    )


@requires(Permission.ADMINISTER)
@require_POST
def change_role(request: HttpRequest, user_id: int) -> HttpResponse:
    user = get_object_or_404(User, pk=user_id)
    form = RoleForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("Choose one of the roles."))
        return redirect("accounts:people")
    role = form.cleaned_data["role"]
    return _done(
        request,
        lambda: people.change_role(user=user, role=role, by=user_of(request)),
        _("{person} is now {role}.").format(person=user, role=ROLES[role].in_a_sentence),
    )


@requires(Permission.ADMINISTER)
@require_POST
def deactivate(request: HttpRequest, user_id: int) -> HttpResponse:
    user = get_object_or_404(User, pk=user_id)
    keys = ApiKey.objects.usable().filter(created_by=user).count()
    message = _("{person} can no longer sign in.").format(person=user)
    if keys:
        message += " " + ngettext(
            "{count} API key they made still works: see API keys.",
            "{count} API keys they made still work: see API keys.",
            keys,
        ).format(count=format_number(keys))
    return _done(
        request,
        lambda: people.deactivate_user(user=user, by=user_of(request)),
        message,
    )


@requires(Permission.ADMINISTER)
@require_POST
def reactivate(request: HttpRequest, user_id: int) -> HttpResponse:
    user = get_object_or_404(User, pk=user_id)
    return _done(
        request,
        lambda: people.reactivate_user(user=user, by=user_of(request)),
        _("{person} can sign in again.").format(person=user),
    )


def _done(
    request: HttpRequest, action: Callable[[], Sequence[str] | None], message: str
) -> HttpResponse:
    """Do it, say so, with what `action` tells, or why not, and go back to the list."""
    try:
        told = action() or ()
    except Refused as refusal:
        messages.error(request, refusal.message)
    else:
        messages.success(request, " ".join([message, *told]))
    return redirect("accounts:people")


def _show(request: HttpRequest, form: InviteForm, *, status: int = 200) -> HttpResponse:
    by = user_of(request)
    users = list(User.objects.order_by("-is_active", "name", "email"))
    goes = leaving.told_of([user for user in users if user.is_active and _may_change(by, user)])
    context = {
        "nav_current": "settings",
        "settings_tab": "people",
        "form": form,
        "users": [(user, _may_change(by, user), goes.get(user.pk, [])) for user in users],
        "invitations": UserInvitation.objects.pending().select_related("invited_by"),
        "roles": ROLES.values(),
        "role_choices": role_choices(by),
    }
    return render(request, "accounts/people.html", context, status=status)


def _may_change(by: User, user: User) -> bool:
    return user.pk != by.pk and (by.may_own or not user.is_owner)
