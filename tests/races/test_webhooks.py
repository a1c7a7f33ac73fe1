"""Workers plan and send at once: each message is made once, and no endpoint is told by two of them."""

from datetime import timedelta

import pytest
from django.utils import timezone

from shopdesk.webhooks import audit, endpoints, planning, sending
from shopdesk.webhooks.kinds import Kind
from shopdesk.webhooks.models import Endpoint
from tests import make
from tests.shopdesk.webhooks.receivers import receivers

pytestmark = [pytest.mark.postgres, pytest.mark.usefixtures("real_commits")]
WORKERS = 4


@pytest.fixture
def erp(settings):
    """A receiver that is told of thirty orders."""
    settings.OUTGOING_TO_THIS_MACHINE = True
    make.product("A", 100)
    with receivers(200) as (one,):
        terms = endpoints.Terms("ERP", one.url, [Kind.ORDER_TAKEN, Kind.STOCK_CHANGED])
        endpoints.make(terms, by=make.BY, at=timezone.now())
        for _ in range(30):
            make.order()
        yield one


def work(side_by_side, act):
    results = side_by_side(*[act] * WORKERS)
    assert not [result for result in results if isinstance(result, Exception)], results
    return sum(results)


def test_each_message_is_made_and_sent_once(side_by_side, erp):
    now = timezone.now()
    assert work(side_by_side, lambda: planning.plan(at=now)) == 60
    assert work(side_by_side, lambda: sending.send_due(at=now)) == 60

    assert len(erp.ids) == len(set(erp.ids)) == 60
    assert all(check.find("default").broken == 0 for check in audit.checks())


def test_without_the_lease_two_workers_take_it(erp, monkeypatch):
    """Negative control: the second worker comes when the first is past its lock and still sending."""
    now = timezone.now()
    planning.plan(at=now)
    assert len(sending._take(8, at=now)) == 1
    assert sending._take(8, at=now) == []

    monkeypatch.setattr(sending, "LEASE", -timedelta(seconds=1))
    Endpoint.objects.update(rests_until=None)
    assert len(sending._take(8, at=now)) == len(sending._take(8, at=now)) == 1
