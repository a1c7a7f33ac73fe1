"""An export has exactly the rows of the screen, is its asker's alone, lives a day, and stops when it is told to."""

import csv
import io
from datetime import timedelta
from pathlib import Path
from zipfile import ZipFile

import pytest
import time_machine
from django.conf import settings
from python_calamine import CalamineWorkbook

from orders.models import Order
from shopdesk.base.access import Actor
from shopdesk.base.errors import Malformed, Missing
from shopdesk.exports import files, making, work
from shopdesk.exports.models import Export
from shopdesk.people.models import User
from shopdesk.trail.deeds import Deed
from shopdesk.trail.models import TrailEntry
from tests import make

pytestmark = pytest.mark.django_db
State = Export.State


@pytest.fixture
def owner():
    make.shop()
    return make.owner()


def ask(who: User, form: str = "csv", **query: str) -> Export:
    return making.ask(making.Wish(query, Export.Format(form)), subject=who.subject, at=make.AT)


def made(export: Export) -> Export:
    """Let the worker make it."""
    while work.make_next(at=make.AT):
        pass
    export.refresh_from_db()
    return export


def table(export: Export) -> list[list[str]]:
    return list(csv.reader(io.StringIO(files.table(export).read_text("utf-8-sig"))))


def deeds() -> list[str]:
    return list(TrailEntry.objects.order_by("pk").values_list("deed", flat=True))


def test_export_has_exactly_the_rows_of_the_filter(owner):
    wanted = [make.order(phone=f"+7916123450{n}") for n in range(3)]
    make.confirmed(phone="+79161234599")

    export = made(ask(owner, status="new"))

    rows = table(export)
    assert [int(row[0]) for row in rows[1:]] == sorted((order.number for order in wanted), reverse=True)
    assert (export.state, export.rows, export.rows_done) == (State.READY, 3, 3)
    assert export.expires_at == make.AT + timedelta(hours=24)


def test_words_of_customers_are_no_formulas(owner):
    make.order(name="=1+1", comment="@SUM(A1)")

    name, comment = table(made(ask(owner)))[1][5], table(made(ask(owner)))[1][-1]

    assert (name, comment) == ("'=1+1", "'@SUM(A1)")


def test_workbook_holds_words_and_no_formulas(owner):
    make.order(name="=1+1", comment="<b>&amp;</b>\x0b \u0001 'да'\n–")

    path = files.table(made(ask(owner, "xlsx")))

    headings, row = CalamineWorkbook.from_path(path).get_sheet_by_index(0).to_python()
    assert (headings[0], row[5], row[-1]) == ("Order", "=1+1", "<b>&amp;</b>  'да'\n–")
    with ZipFile(path) as book:
        assert "<f>" not in book.read("xl/worksheets/sheet1.xml").decode()


def test_wrong_filter_is_refused(owner):
    for query in ({"status": "nonsense"}, {"order_by": "password"}):
        with pytest.raises(Malformed):
            ask(owner, **query)


def test_file_lies_in_private_storage_and_is_named_by_chance(owner):
    """V5.3.2."""
    make.order()

    path = files.table(made(ask(owner)))

    assert path.parent == Path(settings.MEDIA_ROOT) / "exports"
    assert len(path.stem) == 32
    assert [one.suffix for one in path.parent.iterdir()] == [".csv"]


# --- whose it is -----------------------------------------------------------------------------------------------------


def test_only_whoever_asked_fetches_it(owner):
    make.order()
    manager = make.manager()
    export = made(ask(manager))

    assert making.fetch(export.code, subject=manager.subject, at=make.AT).pk == export.pk
    for other in (make.manager(), owner):
        with pytest.raises(Missing):
            making.fetch(export.code, subject=other.subject, at=make.AT)
    assert deeds() == [Deed.EXPORT_MADE, Deed.EXPORT_FETCHED]


def test_whoever_lost_the_right_gets_no_file(owner):
    make.order()
    manager = make.manager()
    export = made(ask(manager))
    User.objects.filter(pk=manager.pk).update(role="packer")

    with pytest.raises(Missing):
        making.fetch(export.code, subject=User.objects.get(pk=manager.pk).subject, at=make.AT)


def test_job_of_somebody_who_left_fails(owner):
    make.order()
    manager = make.manager()
    export = ask(manager)
    User.objects.filter(pk=manager.pk).update(is_active=False)

    assert made(export).state == State.FAILED
    assert not files.table(export).exists()


def test_job_runs_as_whoever_asked(owner, monkeypatch):
    """Negative control of the scope: what the asker may not see is not in the file."""
    make.order()
    manager = make.manager()
    seen = made(ask(manager))
    monkeypatch.setattr("orders.models.orders.OrderRows.scope", {})
    hidden = ask(manager)

    assert len(table(seen)) == 2
    assert len(table(made(hidden))) == 1


# --- its end ---------------------------------------------------------------------------------------------------------


def test_file_is_deleted_when_its_day_is_over(owner):
    make.order()
    export = made(ask(owner))
    over = make.after(hours=24)

    with pytest.raises(making.NotReady):
        making.fetch(export.code, subject=owner.subject, at=over)
    assert making.delete_expired(at=make.after(hours=23)) == 0
    assert making.delete_expired(at=over) == 1
    assert making.delete_expired(at=over) == 0
    assert not files.table(export).exists()


