"""Fines of our own couriers, and the end of a shift: parcels and cash counted, both differences written down."""

import re

import pytest
from django.utils import timezone

from delivery import audit, custody, fines, shifts
from delivery.fines import NewFine, Reason
from delivery.models import CashEntry, Fine, FineReason, Register, Shipment
from orders.models import JournalEvent
from shopdesk.base.errors import Missing
from tests import make

pytestmark = pytest.mark.django_db
BY, AT = make.BY, make.AT


@pytest.fixture(autouse=True)
def own():
    make.shop()
    make.product("A", on_hand=50)
    return make.courier("own", name="Own couriers")


def entries() -> list[tuple[str, str, str, int]]:
    rows = CashEntry.objects.filter(shipment=None).order_by("pk")
    return list(rows.values_list("kind", "source", "target", "amount_minor"))


def broken() -> list[str]:
    return [check.id for check in audit.checks() if check.id[0] == "M" and check.find("default").offenders]


def test_a_fine_stands_in_the_couriers_account_as_its_own_kind():
    driver = make.courier_person("own")
    order = make.handed_over()
    number = make.parcel_of(order).number

    row = fines.impose(NewFine("own", "damaged", 500_00, number, driver.pk, "fell off"), by=BY, at=AT)

    assert entries() == [("fine", "fines", "courier:own", 500_00)]
    assert (row.parcel.number, row.person, str(row.reason)) == (number, driver, "damaged a parcel")
    assert fines.owed_by("own") == {"RUB": 500_00}
    assert JournalEvent.objects.get(kind="fine.imposed").order == order
    held = [one for one in custody.money() if one.holder.kind == "courier"]
    assert [one.amount_minor for one in held] == [0] * len(held), "what parcels carry is told without it"
    assert not broken()


@pytest.mark.parametrize(
    ("how", "booked"),
    [
        (Fine.Ended.PAID, ("fine_ended", "courier:own", "home", 100_00)),
        (Fine.Ended.PAY, ("fine_ended", "courier:own", "pay", 100_00)),
        (Fine.Ended.WITHDRAWN, ("fine", "courier:own", "fines", 100_00)),
    ],
)
def test_a_fine_ends_once(how, booked):
    row = fines.impose(NewFine("own", "late", 100_00), by=BY, at=AT)

    fines.end(row.pk, how, by=BY, at=make.after(hours=1))

    assert entries()[1:] == [booked]
    assert fines.owed_by("own") == {}
    with pytest.raises(fines.EndedBefore):
        fines.end(row.pk, Fine.Ended.PAID, by=BY, at=make.after(hours=2))
    assert len(entries()) == 2
    assert not broken()


def test_a_fine_that_the_ledger_does_not_know_is_found():
    """Negative control of the audit."""
    row = fines.impose(NewFine("own", "late", 100_00), by=BY, at=AT)
    Fine.objects.filter(pk=row.pk).update(amount_minor=1)

    assert broken() == ["M2"]


def test_what_is_wrong_is_refused_and_nothing_is_booked():
    make.courier("post", kind="post")
    stranger = make.courier_person("post")
    other = make.parcel_of(make.packed()).number  # never with them
    for new, refusal in (
        (NewFine("post", "late", 1), fines.NotOurs),
        (NewFine("nobody", "late", 1), Missing),
        (NewFine("own", "no-reason", 1), Missing),
        (NewFine("own", "late"), fines.NoAmount),
        (NewFine("own", "late", 1, other), fines.NotTheirParcel),
        (NewFine("own", "late", 1, person=stranger.pk), Missing),
    ):
        with pytest.raises(refusal):
            fines.impose(new, by=BY, at=AT)
    assert not entries()


def test_the_directory_is_the_managers(client):
    client.force_login(make.manager())
    page = client.get("/settings/fines").content.decode()
    assert "Came late" in page

    assert (
        client.post("/settings/fines", {"code": "dirty", "name": "Dirty van", "usual_minor": "300"}).status_code == 302
    )
    assert client.post("/settings/fines", {"code": "dirty", "name": "Again"}).status_code == 409
    assert client.post("/settings/fines", {"code": "late", "name": "Mine"}).status_code == 409
    assert client.post("/settings/fines", {"code": "x", "name": "X", "usual_minor": "-1"}).status_code == 400
    assert client.post("/settings/fines/late", {"name": "Came very late", "usual_minor": "150"}).status_code == 302
    assert client.post("/settings/fines/nothing", {"name": "X"}).status_code == 404

    late, dirty = FineReason.objects.get(pk="late"), FineReason.objects.get(pk="dirty")
    assert (late.name, late.usual_minor, late.active) == ("Came very late", 150_00, False)
    assert (dirty.name, dirty.usual_minor, dirty.active) == ("Dirty van", 300_00, False)
    with pytest.raises(Missing):  # not in use
        fines.impose(NewFine("own", "late", 1), by=BY, at=AT)
    fines.change_reason("dirty", Reason("Dirty van", 300_00), by=BY, at=AT)
    assert fines.impose(NewFine("own", "dirty"), by=BY, at=AT).amount_minor == 300_00


