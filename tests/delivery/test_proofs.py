"""How an act was accepted, shown: signature, photos, the courier's code; and the end of a driver's shift."""

import base64
import io
from datetime import timedelta

import pytest
import time_machine
from PIL import Image

from delivery import proofs, shifts
from delivery.models import ActProof
from orders.models import JournalEvent, Parcel
from shopdesk.people.lockout import DoorRests
from tests import make
from tests.delivery.web.test_acts import HTMX, browser, text_of

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def shelf(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    make.shop(language="en")
    make.product("A", 100, price="100.00")
    with time_machine.travel(make.after(hours=1), tick=False):
        yield


@pytest.fixture
def manager():
    return browser(make.manager())


@pytest.fixture
def driver():
    return make.courier_person("own")


def closed(parcels=2):
    orders = [make.packed() for _ in range(parcels)]
    return make.closed_act(*orders), [make.parcel_of(order).number for order in orders]


def drawn():
    out = io.BytesIO()
    Image.new("RGB", (600, 200), "white").save(out, "PNG")
    return proofs.DRAWN + base64.b64encode(out.getvalue()).decode()


def accept(client, act, parcels, **more):
    return client.post(f"/courier/acts/{act.number}/acceptance", {"parcel": parcels, **more}, headers=HTMX)


def test_the_couriers_signature_and_photo_stay_with_the_act(manager, driver):
    act, parcels = closed()
    photo = io.BytesIO(make.photo())
    photo.name = "box.jpg"

    accept(browser(driver), act, parcels, signature=drawn(), photo=photo)

    kept = ActProof.objects.filter(handoff=act).order_by("pk")
    assert [one.kind for one in kept] == ["signature", "photo"]
    act.refresh_from_db()
    assert act.state == "accepted"
    page = text_of(manager.get(f"/acts/{act.number}"))
    assert f"/acts/{act.number}/proofs/{kept[0].pk}" in page
    given = manager.get(f"/acts/{act.number}/proofs/{kept[0].pk}")
    assert Image.open(io.BytesIO(given.content)).size == (600, 200)
    assert "attachment" in given["Content-Disposition"]
    assert browser(driver).get(f"/acts/{act.number}/proofs/{kept[0].pk}").status_code in {302, 403, 404}


@pytest.mark.parametrize(
    "sent", ["data:image/png;base64,AAAA", "data:image/png;base64,%%%", "javascript:1", "x" * 500_000]
)
def test_what_is_no_picture_accepts_nothing(driver, sent):
    act, parcels = closed()

    assert accept(browser(driver), act, parcels, signature=sent).status_code == 409

    act.refresh_from_db()
    assert act.state == "closed"
    assert not ActProof.objects.exists()


def test_the_code_on_the_couriers_phone_stands_for_a_signature_and_is_not_guessed(manager, driver):
    act, _parcels = closed()
    code = proofs.code_of(act)
    assert code in text_of(browser(driver).get(f"/courier/acts/{act.number}"))
    assert code not in text_of(manager.get(f"/acts/{act.number}"))
    other, _ = closed()
    assert proofs.code_of(other) != code
    wrong = f"{(int(code) + 1) % 1_000_000:06}"
    path = f"/acts/{act.number}/acceptance"

    assert "is not the code" in text_of(
        manager.post(path, {"said": "accepted", "all": "1", "code": wrong}, headers=HTMX), 409
    )
    act.refresh_from_db()
    assert act.state == "closed"
    manager.post(path, {"said": "accepted", "all": "1", "code": f"{code[:3]} {code[3:]}"})
    act.refresh_from_db()
    assert (act.state, act.accepted_how) == ("accepted", "code")

    for _ in range(5):
        with pytest.raises(proofs.WrongCode):
            proofs.judge_code(other, "000000" if proofs.code_of(other) != "000000" else "111111", at=make.AT)
    with pytest.raises(DoorRests):
        proofs.judge_code(other, proofs.code_of(other), at=make.AT)


def test_each_difference_has_its_own_evidence(manager, driver):
    act, parcels = closed()
    accept(browser(driver), act, parcels[:1])
    photo = io.BytesIO(make.photo("black"))
    photo.name = "empty.jpg"

    manager.post(f"/acts/{act.number}/proofs", {"parcel": parcels[1], "photo": photo})

    assert ActProof.objects.get().line.parcel.number == parcels[1]
    assert f"/acts/{act.number}/proofs/" in text_of(manager.get(f"/acts/{act.number}"))
    new = proofs.NewProof(ActProof.Kind.PHOTO, make.photo("blue"), "P-404-1")
    with pytest.raises(proofs.NotADifference):
        proofs.keep(act.number, new, by=make.BY, at=make.AT)
    same = proofs.NewProof(ActProof.Kind.PHOTO, make.photo("black"), parcels[1])
    assert proofs.keep(act.number, same, by=make.BY, at=make.AT) == ActProof.objects.get()
    with pytest.raises(proofs.NothingToProve):
        proofs.keep(make.open_act().number, same, by=make.BY, at=make.AT)


def test_a_shift_ends_with_every_parcel_scanned_or_named(manager):
    orders = [make.handed_over() for _ in range(3)]
    numbers = [make.parcel_of(order).number for order in orders]
    make.said(orders[0], "delivered", at=make.after(minutes=10))
    make.said(orders[1], "returning", at=make.after(minutes=20))
    page = text_of(manager.get("/acts/shift"))
    assert numbers[0] not in page
    assert "Refused" in page
    assert "Not delivered" in page
    assert "2 parcels are still" in text_of(manager.post("/acts/shift/end", {"courier": "own"}, headers=HTMX), 409)

    for number in numbers[1:]:
        manager.post("/acts/shift", {"courier": "own", "parcel": number})

    states = dict(Parcel.objects.values_list("number", "state"))
    assert states[numbers[2]] == "inside"
    seen = shifts.see("own", since=make.AT - timedelta(hours=2))
    assert (seen.delivered, seen.brought, [one.number for one in seen.parcels if one.state == "out"]) == (1, 1, [])
    manager.post("/acts/shift/end", {"courier": "own", "keeps": "1"})
    ended = JournalEvent.objects.get(kind="act.shift_ended")
    assert ended.data["cash"] == {"RUB": 12_900}
    assert "Written down" in text_of(manager.get("/acts/shift"))
    make.courier("dpd", kind="service")
    with pytest.raises(shifts.NotOurs):
        shifts.end("dpd", by=make.BY, at=make.AT)


def test_drivers_are_told_apart_by_what_they_said(manager):
    first, second = make.courier_person("own"), make.courier_person("own")
    act, parcels = closed(3)
    accept(browser(first), act, parcels)
    stops = [number.split("-")[1] for number in parcels]
    said = {"event_id": "e1"}
    browser(first).post(f"/courier/stops/{stops[0]}/delivery", said | {"taken": "129.00"})
    browser(second).post(f"/courier/stops/{stops[1]}/refusal", said | {"reason": "changed_mind"})
    browser(second).post(f"/courier/stops/{stops[2]}/failure", said | {"reason": "not_at_home"})

    rows = {row.person: row for row in shifts.drivers(make.AT, make.after(hours=5))}

    one, two = rows[first.pk], rows[second.pk]
    assert (one.accepted, one.delivered, one.failed, one.refused, one.cash) == (3, 1, 0, 0, {"RUB": 12_900})
    assert (two.accepted, two.delivered, two.failed, two.refused, two.cash) == (0, 0, 1, 1, {})
    page = text_of(manager.get("/acts/drivers"))
    assert first.name in page
    assert shifts.drivers(make.after(days=1), make.after(days=2)) == []