def test_cancelled_export_leaves_no_file(owner):
    make.order()
    export = ask(owner)
    work.make_next(at=make.AT)  # read, not written

    making.cancel(export.code, by=owner.subject.actor, at=make.AT)

    assert work.make_next(at=make.AT) == 0
    assert list(files.table(export).parent.iterdir()) == []


def test_export_cancelled_while_it_is_written_stops(owner, monkeypatch):
    for n in range(3):
        make.order(phone=f"+7916123450{n}")
    monkeypatch.setattr(files, "CHECK_EVERY", 2)
    export = ask(owner)
    work.make_next(at=make.AT)
    heard = work.hear

    def cancel_first(one, done):
        making.cancel(one.code, by=owner.subject.actor, at=make.AT)
        heard(one, done)

    monkeypatch.setattr(work, "hear", cancel_first)
    work.make_next(at=make.AT)

    export.refresh_from_db()
    assert export.state == State.CANCELLED
    assert list(files.table(export).parent.iterdir()) == []


def test_erasure_deletes_all_files(owner):
    make.order()
    ready, read, waiting = made(ask(owner)), ask(owner), ask(owner)
    work.make_next(at=make.AT)

    making.withdraw_all(at=make.AT)

    states = {one.pk: one.state for one in Export.objects.all()}
    assert states == {ready.pk: State.GONE, read.pk: State.ASKED, waiting.pk: State.ASKED}
    assert list(files.table(ready).parent.iterdir()) == []


# --- many, and workers that die --------------------------------------------------------------------------------------


def test_two_workers_take_different_exports(owner):
    make.order()
    first, second = ask(owner), ask(owner)

    assert [work.claim(at=make.AT).pk, work.claim(at=make.AT).pk] == [first.pk, second.pk]
    assert work.claim(at=make.AT) is None


def test_export_of_a_killed_worker_comes_back_and_ends_after_some_tries(owner):
    make.order()
    export = ask(owner)

    for n in range(work.MOST_TRIES):
        assert work.claim(at=make.AT + n * 2 * work.LEASE).attempt == n + 1
    assert work.claim(at=make.AT + 20 * work.LEASE) is None

    export.refresh_from_db()
    assert export.state == State.FAILED


def test_thawed_worker_does_not_overwrite_the_one_after_it(owner):
    make.order()
    ask(owner)
    frozen = work.claim(at=make.AT)
    Export.objects.filter(pk=frozen.pk).update(attempt=2)

    with pytest.raises(work.Stopped):
        work.read(frozen)


def test_too_many_rows_are_refused(owner, monkeypatch):
    monkeypatch.setattr(making, "MOST_ROWS", 1)
    for n in range(2):
        make.order(phone=f"+7916123450{n}")

    with pytest.raises(making.TooManyRows):
        ask(owner)


def test_very_large_export_of_a_manager_waits_for_the_owner(owner, monkeypatch):
    monkeypatch.setattr(making, "MASS", 1)
    for n in range(2):
        make.order(phone=f"+7916123450{n}")
    export = ask(make.manager())

    assert made(export).state == State.WAITS
    making.approve(export.code, by=owner.subject.actor, at=make.AT)
    assert made(export).state == State.READY
    with pytest.raises(making.NotWaiting):
        making.approve(export.code, by=owner.subject.actor, at=make.AT)


def test_one_person_has_few_exports_on_their_way(owner):
    """V15.2.2."""
    for _ in range(making.MOST_OPEN):
        ask(owner)

    with pytest.raises(making.TooManyExports):
        ask(owner)


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_memory_does_not_grow_with_the_rows(owner, form):
    """A thousand rows and six thousand: the writers keep some hundreds at a time."""
    import tracemalloc  # noqa: PLC0415

    export = Export(code="0" * 32, format=form)
    files.table(export).parent.mkdir(parents=True, exist_ok=True)
    peaks = []
    for rows in (1_000, 6_000):
        tracemalloc.start()
        files.write(export, ["a"] * 20, (["слово"] * 20 for _ in range(rows)), lambda done: None)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < peaks[0] * 2 + 500_000


# --- doors -----------------------------------------------------------------------------------------------------------


@time_machine.travel(make.AT, tick=True)
def test_api_makes_shows_and_hands_out(owner):
    make.order()
    api = make.client(make.manager())

    posted = api.post("exports", {"what": "orders", "filter": {"status": "new"}, "format": "csv"})
    assert posted.status_code == 202, posted.content
    code = posted.json()["id"]
    assert api.get(f"exports/{code}/file").status_code == 409
    made(Export.objects.get(code=code))
    assert api.get(f"exports/{code}").json()["url"] == f"/api/v1/exports/{code}/file"
    answer = api.get(f"exports/{code}/file")
    assert answer.status_code == 200
    assert answer["Content-Disposition"].startswith("attachment")
    assert b"".join(answer.streaming_content).count(b"\r\n") == 2
    assert make.client(make.manager()).get(f"exports/{code}").status_code == 404


@pytest.mark.parametrize("who", [make.packer, make.courier_person])
def test_packers_and_couriers_export_nothing(owner, who):
    assert make.client(who()).post("exports", {"what": "orders"}).status_code in {403, 404}


def test_actor_of_the_job_is_kept(owner):
    make.order()
    ask(owner)

    assert TrailEntry.objects.get(deed=Deed.EXPORT_MADE).actor == Actor("person", owner.pk)
    assert Order.objects.count() == 1
