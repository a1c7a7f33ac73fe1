"""What the original keeps of its own staff: people, their tasks, costs. Little of it has a meaning at this desk."""

from typing import Any

from django.http import HttpResponse
from rest_framework.request import Request

from shopdesk.base.envelope import answered
from shopdesk.base.errors import Missing
from shopdesk.people.models import User
from shopdesk.retailcrm import reading
from shopdesk.retailcrm.door import Door, Visit, paged, told
from shopdesk.retailcrm.refusals import BadParameter, MissingParameter
from shopdesk.retailcrm.showing import split_name

STATES = ("free", "busy", "dinner", "break")


class Users(Door):
    """The people of the desk."""

    def get(self, request: Request) -> HttpResponse:
        """Give those that the key's owner may see: an owner's key all of them."""
        visit = self.visit(request)
        limit, page = reading.paging(visit.query)
        found, where = paged(_seen(visit).order_by("pk"), limit, page)
        return answered({"pagination": where, "users": [_user(one) for one in found]})


class UserStatus(Door):
    """Whether somebody is at the desk."""

    def post(self, request: Request, user_id: int) -> HttpResponse:
        """Hear it. Who takes calls here is known by the calls they take, so nothing is kept."""
        visit = self.visit(request)
        status = reading.sent(visit.fields, "status")
        if not status:
            raise MissingParameter("status")
        if status not in STATES:
            raise BadParameter("status", "This value is unknown.")
        if not _seen(visit).filter(pk=user_id).exists():
            raise Missing
        return answered({})


class Empty(Door):
    """A list that this desk does not keep."""

    book = ""

    def get(self, request: Request) -> HttpResponse:
        """Give it empty, with its pagination."""
        limit, page = reading.paging(request._request.GET)
        return answered({"pagination": told(limit, page, 0), self.book: []})


def _seen(visit: Visit) -> Any:
    """Give the people whom the person behind the key may see."""
    rows = User.objects.filter(is_active=True)
    return rows if visit.subject.kind == "owner" else rows.filter(pk=visit.subject.person)


def _user(one: User) -> dict[str, Any]:
    groups = [{"id": 1, "name": one.get_role_display(), "code": one.role}]
    return {
        "id": one.pk, "active": one.is_active, "email": one.email, **split_name(one.name), "status": "free",
        "online": False, "isAdmin": one.role == "owner", "isManager": one.role == "manager", "groups": groups,
    }  # fmt: skip
