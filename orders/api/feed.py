"""The JSON door of the feed: every change, in the order in which the desk learnt it."""

from typing import Any

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from orders import feed
from orders.models import JournalEvent
from shopdesk.base.access import Kind, Subject
from shopdesk.base.asking import asker
from shopdesk.base.paging import MOST, USUAL
from shopdesk.base.strict import QueryReader

LAST_POSITION = 2**63 - 1


class Changes(APIView):
    """The changes feed, for integrators."""

    @extend_schema(parameters=[OpenApiParameter("after", int), OpenApiParameter("limit", int)], responses=dict)
    def get(self, request: Request) -> Response:
        """Give the changes behind a position. `next` is the `after` of the next page, null when this one is the last.

        Begin with 0; when `next` is null, ask again later after the last position seen.
        """
        query = QueryReader(request._request.GET, ("after", "limit"))
        after = query.whole("after", 0, max_value=LAST_POSITION)
        limit = query.whole("limit", USUAL, min_value=1, max_value=MOST)
        query.finish()
        events = feed.read(asker(request), after=after, limit=limit + 1)
        shown = [show_change(event, asker(request)) for event in events[:limit]]
        return Response({"results": shown, "next": shown[-1]["position"] if len(events) > limit else None})


def show_change(event: JournalEvent, subject: Subject) -> dict[str, Any]:
    """Show an event with its place. Which of our people did it is no storefront's business."""
    staff = subject.kind in {Kind.OWNER, Kind.MANAGER}
    return {
        "position": event.place.position,
        "kind": event.kind,
        "order": event.order_id,
        "seq": event.seq,
        "from": event.from_status or None,
        "to": event.to_status or None,
        "subject": {"kind": event.subject_kind, "id": event.subject_id} if event.subject_kind else None,
        "by": str(event.actor) if staff else event.actor_kind,
        "at": event.at.isoformat(),
        "recorded_at": event.recorded_at.isoformat(),
        "data": event.data,
    }
