"""JSON doors of plans: a month beside its plan, and setting it."""

from datetime import date
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from reports import planning, plans
from reports.planning import Course
from reports.plans import NewPlan, Progress
from shopdesk.base.asking import asker
from shopdesk.base.errors import Missing
from shopdesk.base.money import from_minor, to_minor
from shopdesk.base.strict import BooleanField, CurrencyField, MoneyField, StrictSerializer, WholeNumberField


class SumBody(StrictSerializer):
    """A sum of one currency."""

    currency = CurrencyField()
    amount = MoneyField()


class ShareBody(StrictSerializer):
    """How much a person is to confirm, beside the others."""

    person = WholeNumberField(min_value=1)
    weight = WholeNumberField(max_value=planning.HEAVIEST)


class PlanBody(StrictSerializer):
    """What a month is to bring."""

    orders = WholeNumberField(required=False, default=0, max_value=10_000_000)
    revenue = SumBody(many=True, required=False, default=list)
    weekdays = serializers.ListField(
        child=WholeNumberField(max_value=planning.HEAVIEST), required=False, default=list, max_length=planning.WEEK
    )
    holidays_off = BooleanField(required=False, default=False)
    people = ShareBody(many=True, required=False, default=list)

    def validate_weekdays(self, weekdays: list[int]) -> list[int]:
        """Take seven, Monday first, or none at all."""
        if weekdays and len(weekdays) != planning.WEEK:
            raise serializers.ValidationError(_("Name all seven weekdays, Monday first, or none."), "invalid")
        return weekdays


class MonthPlans(APIView):
    """The plan of a month, as 2026-11."""

    @extend_schema(responses=dict)
    def get(self, request: Request, month: str) -> Response:
        """Read the month beside its plan: days that are over, what is left, what is needed a day; nulls without one."""
        return Response(show(plans.read(read_month(month), at=timezone.now())))

    @extend_schema(request=PlanBody, responses=dict)
    def put(self, request: Request, month: str) -> Response:
        """Set the plan, anew or instead of the one before."""
        on = read_month(month)
        body = PlanBody(data=request.data)
        body.is_valid(raise_exception=True)
        said = body.validated_data
        new = NewPlan(
            on, said["orders"], {one["currency"]: to_minor(one["amount"], one["currency"]) for one in said["revenue"]},
            tuple(said["weekdays"]), said["holidays_off"], {one["person"]: one["weight"] for one in said["people"]},
        )  # fmt: skip
        plans.set_month(new, by=asker(request).actor, at=timezone.now())
        return Response(show(plans.read(on, at=timezone.now())))


def read_month(text: str) -> date:
    """Read 2026-11. Raises Missing."""
    try:
        return date.fromisoformat(f"{text}-01")
    except ValueError:
        raise Missing from None


def show(found: Progress) -> dict[str, Any]:
    """Show a month; sums are of their own currency."""
    plan = found.plan
    return {
        "month": f"{found.month.from_on:%Y-%m}",
        "as_of_position": found.position,
        "days_over": found.over,
        "weekdays": plan.weekdays if plan else [],
        "weekdays_by_hand": bool(plan and plan.by_hand),
        "holidays_off": bool(plan and plan.holidays_off),
        "day_weights": list(found.weights),
        "orders": _course(found.orders, found) if found.orders else None,
        "revenue": [
            {"currency": currency} | _course(course, found, currency) for currency, course in found.revenue.items()
        ],
        "people": [
            {"person": one.person, "name": one.name, "plan": one.share, "to_date": one.to_date, "done": one.done}
            for one in found.people
        ],
    }


def _course(course: Course, found: Progress, currency: str = "") -> dict[str, Any]:
    def say(value: int | None) -> Any:
        return from_minor(value, currency) if currency and value is not None else value

    needed = planning.needed_a_day(course, found.weights)
    return {
        "plan": say(course.total), "done": say(course.reached), "to_date": say(course.to_date),
        "left": say(course.left), "needed_a_day": say(needed), "forecast": say(course.forecast),
        "days": [say(value) for value in course.days], "days_done": [say(value) for value in course.done],
        "days_to_come": [say(value) for value in course.rolled],
    }  # fmt: skip
