"""Roles: the owner sets how far managers go; it acts at the next request and stands in the trail."""

import time

import pytest
from django.test import Client

from orders.models import Order
from orders.status import Status
from shopdesk.base.access import NO_LIMITS
from shopdesk.limits.models import LimitSet, limits_of
from shopdesk.trail.models import TrailEntry
from tests import make

pytestmark = pytest.mark.django_db
TYPED = {"discount_percent": "15", "export": "on", "write_off_minor": "", "statuses": ["new", "confirmed"]}


@pytest.fixture
def boss() -> Client:
    make.shop(language="en")
    return seated(make.owner())


def seated(person) -> Client:
    """Signed in by password a moment ago: nothing asks who they are once more."""
    client = Client()
    client.force_login(person)
    session = client.session
    session["account_authentication_methods"] = [{"method": "password", "at": time.time()}]
    session["account_authentication_methods_user"] = str(person.pk)
    session.save()
    return client


def noted() -> list[tuple[str, dict, dict]]:
    rows = TrailEntry.objects.filter(deed="limits.changed").order_by("pk")
    return [(f"{row.target_kind} {row.target_id}", row.before, row.after) for row in rows]


def test_owner_limits_the_role_and_the_trail_knows(boss):
    assert boss.get("/settings/roles").status_code == 200

    boss.post("/settings/roles", TYPED)

    limits = limits_of("manager", 0)
    assert (limits.discount_percent, limits.export, limits.cost) == (15, True, False)
    assert limits.statuses == {"new", "confirmed"}
    ((target, before, after),) = noted()
    assert (target, before["discount_percent"], after["discount_percent"]) == ("role manager", 100, 15)


def test_the_same_again_is_not_noted(boss):
    boss.post("/settings/roles", TYPED)
    boss.post("/settings/roles", TYPED)

    assert len(noted()) == 1


def test_every_status_ticked_is_no_limit(boss):
    boss.post("/settings/roles", TYPED | {"statuses": Status.values})

    assert limits_of("manager", 0).statuses is None


@pytest.mark.parametrize("wrong", [{"discount_percent": "101"}, {"statuses": []}, {"write_off_minor": "much"}])
def test_what_cannot_be_is_refused_beside_its_field(boss, wrong):
    answer = boss.post("/settings/roles", TYPED | wrong)

    assert answer.status_code == 422
    assert "error" in answer.content.decode()
    assert not LimitSet.objects.exists()


def test_one_person_may_go_further_than_the_role(boss):
    lena = make.manager()
    boss.post("/settings/roles", TYPED)
    boss.post(f"/settings/roles/people/{lena.pk}", TYPED | {"discount_percent": "40", "own_orders": "on"})

    assert (limits_of("manager", lena.pk).discount_percent, limits_of("manager", 0).discount_percent) == (40, 15)
    assert "their own" in boss.get("/settings/roles").content.decode()

    boss.post(f"/settings/roles/people/{lena.pk}/removal")

    assert limits_of("manager", lena.pk).discount_percent == 15
    assert [target for target, _before, _after in noted()][1:] == [f"person {lena.pk}"] * 2


def test_packers_are_not_limited_here(boss):
    assert boss.get(f"/settings/roles/people/{make.packer().pk}").status_code == 404


def test_nobody_else_sets_limits(boss):
    for client in (seated(make.manager()), seated(make.packer())):
        assert client.get("/settings/roles").status_code == 404
        assert client.post("/settings/roles", TYPED).status_code == 404
    assert limits_of("manager", 0) == NO_LIMITS


def test_statuses_act_at_the_next_request(boss):
    new, cancelled = make.order(), make.order(phone="+79161230009")
    Order.objects.filter(pk=cancelled.pk).update(status="lost")
    lena = seated(make.manager())
    assert lena.get(f"/orders/{cancelled.number}").status_code == 200

    boss.post("/settings/roles", TYPED | {"channels": ["shop"]})

    assert lena.get(f"/orders/{cancelled.number}").status_code == 404
    assert lena.get(f"/orders/{new.number}").status_code == 200


def test_export_is_taken_away_at_the_next_request(boss):
    lena = seated(make.manager())
    asked = "/reports/period.csv?span=day"
    assert lena.get(asked).status_code != 404

    boss.post("/settings/roles", {name: value for name, value in TYPED.items() if name != "export"})

    assert lena.get(asked).status_code == 404


def test_own_orders_are_those_one_had_to_do_with(boss):
    person = make.manager()
    LimitSet.objects.create(person=person, own_orders=True)
    api = make.client(person)
    make.product("A", 10)
    make.order(phone="+79161230001")

    make.channel("shop")
    body = {"channel": "shop", "currency": "RUB", "customer": {"phone": "+79161230002", "name": "Анна"}}
    own = api.post("orders", body | {"items": [{"sku": "A", "quantity": 1, "price": "129.00"}]}).json()["number"]

    assert [row["number"] for row in api.get("orders").json()["results"]] == [own]
    assert api.get("acts").status_code == 403
