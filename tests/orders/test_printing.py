"""Papers in bulk: one file, drawn in the background, each print noted once, gone in a day.

`PRINT_ORDERS=500 python -m pytest -s tests/orders/test_printing.py -k flat` is the long run.
"""

import os
import resource
import subprocess
import sys
import time
from datetime import timedelta
from pathlib import Path

import pytest
from django.urls import reverse

from orders import documents, packing, printing
from orders.models import JournalEvent, PrintRun
from orders.packing import NewParcel
from shopdesk.base.errors import Missing
from tests import make, printed

pytestmark = [pytest.mark.django_db, pytest.mark.once]
ORDERS = int(os.environ.get("PRINT_ORDERS", "12"))
MOST_S, MOST_GROWN_KB = 30, 30 << 10
WARM = 10  # orders drawn before memory is looked at, in the long run
BOTH, LABEL, PICKLIST = PrintRun.What.BOTH, PrintRun.What.LABEL, PrintRun.What.PICKLIST


@pytest.fixture
def packer():
    make.product("A", 1_000)
    return make.packer()


def sealed(number):
    """Seal so many orders, all by one packer."""
    made = make.picked([("A", 1, "129.00")])
    packing.seal(made.number, [NewParcel(500)], by=make.BY, at=make.AT)
    found = [made.number]
    who = make.packer().pk
    for _ in range(number - 1):
        one = make.confirmed([("A", 1, "129.00")])
        packing.take(one.number, who, by=make.BY, at=make.AT)
        packing.scan(one.number, [packing.NewScan("s", 1, sku="A")], by=make.BY, at=make.AT)
        packing.seal(one.number, [NewParcel(500)], by=make.BY, at=make.AT)
        found.append(one.number)
    return found


def drawn(who, numbers, what=BOTH, **fields):
    run = printing.ask(printing.Wish(numbers, what, **fields), by=who.subject.actor, at=make.AT)
    while printing.draw_next(at=make.AT):
        pass
    run.refresh_from_db()
    return run


def most_memory():
    """Give the most that this process ever held, in kB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def test_slips_and_labels_of_many_orders_are_one_file_and_memory_stays_flat(packer):
    numbers = sealed(ORDERS)
    if ORDERS > 12:
        drawn(packer, numbers[:WARM])  # fonts and the drawing's own tables are there once, however much is drawn
    began, spent, before = time.monotonic(), time.process_time(), most_memory()

    run = drawn(packer, numbers)

    took, cpu, grew = time.monotonic() - began, time.process_time() - spent, most_memory() - before
    size = printing.read_run(run).stat().st_size
    print(  # noqa: T201 the figures
        f"{len(numbers)} orders, {size >> 10} kB: {took:.1f} s, {cpu:.1f} s of processor, {grew >> 10} MB more"
    )
    if ORDERS > 12:
        assert took < MOST_S
        assert grew < MOST_GROWN_KB
        return
    sheets = printed.read(printing.read_run(run).read_bytes())
    assert [code for sheet in sheets for code in sheet.codes] == [
        *(f"O-{number}" for number in numbers), *(f"P-{number}-1" for number in numbers),
    ]  # fmt: skip
    told = JournalEvent.objects.filter(kind="order.printed").order_by("pk").values_list("order", "data__what")
    assert list(told) == [(number, what) for what in ("slip", "label") for number in numbers]
    assert [path.name for path in Path(printing.read_run(run)).parent.iterdir()] == [f"{run.code}.pdf"]


DRAWING = """
import sys
from datetime import UTC, datetime
from shopdesk.base import papers
label = dict.fromkeys(["shop", "place", "to", "name", "phone", "notes", "way", "when", "weight", "number"], "Щ")
def draw(step):
    sheets = [label | {"order": n, "barcode": papers.bars(f"P-{step}-{n}"), "address": [str(n)], "due": ["", str(step)]}
              for n in range(10)]
    papers.draw("label", {"language": "ru", "title": "", "sheets": sheets, "size": [105, 148, 6]}, at=datetime.now(UTC))
    if sys.argv[1] == "forgets":
        papers.forget()
def most():  # getrusage would begin with what the process that started this one ever held
    lines = open("/proc/self/status").read().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM"))
draw(0)
before = most()
for step in range(1, 25):
    draw(step)
