"""An act of which nobody took anything is declared void; its parcels go on another one."""

import pytest
from django.test import Client
from django.urls import reverse

from delivery import audit, handoff, voiding
from delivery.handoff import Acceptance
from delivery.models import Handoff
from orders.models import JournalEvent
from shopdesk.base.errors import Missing
from tests import make

pytestmark = [pytest.mark.django_db, pytest.mark.once]
WHY = voiding.Why.NOBODY_CAME


@pytest.fixture(autouse=True)
def shelf():
    make.product("A", 20)
    make.courier("own")


def void(act):
    return voiding.void(act.number, WHY, by=make.BY, at=make.after(hours=2))


def broken():
    return [check.id for check in audit.checks() if check.find("default").broken]


def test_parcels_of_a_void_act_are_here_and_go_on_another_one():
    order = make.packed()
    act = make.closed_act(order)
    before = Handoff.objects.get(pk=act.pk).hash

    assert void(act).state == "void"

    parcel = make.parcel_of(order)
    assert (parcel.on_act, parcel.in_hands_of) == ("none", "")
    assert (Handoff.objects.get(pk=act.pk).hash, broken()) == (before, [])
    later = make.closed_act(order, code="post")
    handoff.accept(later.number, Acceptance([parcel.number]), by=make.BY, at=make.AT)
    assert broken() == []
    assert JournalEvent.objects.get(kind="act.voided").data["why"] == "nobody_came"


def test_open_act_may_be_void_too_and_void_stays_void():
    act = make.open_act(make.parcel_of(make.packed()).number)
    assert (void(act).state, void(act).state) == ("void", "void")
    assert JournalEvent.objects.filter(kind="act.voided").count() == 1
    with pytest.raises(handoff.ActClosed):
        handoff.add(act.number, [], by=make.BY, at=make.AT)


def test_act_of_which_a_parcel_is_gone_cannot_be_void():
    first, second = make.packed(), make.packed()
    act = make.closed_act(first, second)
    handoff.accept(act.number, Acceptance([make.parcel_of(first).number]), by=make.BY, at=make.AT)
    with pytest.raises(voiding.AlreadyGiven):
        void(act)
    with pytest.raises(Missing):
        voiding.void(999_999, WHY, by=make.BY, at=make.AT)


def test_manager_declares_it_void_on_the_page():
    manager = make.manager()
    client = Client()
    client.force_login(manager)
    act = make.closed_act(make.packed())
    assert (
        reverse("acts-void", args=[act.number]) in client.get(reverse("acts-card", args=[act.number])).content.decode()
    )

    assert client.post(reverse("acts-void", args=[act.number]), {"why": "mistake"}).status_code == 302

    assert Handoff.objects.get().state == "void"
    assert client.get(reverse("acts-card", args=[act.number])).status_code == 200
    assert client.post(reverse("acts-void", args=[act.number]), {"why": "because"}).status_code == 400
