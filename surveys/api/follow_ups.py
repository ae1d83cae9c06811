"""The work list: follow-ups, their notes and replies."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from django.db import transaction
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api import paging
from accounts.api.base import CompanyAPIView, refuse_others
from accounts.api.errors import Problem
from accounts.models import User
from accounts.permissions import Permission
from surveys.actions import follow_ups as actions
from surveys.api.refusing import refusals
from surveys.api.result_shapes import (
    FollowUpBody,
    FollowUpListShape,
    FollowUpNoteShape,
    FollowUpReplyShape,
    FollowUpShape,
    Json,
    OneFollowUpShape,
    ReplyingShape,
    follow_up_json,
)
from surveys.models import FollowUp, FollowUpNote, Invitation, Reply
from surveys.results import worklist
from surveys.results.answers import FilterError
from surveys.results.worklist import Narrowed


class FollowUpsView(CompanyAPIView):
    """Follow-ups, oldest first."""

    required_scope = "read"

    @extend_schema(
        operation_id="follow_ups",
        responses=FollowUpListShape,
        parameters=[
            OpenApiParameter("state", str, enum=worklist.STATES, description="Default: all."),
            OpenApiParameter("owner", str, description="mine, none, or a user's address."),
            *paging.PARAMETERS,
        ],
    )
    def get(self, request: Request) -> Response:
        refuse_others(request.query_params, ("state", "owner", *paging.NAMES))
        try:
            asked = {"state": "all", **request.query_params.dict()}
            narrowed = Narrowed.of(asked, self.caller.user)
        except FilterError as error:
            raise Problem(400, "invalid_filter", str(error), filter=error.name) from None
        rows, following = paging.Paging.of(request).rows(worklist.follow_ups(narrowed))
        return Response({"next": following, "results": [follow_up_json(row) for row in rows]})


class ReplyingView(CompanyAPIView):
    """How fast contacts get their first reply."""

    required_scope = "read"

    @extend_schema(operation_id="follow_ups_replying", responses=ReplyingShape)
    def get(self, request: Request) -> Response:
        found = worklist.replying()
        hours = None if found.median is None else found.median.total_seconds() / 3600
        return Response(
            {
                "days": worklist.MEASURED_DAYS,
                "median_hours": hours,
                "n": found.n,
                "waiting": found.waiting,
                "overdue": found.overdue,
            }
        )


class AnswerFollowUpView(CompanyAPIView):
    """Puts any answer on the work list; the one that is there, if it is there."""

    required_scope = "read"

    @extend_schema(operation_id="follow_up_open", request=None, responses=FollowUpShape)
    def post(self, request: Request, answer_id: int) -> Response:
        self.check_may(Permission.WORK)
        invitation = (
            Invitation.objects.select_related("contact", "campaign").filter(pk=answer_id).first()
        )
        if invitation is None:
            raise Problem(404, "unknown_answer", "There is no such answer.")
        with refusals():
            found = actions.open_follow_up(invitation=invitation, **self.audit_actor)
        return Response(follow_up_json(_row(found.pk)))


def _row(follow_up_id: int) -> Any:
    found = worklist.follow_ups(Narrowed(state="all")).filter(pk=follow_up_id).first()
    if found is None:
        raise Problem(404, "unknown_follow_up", "There is no such follow-up.")
    return found


class FollowUpView(CompanyAPIView):
    """One follow-up with its notes and replies."""

    required_scope = "read"

    @extend_schema(operation_id="follow_up", responses=OneFollowUpShape)
    def get(self, request: Request, follow_up_id: int) -> Response:
        return Response(self.shown(follow_up_id))

    def shown(self, follow_up_id: int) -> Json:
        found = _row(follow_up_id)
        notes = found.notes.select_related("by").order_by("pk")
        replies = found.replies.select_related("by").order_by("pk")
        return {
            **follow_up_json(found),
            "notes": [_note_json(one) for one in notes],
            "replies": [_reply_json(one) for one in replies],
        }

    @extend_schema(
        operation_id="follow_up_change", request=FollowUpBody, responses=OneFollowUpShape
    )
    def patch(self, request: Request, follow_up_id: int) -> Response:
        """Assign it, take it up, close it with its outcome, or open it again: all or nothing."""
        self.check_may(Permission.WORK)
        found: FollowUp = _row(follow_up_id)
        said = self.checked(FollowUpBody, partial=True)
        if said.get("state") != "closed" and {"outcome", "note"} & set(said):
            raise Problem(400, "outcome_without_close", "outcome and note go with state closed.")
        with refusals(), transaction.atomic():
            if "owner" in said:
                owner = _user(said["owner"]) if said["owner"] else None
                actions.assign(follow_up=found, owner=owner, **self.audit_actor)
            if "state" in said:
                self._set_state(found, said)
        return Response(self.shown(follow_up_id))

    def _set_state(self, found: FollowUp, said: Json) -> None:
        if said["state"] == "closed":
            outcome, note = said.get("outcome", ""), said.get("note", "")
            actions.close(follow_up=found, outcome=outcome, note=note, **self.audit_actor)
        elif found.is_closed:
            actions.reopen(follow_up=found, **self.audit_actor)
        elif said["state"] == "in_progress":
            actions.take_up(follow_up=found, **self.audit_actor)


def _user(email: str) -> User:
    found = User.objects.active().filter(email=email.lower()).first()
    if found is None or "\0" in email:
        raise Problem(
            400, "unknown_user", f"No user who may sign in has the address {email[:100]}."
        )
    return found


def _note_json(note: FollowUpNote) -> Json:
    by = note.by.email if note.by else None
    return {"id": note.pk, "by": by, "text": note.text, "created_at": note.created_at}


def _reply_json(reply: Reply) -> Json:
    return {
        "id": reply.pk,
        "by": reply.reply_to,
        "text": reply.text,
        "subject": reply.subject,
        "state": reply.state,
        "error": reply.error,
        "created_at": reply.created_at,
        "sent_at": reply.sent_at,
    }


class FollowUpNotesView(CompanyAPIView):
    """Adds a note, which the contact never sees."""

    required_scope = "read"

    @extend_schema(
        operation_id="follow_up_note", request=FollowUpNoteShape, responses={201: FollowUpNoteShape}
    )
    def post(self, request: Request, follow_up_id: int) -> Response:
        self.check_may(Permission.WORK)
        found = _row(follow_up_id)
        said = self.checked(FollowUpNoteShape)
        with refusals():
            note = actions.add_note(follow_up=found, text=said["text"], **self.audit_actor)
        return Response(_note_json(note), status=201)


class FollowUpRepliesView(CompanyAPIView):
    """Writes to the contact by mail. Use an Idempotency-Key: each call is another mail."""

    required_scope = "read"

    @extend_schema(
        operation_id="follow_up_reply",
        request=FollowUpReplyShape,
        responses={202: FollowUpReplyShape},
    )
    def post(self, request: Request, follow_up_id: int) -> Response:
        self.check_may(Permission.WORK)
        found = _row(follow_up_id)
        said = self.checked(FollowUpReplyShape)
        by = self._from(said.get("by", ""))
        with refusals():
            reply = actions.write_reply(
                follow_up=found,
                text=said["text"],
                once=uuid4(),
                by=by,
                actor_label=self.caller.label if self.caller.user is None else "",
            )
        return Response(_reply_json(reply), status=202)

    def _from(self, email: str) -> User:
        """In whose name: who calls, else the user who is named; both must be the same."""
        caller = self.caller.user
        if caller is not None:
            if email and email.lower() != caller.email:
                raise Problem(403, "not_yourself", "Write in your own name: leave out `by`.")
            return caller
        if not email:
            raise Problem(400, "by_missing", "Say in `by` which user the reply is from.")
        user = _user(email)
        if not user.may(Permission.WORK):
            raise Problem(400, "by_may_not_work", f"{user.email} may not work on answers.")
        return user
