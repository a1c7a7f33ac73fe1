"""A courier person sees one whole phone at a time, of what is in hand; each look stands in the trail (SEC-74, A3)."""

import pytest

from shopdesk.management.commands.audit import run
from shopdesk.privacy.audit import checks
from shopdesk.trail.deeds import Deed
from shopdesk.trail.models import TrailEntry
from tests import make

pytestmark = pytest.mark.django_db


def test_phone_in_hand_is_shown_and_noted():
    make.product("A", 5)
    order = make.handed_over()
    person = make.courier_person()
    api = make.client(person)

    assert make.PHONE not in api.get("courier/parcels").content.decode()
    assert api.post(f"courier/orders/{order.number}/phone").json() == {"number": order.number, "phone": make.PHONE}

    entry = TrailEntry.objects.get(deed=Deed.REVEALED)
    assert (entry.target_id, entry.after) == (str(order.number), {"field": "phone"})
    assert not [one for one in run(checks()) if one["violations"]]


def test_phone_of_somebody_elses_parcel_is_missing():
    make.product("A", 5)
    order = make.handed_over(code="other")

    assert make.client(make.courier_person()).post(f"courier/orders/{order.number}/phone").status_code == 404
    assert make.client(make.courier_person()).post("courier/orders/999/phone").status_code == 404
    assert not TrailEntry.objects.filter(deed=Deed.REVEALED).exists()


def test_look_that_the_trail_does_not_know_is_found(monkeypatch):
    """Negative control: without its note the look breaks A3."""
    make.product("A", 5)
    order = make.handed_over()
    monkeypatch.setattr("delivery.rounds.note", lambda *_, **__: [])
    make.client(make.courier_person()).post(f"courier/orders/{order.number}/phone")

    assert [one["id"] for one in run(checks()) if one["violations"]] == ["A3"]
