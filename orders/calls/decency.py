"""When and how often a phone may be rung: quiet hours, and the caps of a day."""

from collections.abc import Sequence
from datetime import datetime

from django.utils.translation import gettext_lazy as _

from orders import calltasks, contacts
from orders.calls import retryplan
from orders.calls.plans import caps_of
from orders.models import CallTask, Shop
from shopdesk.base.errors import DomainError


class NotYourHour(DomainError):
    """It is night at the customer's."""

    sentence = _("It is a quiet hour where this customer lives.")


class DailyCapReached(DomainError):
    """The phone was rung, or written to, as often as is decent for a day."""

    sentence = _("This phone heard of us often enough today.")


class Decency:
    """What is decent at one instant. Whoever asked to be rung back is, however often; and at night, if they said so."""

    def __init__(self, at: datetime) -> None:
        self.at, self.shop = at, Shop.current()
        self.plan = caps_of(self.shop)

    def refuse(self, task: CallTask) -> None:
        """Refuse to ring at night, and more often than is decent. Raises NotYourHour, DailyCapReached."""
        if self._sleeps(task):
            raise NotYourHour
        if self._is_full(task):
            raise DailyCapReached(detail={"task": task.pk})

    def put_off(self, tasks: Sequence[CallTask]) -> None:
        """Let those due tasks wait that may not be rung now."""
        self._wait([task for task in tasks if self._sleeps(task) or self._is_full(task)])

    def put_off_asleep(self, tasks: Sequence[CallTask]) -> None:
        """Let those due tasks wait whose quiet hours began: their phones were counted when they were taken."""
        self._wait([task for task in tasks if self._sleeps(task)])

    def _wait(self, tasks: Sequence[CallTask]) -> None:
        for task in tasks:
            if task.due_at <= self.at:
                heard = contacts.lately(task.phone, self.at)
                task.due_at = retryplan.first_allowed(self.at, heard, hours=self._hours(task), plan=self.plan)
                task.save(update_fields=["due_at"])

    def _sleeps(self, task: CallTask) -> bool:
        asked = task.stage == CallTask.Stage.CALLBACK and task.asked_by_customer
        return not asked and not self._hours(task).allow(self.at)

    def _is_full(self, task: CallTask) -> bool:
        if task.stage == CallTask.Stage.CALLBACK:
            return False
        hours = self._hours(task)
        return self.plan.is_full(hours.day(self.at), contacts.lately(task.phone, self.at), hours)

    def _hours(self, task: CallTask) -> calltasks.Hours:
        return calltasks.hours_of(task.zone, self.shop)