def test_a_fine_is_written_down_where_the_shift_ends(client):
    client.force_login(make.manager())
    driver = make.courier_person("own")
    sent = {"courier": "own", "reason": "late", "amount_minor": "250", "person": str(driver.pk), "note": "two hours"}

    assert client.post("/acts/fines", sent).status_code == 302
    for wrong in ({"reason": "whim"}, {"amount_minor": "x"}, {"person": "0"}):
        assert client.post("/acts/fines", sent | wrong).status_code == 400
    assert client.post("/acts/fines", sent | {"courier": "nobody"}).status_code == 404

    row = Fine.objects.get()
    page = client.get("/acts/shift").content.decode()
    assert "two hours" in page
    assert driver.name in page
    assert client.post(f"/acts/fines/{row.pk}/end", {"how": "burnt"}).status_code == 400
    assert client.post(f"/acts/fines/{row.pk}/end", {"how": "pay"}).status_code == 302
    assert "two hours" not in client.get("/acts/shift").content.decode()


# --- parcels and cash on one page ---


def test_both_differences_are_written_down_and_told_only_then(client):
    client.force_login(make.manager())
    now = timezone.now()
    sold, kept, back, out = (make.handed_over(at=now) for _ in range(4))
    make.said(sold, "delivered", at=now)
    make.said(kept, "delivered", at=now)
    shifts.take_in(make.parcel_of(back).number, by=BY, at=now)
    before = client.get("/acts/shift").content.decode()
    assert "Difference" not in before

    tied = shifts.tie_out("own", since=now.replace(hour=0, minute=0))
    assert (tied.taken_over, tied.kept, tied.brought, tied.came_back, tied.held) == (4, 2, 1, 0, 1)
    assert (tied.cash_taken, tied.cash_home, tied.cash_held) == ({"RUB": 258_00}, {}, {"RUB": 258_00})

    sent = {"courier": "own", "keeps": "1", "counted_parcels": "0", "counted_cash": "250", "hand_in": "1"}
    assert client.post("/acts/shift/end", sent).status_code == 302

    data = JournalEvent.objects.get(kind="act.shift_ended").data
    assert (data["parcels"], data["cash"]) == ([make.parcel_of(out).number], {"RUB": 258_00})
    assert (data["counted_parcels"], data["parcels_differ"]) == (0, -1)
    assert (data["counted_cash"], data["cash_differs"], data["counted_in"]) == (250_00, -8_00, "RUB")
    assert sum(Shipment.objects.values_list("remitted_minor", flat=True)) == 250_00
    page = client.get("/acts/shift").content.decode()
    assert "Difference" in page
    assert "−8" in page.replace("-", "−")
    again = shifts.tie_out("own", since=now.replace(hour=0, minute=0))
    assert (again.cash_home, again.cash_held) == ({"RUB": 250_00}, {"RUB": 8_00})


def test_what_agrees_differs_by_nothing_and_what_nobody_counted_is_no_difference():
    order = make.delivered()
    assert order.status == "delivered"

    agreed = shifts.end("own", counted=shifts.Counted(0, 129_00, "RUB"), by=BY, at=AT).data
    silent = shifts.end("own", by=BY, at=AT).data

    assert (agreed["parcels_differ"], agreed["cash_differs"]) == (0, 0)
    assert not {"parcels_differ", "cash_differs"} & silent.keys()


def test_counted_cash_stays_with_the_courier_unless_it_is_taken_in():
    make.delivered()
    shifts.close("own", shifts.Counted(0, 129_00, "RUB"), by=BY, at=AT)

    assert not Register.objects.exists()


def test_wrong_counts_are_refused_by_name(client):
    client.force_login(make.manager())
    for wrong in ({"counted_parcels": "-1"}, {"counted_parcels": "x"}, {"counted_cash": "1,234"}):
        assert client.post("/acts/shift/end", {"courier": "own"} | wrong).status_code == 400
    assert not JournalEvent.objects.filter(kind="act.shift_ended").exists()


def test_an_end_that_is_sent_twice_is_written_once_and_takes_the_cash_in_once(client):
    client.force_login(make.manager())
    make.delivered(at=timezone.now())
    shown = re.search(r'name="after" value="(\d+)"', client.get("/acts/shift").content.decode())
    sent = {"courier": "own", "counted_parcels": "0", "counted_cash": "129", "hand_in": "1", "after": shown.group(1)}

    for _press in range(2):
        assert client.post("/acts/shift/end", sent).status_code == 302

    assert JournalEvent.objects.filter(kind="act.shift_ended").count() == 1
    assert Register.objects.get().total_minor == 129_00
    later = sent | {"after": str(JournalEvent.objects.get(kind="act.shift_ended").pk), "counted_cash": "0"}
    assert client.post("/acts/shift/end", later).status_code == 302, "an end after that one is another"
    assert JournalEvent.objects.filter(kind="act.shift_ended").count() == 2
