"""Who has an order open right now: a mark in the cache that fades by itself. It only tells; nothing rests on it."""

from collections.abc import Collection, Mapping
from datetime import datetime

from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from orders.models import Order
from shopdesk.base import sharedcache
from shopdesk.base.asking import asker
from shopdesk.base.errors import Missing

FADES_AFTER_S = 50  # a page says every 20 seconds that it is still open
MOST_NAMES = 5
Marks = dict[str, tuple[str, float]]  # person id -> name, when they looked last


@require_POST
@never_cache
def look(request: HttpRequest, number: int) -> HttpResponse:
    """Note that whoever asks has this order open; show who else has."""
    subject = asker(request)
    if not Order.objects.for_subject(subject).filter(pk=number).exists():
        raise Missing
    at = timezone.now()
    marks = _fresh(sharedcache.ask(lambda: cache.get(_key(number)), otherwise=None), at)
    marks[str(subject.person)] = (getattr(request.user, "name", ""), at.timestamp())
    # Two at the same moment: the second forgets the first, who is back within 20 seconds.
    sharedcache.ask(lambda: cache.set(_key(number), marks, FADES_AFTER_S), otherwise=None)
    others = [name for person, (name, _seen) in marks.items() if person != str(subject.person)]
    return render(request, "orders/card/_present.html", {"others": others[:MOST_NAMES], "number": number})


def who_looks(numbers: Collection[int], person: int, *, at: datetime) -> Mapping[int, list[str]]:
    """Give the names of others who have these orders open, in one question to the cache."""
    kept: Mapping[str, Marks] = sharedcache.ask(
        lambda: cache.get_many([_key(number) for number in numbers]), otherwise={}
    )
    found = {}
    for number in numbers:
        marks = _fresh(kept.get(_key(number)), at)
        names = [name for looker, (name, _seen) in marks.items() if looker != str(person)]
        if names:
            found[number] = names[:MOST_NAMES]
    return found


def _fresh(marks: Marks | None, at: datetime) -> Marks:
    since = at.timestamp() - FADES_AFTER_S
    return {person: mark for person, mark in (marks or {}).items() if mark[1] > since}


def _key(number: int) -> str:
    return f"order-open:{number}"
