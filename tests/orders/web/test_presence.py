"""Who has an order open is told while the shared cache answers; without it the desk works on."""

import pytest
from django.core.cache.backends.redis import RedisCache
from django.test import Client
from django.utils import timezone
from redis.exceptions import RedisError

from orders.web import presence
from shopdesk.base import sharedcache
from tests import make

pytestmark = pytest.mark.django_db


def browser(email):
    client = Client()
    client.force_login(make.manager(email=email))
    return client


@pytest.fixture(autouse=True)
def anew():
    sharedcache.try_again()
    yield
    sharedcache.try_again()


@pytest.fixture
def gone(monkeypatch):
    """A cache at a port where nobody listens."""
    dead = RedisCache("redis://127.0.0.1:1/0", {})
    monkeypatch.setattr(presence, "cache", dead)
    return dead


def test_others_see_who_looks():
    order, one, other = make.order(), browser("one@desk.example"), browser("other@desk.example")
    one.post(f"/orders/{order.number}/present")
    assert presence.who_looks([order.number], 0, at=timezone.now()) != {}
    assert other.post(f"/orders/{order.number}/present").status_code == 200


def test_list_and_card_work_without_the_cache(gone):
    order, one = make.order(), browser("one@desk.example")
    with pytest.raises(RedisError):  # negative control: whoever asks it plainly stumbles
        gone.get("x")
    assert one.get("/orders").status_code == 200
    sharedcache.try_again()
    assert one.post(f"/orders/{order.number}/present").status_code == 200
