"""An erased person is found nowhere; every fact about the trade stays, and audit is clean (A4, A7)."""

from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import call_command

from orders import changes
from orders.models import CallTask, CustomerPhone, Feed, JournalEvent, Order, OrderLine, PhoneLease
from orders.status import CancelReason, Status
from shopdesk import health
from shopdesk.base.access import Actor
from shopdesk.base.errors import Missing
from shopdesk.management.commands.audit import all_checks, run
from shopdesk.privacy import emptying, erased_list, erasure, marks, replay, search, subject
from shopdesk.privacy.models import Erasure
from shopdesk.privacy.person import of_key
from tests import make
from tests.shopdesk.privacy import canaries

pytestmark = pytest.mark.django_db
ASKED = Erasure.Ground.REQUEST
LATER = make.after(days=3)


@pytest.fixture
def owner():
    make.shop()
    return make.owner()


@pytest.fixture
def canary(owner):
    make.product("A", 5)
    return canaries.lived_order(owner.subject.actor)


def key_of(order: Order) -> str:
    return f"c{order.customer_id}"


def found() -> dict[str, int]:
    return search.in_tables(canaries.TRACES, using="default")


def violations() -> list[tuple[str, list[str]]]:
    return [(one["id"], one["offenders"]) for one in run(all_checks()) if one["violations"]]


def erase(order: Order, by: Actor) -> Erasure:
    return erasure.erase(key_of(order), ground=ASKED, by=by, at=LATER)


def test_erased_person_is_found_nowhere_and_all_promises_hold(owner, canary):
    """V14.2.4."""
    before = found()
    lines = list(OrderLine.objects.order_by("pk").values_list("quantity", "total_minor", "cancelled"))
    assert {"orders.contact_phone", "customer_phone.phone", "personal_value.new", "idempotency_key.answer"} <= set(
        before
    )

    act = erase(canary, owner.subject.actor)

    assert found() == {}
    assert search.in_files(canaries.TRACES, Path(settings.MEDIA_ROOT)) == []
    assert violations() == []
    assert list(OrderLine.objects.order_by("pk").values_list("quantity", "total_minor", "cancelled")) == lines
    assert set(before) <= set(act.counts) | {"search_key.key"}
    assert act.hash == erasure.seal(act)


def test_scan_finds_what_one_forgotten_column_keeps(owner, canary, monkeypatch):
    """Negative control: a column that erasure does not reach is found by the scan and by the audit."""
    whole = emptying.empty_column
    monkeypatch.setattr(
        emptying,
        "empty_column",
        lambda table, column, rows: 0 if column == "contact_email" else whole(table, column, rows),
    )
    erase(canary, owner.subject.actor)

    assert found() == {"orders.contact_email": 1}
    assert [promise for promise, _ in violations()] == ["A4"]


def test_other_people_stay_as_they_are(owner, canary):
    other = make.order(phone="+79161112233", name="Кенара Канарейкина", email="other@example.com", comment="жду")

    erase(canary, owner.subject.actor)

    kept = Order.objects.get(pk=other.pk)
    assert (kept.contact_name, kept.contact_phone, kept.comment) == ("Кенара Канарейкина", "+79161112233", "жду")
    assert CustomerPhone.objects.filter(phone="+79161112233").exists()


def test_mention_in_a_note_about_somebody_else_is_taken_out(owner, canary):
    other = make.order(phone="+79161112233", comment=f"вместо {canaries.RAW} звонить мне")

    erase(canary, owner.subject.actor)

    assert Order.objects.get(pk=other.pk).comment == "вместо […] звонить мне"


def test_journal_and_feed_are_what_they_were(owner, canary):
    run([])  # gives every event its place
    events = list(JournalEvent.objects.order_by("pk").values_list("pk", "kind", "data"))
    places = list(Feed.objects.order_by("position").values_list("position", "hash"))

    erase(canary, owner.subject.actor)

    assert list(JournalEvent.objects.order_by("pk").values_list("pk", "kind", "data"))[: len(events)] == events
    assert list(Feed.objects.order_by("position").values_list("position", "hash"))[: len(places)] == places
    assert Order.objects.get(pk=canary.pk).version == canary.events.count()


def test_order_is_still_found_by_its_numbers(owner, canary):
    erase(canary, owner.subject.actor)

    keys = set(Order.objects.get(pk=canary.pk).search_keys.values_list("key", flat=True))
    assert {str(canary.number), "canary-1"} <= keys


def test_open_order_is_refused_and_nothing_is_touched(owner):
    made = canaries.order()

    with pytest.raises(erasure.StillServed):
        erase(made, owner.subject.actor)

    assert Order.objects.get(pk=made.pk).contact_name == canaries.NAME
    assert erased_list.read() == []


def test_second_time_there_is_nothing_left(owner, canary):
    erase(canary, owner.subject.actor)

    with pytest.raises(erasure.NothingLeft):
        erase(canary, owner.subject.actor)

    assert len(erased_list.read()) == 1


def test_nobody_is_rung_any_more(owner, canary):
    task = CallTask.objects.filter(order=canary).first()
    CallTask.objects.filter(pk=task.pk).update(closed_at=None)
    PhoneLease.objects.create(phone=canaries.PHONE, person=owner, until=make.after(hours=1), token="t")

    erase(canary, owner.subject.actor)

    assert CallTask.objects.get(pk=task.pk).closed_at == LATER
    assert not PhoneLease.objects.exists()


