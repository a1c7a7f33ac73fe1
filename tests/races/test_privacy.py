"""Real locks: an erasure beside an export that is being read, two erasures of one person, two workers at one export."""

import pytest

from orders import changes
from orders.models import Order
from orders.status import CancelReason
from shopdesk.exports import files, making, work
from shopdesk.exports.models import Export
from shopdesk.privacy import erased_list, erasure
from shopdesk.privacy.models import Erasure
from tests import make
from tests.shopdesk.privacy import canaries

pytestmark = pytest.mark.usefixtures("real_commits")
State = Export.State


@pytest.fixture
def owner(real_commits):
    make.shop()
    return make.owner()


def ended(owner) -> Order:
    made = canaries.order()
    return changes.cancel(made.number, CancelReason.TEST, by=owner.subject.actor, at=make.AT)


def ask(owner) -> Export:
    return making.ask(making.Wish({}), subject=owner.subject, at=make.AT)


def test_person_erased_while_an_export_is_read_is_in_no_file(owner, monkeypatch):
    """The export has read the person; the erasure comes before the table is written."""
    key = f"c{ended(owner).customer_id}"
    export = ask(owner)
    work.make_next(at=make.AT)
    assert canaries.TRACES.are_in(files.place(export, "spool").read_bytes())

    erasure.erase(key, ground="request", by=owner.subject.actor, at=make.AT)
    while work.make_next(at=make.AT):
        pass

    export.refresh_from_db()
    assert export.state == State.READY
    assert not canaries.TRACES.are_in(files.table(export).read_bytes())


def test_person_erased_between_the_snapshot_and_its_end_is_in_no_file(owner, monkeypatch):
    """The snapshot still sees the person after the erasure has committed: what it read must not become a file."""
    key = f"c{ended(owner).customer_id}"
    export = ask(owner)
    spool = files.spool

    def erase_first(one, rows):
        count = spool(one, rows)
        erasure.erase(key, ground="request", by=owner.subject.actor, at=make.AT)
        return count

    monkeypatch.setattr(files, "spool", erase_first)
    work.make_next(at=make.AT)
    monkeypatch.setattr(files, "spool", spool)
    while work.make_next(at=make.after(hours=1)):
        pass

    export.refresh_from_db()
    assert export.state == State.READY
    assert not canaries.TRACES.are_in(files.table(export).read_bytes())


@pytest.mark.postgres
def test_two_erasures_of_one_person_make_one_act(owner, side_by_side):
    key = f"c{ended(owner).customer_id}"

    def erase():
        return erasure.erase(key, ground="request", by=owner.subject.actor, at=make.AT)

    ends = side_by_side(erase, erase)

    assert sorted(type(end).__name__ for end in ends) == ["Erasure", "NothingLeft"]
    assert (Erasure.objects.count(), len(erased_list.read())) == (1, 1)


@pytest.mark.postgres
def test_two_workers_take_different_exports(owner, side_by_side):
    ended(owner)
    first, second = ask(owner), ask(owner)

    taken = side_by_side(*[lambda: work.claim(at=make.AT)] * 2)

    assert {export.pk for export in taken} == {first.pk, second.pk}