print(most() - before)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="the most memory a process held is read from /proc")
def test_what_was_drawn_is_forgotten():
    """Negative control: a process that forgets nothing grows by what it has drawn lately, of 240 labels some 40 MB."""
    grew = {
        how: int(subprocess.run([sys.executable, "-c", DRAWING, how], check=True, capture_output=True).stdout)
        for how in ("forgets", "remembers")
    }

    print(", ".join(f"{how}: {kb >> 10} MB more" for how, kb in grew.items()))  # noqa: T201 the figures
    assert grew["forgets"] < 20 << 10
    assert grew["forgets"] < grew["remembers"] // 2


@pytest.mark.parametrize(("size", "mm"), [("100x150", (100, 150)), ("58x100", (58, 100))])
def test_label_is_as_wide_as_the_printer_and_a_scanner_still_reads_it(packer, size, mm):
    run = drawn(packer, sealed(1), LABEL, size=PrintRun.Size(size))

    (sheet,) = printed.read(printing.read_run(run).read_bytes())

    assert sheet.size_mm == mm
    assert len(sheet.codes) == 1
    assert "Анна Смирнова" in sheet.text
    assert sheet.widths_mm[0] > 42


def test_step_of_a_killed_worker_is_done_again_and_noted_once(packer, monkeypatch):
    numbers = sealed(1)
    run = printing.ask(printing.Wish(numbers, LABEL), by=packer.subject.actor, at=make.AT)
    with monkeypatch.context() as killed:
        killed.setattr(printing, "_pass_on", lambda *_args, **_named: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            printing.draw_next(at=make.AT)

    assert printing.draw_next(at=make.AT) == 0  # its lease lasts
    later = make.AT + printing.LEASE
    while printing.draw_next(at=later):
        pass

    run.refresh_from_db()
    assert run.state == "ready"
    assert JournalEvent.objects.filter(kind="order.printed").count() == 1


def test_what_fails_again_and_again_is_given_up(packer, monkeypatch):
    run = printing.ask(printing.Wish(sealed(1), LABEL), by=packer.subject.actor, at=make.AT)
    monkeypatch.setattr(documents, "draw_papers", lambda *_args, **_named: 1 / 0)
    for tried in range(printing.MOST_TRIES):
        with pytest.raises(ZeroDivisionError):
            printing.draw_next(at=make.AT + tried * printing.LEASE)

    assert printing.draw_next(at=make.AT + timedelta(hours=1)) == 0
    run.refresh_from_db()
    assert run.state == "failed"


def test_file_is_gone_after_a_day_and_after_an_erasure(packer):
    numbers = sealed(1)
    old, erased = drawn(packer, numbers, LABEL), drawn(packer, numbers, LABEL)

    assert printing.delete_old(at=make.after(hours=23)) == 0
    PrintRun.objects.filter(pk=erased.pk).update(ready_at=make.after(days=2))
    assert printing.delete_old(at=make.after(hours=24)) == 1
    assert printing.withdraw_all() == 1
    for run in (old, erased):
        run.refresh_from_db()
        with pytest.raises(printing.NotDrawn):
            printing.read_run(run)
    assert not list(Path(printing._place(old)).parent.iterdir())


def test_what_cannot_be_printed_is_refused_at_once(packer):
    by = packer.subject.actor
    with pytest.raises(printing.NothingChosen):
        printing.ask(printing.Wish([], LABEL), by=by, at=make.AT)
    with pytest.raises(printing.TooManyToPrint):
        printing.ask(printing.Wish(range(1, 502), LABEL), by=by, at=make.AT)
    with pytest.raises(Missing):
        printing.ask(printing.Wish([10_000], LABEL), by=by, at=make.AT)
    with pytest.raises(documents.NothingToPrint):
        printing.ask(printing.Wish([make.confirmed().number], LABEL), by=by, at=make.AT)


def test_packer_prints_what_waits_on_the_labels_of_this_station(packer, client):
    client.force_login(packer)
    numbers = sealed(2)
    assert client.post(reverse("packing-printer"), {"size": "100x150"}).status_code == 302

    assert client.post(reverse("packing-prints"), {"what": "label"}).status_code == 302

    run = PrintRun.objects.get()
    assert (run.numbers, run.size) == (numbers, "100x150")
    page = client.get(reverse("packing-prints")).content.decode()
    assert "<progress" in page
    while printing.draw_next(at=make.AT):
        pass
    answer = client.get(reverse("packing-print-file", args=[run.code]))
    assert len(printed.read(b"".join(answer.streaming_content))) == 2
    assert client.post(reverse("packing-prints"), {"what": "label"}).status_code == 409  # nothing is left unprinted
    client.force_login(make.packer())
    assert client.get(reverse("packing-print-file", args=[run.code])).status_code == 404