def test_person_who_comes_back_is_somebody_new(owner, canary):
    erase(canary, owner.subject.actor)

    back = canaries.order(at=LATER)

    assert back.customer_id != canary.customer_id
    assert Order.objects.get(pk=canary.pk).contact_name == ""
    assert violations() == []


def test_missing_person_is_missing(owner):
    for key in ("c999", "o999", "x1", "c", "c-1", "c" + "9" * 30):
        with pytest.raises(Missing):
            erasure.erase(key, ground=ASKED, by=owner.subject.actor, at=LATER)


# --- several at once: four eyes --------------------------------------------------------------------------------------


def test_several_are_erased_only_by_another_owner(owner, canary):
    asked = erasure.ask([canary.customer_id], ground=ASKED, by=owner.subject.actor, at=LATER)

    with pytest.raises(erasure.AnotherPersonMust):
        erasure.approve(asked.pk, by=owner.subject.actor, at=LATER)
    assert found()

    done = erasure.approve(asked.pk, by=make.owner().subject.actor, at=LATER)
    assert done.state == Erasure.State.DONE
    assert found() == {}
    with pytest.raises(erasure.AlreadySettled):
        erasure.drop(asked.pk, by=owner.subject.actor, at=LATER)


def test_owner_of_a_shop_of_one_approves_alone(owner, canary):
    make.shop(pk=1, four_eyes=False)
    asked = erasure.ask([canary.customer_id], ground=ASKED, by=owner.subject.actor, at=LATER)

    assert erasure.approve(asked.pk, by=owner.subject.actor, at=LATER).approved_by_id == owner.pk


def test_dropped_erasure_erases_nobody(owner, canary):
    asked = erasure.ask([canary.customer_id], ground=ASKED, by=owner.subject.actor, at=LATER)

    erasure.drop(asked.pk, by=owner.subject.actor, at=LATER)

    assert found()
    assert violations() == []


# --- after a restore -------------------------------------------------------------------------------------------------


def test_restore_replays_the_erasures(owner):
    """What was done inside `undone` is lost with the database; the list is not of the database."""
    make.product("A", 5)
    with make.undone():
        gone = canaries.order(external_id="X-1")
        changes.cancel(gone.number, CancelReason.TEST, by=owner.subject.actor, at=make.AT)
        erase(gone, owner.subject.actor)
    back = canaries.order(external_id="X-1")  # what the backup of yesterday brings back
    assert found()
    assert replay.waiting() == [erased_list.read()[0].code]
    assert "A7" in [promise for promise, _ in violations()]

    assert replay.replay(at=LATER) == 1

    assert found() == {}
    assert violations() == []
    assert replay.replay(at=LATER) == 0
    assert Order.objects.get(pk=back.pk).status == Status.NEW


def test_list_names_nobody(owner, canary):
    erase(canary, owner.subject.actor)

    said = erased_list.place().read_text(encoding="utf-8")
    assert not canaries.TRACES.are_in(said)
    assert marks.mark(f"phone {canaries.PHONE}") in said
    assert marks.mark(f"phone {canaries.PHONE}", "another key") not in said


# --- a person's own data ---------------------------------------------------------------------------------------------


def test_own_data_hold_all_that_an_erasure_would_empty(owner, canary):
    given = subject.export(key_of(canary), by=owner.subject.actor, at=LATER)
    told = {f"{table}.{column}" for table, rows in given["kept"].items() for row in rows for column in row}

    act = erase(canary, owner.subject.actor)

    assert set(act.counts) <= told
    assert {order["number"] for order in given["orders"]} == {canary.number}


def test_foreseen_is_what_happens(owner, canary):
    foreseen = erasure.foresee(of_key(key_of(canary)))

    act = erase(canary, owner.subject.actor)

    assert set(foreseen) == set(act.counts)


def test_own_data_of_nobody_are_refused(owner, canary):
    erase(canary, owner.subject.actor)

    with pytest.raises(subject.NothingHeld):
        subject.export(key_of(canary), by=owner.subject.actor, at=LATER)


@pytest.mark.once
def test_desk_is_not_ready_before_the_list_is_replayed(owner):
    erased_list.append(erased_list.Line("c0de", "request", 1, [marks.mark("phone +79990000000")], LATER))
    assert health.look_at_erasures() == {"ok": False, "to_replay": 1}

    call_command("replay_erasures", verbosity=0)

    assert health.look_at_erasures() == {"ok": True, "to_replay": 0}


@pytest.mark.once
def test_command_says_where_a_person_stands_and_never_what(owner, canary, capsys):
    with pytest.raises(SystemExit) as ended:
        call_command("find_person", canaries.RAW)
    said = capsys.readouterr().out
    assert ended.value.code == 1
    assert "orders.contact_phone: 1" in said
    assert not canaries.TRACES.are_in(said)

    erase(canary, owner.subject.actor)
    with pytest.raises(SystemExit) as ended:
        call_command("find_person", canaries.MAIL)
    assert ended.value.code == 0
