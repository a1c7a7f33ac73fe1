"""JSON doors of the call desk: take the next call, say how it ended, skip it, keep it; the supervisor's board."""

from collections.abc import Sequence
from typing import Any

from django.db.models import prefetch_related_objects
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from orders import calls
from orders.api.showing import show_orders
from orders.models import CallTask, Order, Outcome
from orders.status import CancelReason
from shopdesk.base.access import Subject
from shopdesk.base.asking import asker
from shopdesk.base.errors import Missing
from shopdesk.base.strict import (
    BooleanField,
    ChoiceField,
    IdentifierField,
    InstantField,
    NameField,
    StrictSerializer,
    TextField,
    WholeNumberField,
)


class OrderOutcomeBody(StrictSerializer):
    number = WholeNumberField(min_value=1, max_value=9_223_372_036_854_775_807)
    outcome = ChoiceField(Outcome.values)
    reason = ChoiceField(CancelReason.values, required=False, allow_blank=True, default="")


class AttemptBody(StrictSerializer):
    outcome = ChoiceField(Outcome.values, required=False, default="")
    note = TextField(required=False, allow_blank=True, default="")
    callback_at = InstantField(required=False, allow_null=True, default=None)
    asked_by_customer = BooleanField(required=False, default=False)
    reason = ChoiceField(CancelReason.values, required=False, allow_blank=True, default="")
    token = IdentifierField(max_length=32, required=False, allow_blank=True, default="")
    orders = OrderOutcomeBody(many=True, required=False, default=list)


class SkipBody(StrictSerializer):
    reason = NameField(max_length=300)


class Calls(APIView):
    """The supervisor's board."""

    @extend_schema(responses=dict)
    def get(self, request: Request) -> Response:
        """See how deep the queue is, how old, and who is talking."""
        board = calls.see_board(at=timezone.now())
        queues = [
            {"mode": row.mode, "open": row.open, "due": row.due, "callbacks": row.callbacks, "late": row.late,
             "oldest_due_at": row.oldest_due_at.isoformat() if row.oldest_due_at else None}
            for row in board.queues
        ]  # fmt: skip
        leases = [
            {"person": row.person, "name": row.name, "phones": row.phones, "until": row.until.isoformat()}
            for row in board.talks
        ]
        return Response({"queues": queues, "leases": leases})


class NextCall(APIView):
    """The next call."""

    @extend_schema(request=None, responses={200: dict, 204: None})
    def post(self, request: Request) -> Response:
        """Take the next call, leased to me; the one I am in when I am in one."""
        try:
            conversation = calls.take_next(asker(request).person, at=timezone.now())
        except calls.NothingDue:
            return Response(status=204)
        prefetch_related_objects(conversation.tasks, "order", "customer")
        return Response(show_conversation(conversation, asker(request)))


class Attempts(APIView):
    """The attempts of a call."""

    @extend_schema(request=AttemptBody, responses={201: dict})
    def post(self, request: Request, task_id: int) -> Response:
        """Note how a call ended; the orders and what happens next are answered."""
        find_task(asker(request), task_id)
        body = AttemptBody(data=request.data)
        body.is_valid(raise_exception=True)
        values = dict(body.validated_data)
        token = values.pop("token")
        values["orders"] = [calls.OrderOutcome(**row) for row in values["orders"]]
        results = calls.settle(
            task_id, calls.NewAttempt(**values), by=asker(request).actor, person=asker(request).person,
            at=timezone.now(), token=token,
        )  # fmt: skip
        numbers = [result.task.order_id for result in results if result.task.order_id]
        answer = {
            "results": [show_result(result) for result in results],
            "orders": show_numbered(asker(request), numbers),
        }
        return Response(answer | {"applied": all(result.applied for result in results)}, status=201)


class Skip(APIView):
    """A call that is left for later."""

    @extend_schema(request=SkipBody, responses={204: None})
    def post(self, request: Request, task_id: int) -> Response:
        """Skip a call, with the reason; it comes again in ten minutes."""
        find_task(asker(request), task_id)
        body = SkipBody(data=request.data)
        body.is_valid(raise_exception=True)
        reason, who = body.validated_data["reason"], asker(request)
        calls.skip(task_id, reason, by=who.actor, person=who.person, at=timezone.now())
        return Response(status=204)


class Heartbeat(APIView):
    """The sign that a conversation goes on."""

    @extend_schema(request=None, responses=dict)
    def post(self, request: Request, task_id: int) -> Response:
        """Keep the call mine for another while."""
        find_task(asker(request), task_id)
        until = calls.heartbeat(task_id, person=asker(request).person, at=timezone.now())
        return Response({"lease_until": until.isoformat()})


def find_task(subject: Subject, task_id: int) -> CallTask:
    """Give a call task that the subject may see. Raises Missing: foreign and absent look the same."""
    task = CallTask.objects.for_subject(subject).filter(pk=task_id).first()
    if task is None:
        raise Missing
    return task


def show_conversation(conversation: calls.Conversation, subject: Subject) -> dict[str, Any]:
    """Show whom to ring and about what: the task itself, and everything that is open with this customer."""
    task = conversation.task
    orders = [one.order for one in conversation.tasks if one.order is not None]
    name = task.order.contact_name if task.order else task.customer.name if task.customer else ""
    return {
        **show_task(task),
        "why": task.score,
        "token": conversation.token,
        "lease_until": conversation.until.isoformat(),
        "phone": task.phone,
        "customer": {"name": name, "phones": list(conversation.phones)},
        "tasks": [show_task(one) for one in conversation.tasks],
        "orders": show_orders(list({order.pk: order for order in orders}.values()), subject),
    }


def show_task(task: CallTask) -> dict[str, Any]:
    """Show one call task."""
    return {
        "id": task.pk,
        "mode": task.mode,
        "stage": task.stage,
        "reason": task.reason,
        "number": task.order_id,
        "due_at": task.due_at.isoformat(),
    }


def show_result(result: calls.Result) -> dict[str, Any]:
    """Show what an outcome made of its task: closed, or due again."""
    return {
        **show_task(result.task),
        "outcome": result.outcome,
        "applied": result.applied,
        "closed_at": result.task.closed_at.isoformat() if result.task.closed_at else None,
    }


def show_numbered(subject: Subject, numbers: Sequence[int]) -> list[dict[str, Any]]:
    """Show orders by their numbers, as they are now."""
    return show_orders(list(Order.objects.for_subject(subject).filter(pk__in=numbers).order_by("pk")), subject)
