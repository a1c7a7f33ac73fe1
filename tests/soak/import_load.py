"""A file of orders, tried and taken in (row 3 of speed.md): `python -m tests.soak.import_load --rows 10000`.

In a database of its own, on whatever DATABASE_URL names. Prints the seconds of both steps on the clock and of the
processor; ends with 1 when the file is not there whole, when it brings anything a second time, or an audit finds more.
"""

import argparse
import io
import os
import random
import sys
import time

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "shopdesk.settings")
import django

django.setup()

from django.db import connection  # noqa: E402
from django.test.utils import setup_databases, setup_test_environment, teardown_databases  # noqa: E402

from orders import audit  # noqa: E402
from orders.models import Order  # noqa: E402
from shopdesk.imports import taking, work  # noqa: E402
from shopdesk.imports.models import Import  # noqa: E402
from shopdesk.people.models import User  # noqa: E402
from tests import make  # noqa: E402

PRODUCTS = 100
HEAD = "Номер заказа;ФИО;Телефон;Артикул;Количество;Цена;Стоимость доставки;Адрес доставки\n"


def say(words: str) -> None:
    """Print a line at once."""
    sys.stdout.write(words + "\n")
    sys.stdout.flush()


def written(rows: int) -> bytes:
    """Write the file: one line an order, as many people as orders, a hundred products."""
    dice, text = random.Random(5), io.StringIO()
    text.write(HEAD)
    for n in range(rows):
        phone = f"8916{1_000_000 + n * 7 % 9_000_000:07d}"
        goods = f"P{dice.randrange(PRODUCTS)};{dice.randint(1, 3)};1290,50"
        text.write(f"К-{n};Анна Смирнова{n % 500};{phone};{goods};300;Москва, Тверская, {n % 200}\n")
    return text.getvalue().encode()


def timed(name: str) -> None:
    """Let the worker work until nothing waits, and say how long it took."""
    clock, processor = time.perf_counter(), time.process_time()
    while work.work_on_next(at=make.AT):
        pass
    say(f"{name}: {time.perf_counter() - clock:.1f} s, processor {time.process_time() - processor:.1f} s")


def tried(raw: bytes, owner: User) -> Import:
    """Lay the file down and try it."""
    new = taking.NewFile(Import.What.ORDERS, "orders.csv", raw)
    batch = taking.lay_down(new, subject=owner.subject, at=make.AT)
    taking.try_out(batch.code, batch.columns, at=make.AT)
    timed("tried")
    return batch


def run(rows: int) -> list[str]:
    """Import the file, and the same again. Gives what is wrong."""
    make.shop()
    for n in range(PRODUCTS):
        make.product(f"P{n}", 10_000_000)
    owner, raw = make.owner(), written(rows)
    batch = tried(raw, owner)
    taking.apply(batch.code, skip_bad=False, at=make.AT)
    timed("taken in")
    wrong = [] if Order.objects.count() == rows else [f"{Order.objects.count()} orders of {rows}"]
    again = tried(raw, owner)
    fresh = again.items.exclude(verdict="known").count()
    wrong += [f"{fresh} rows are new the second time"] if fresh else []
    return wrong + [
        f"{check.id}: {check.find('default').broken}" for check in audit.checks() if check.find("default").broken
    ]


def main() -> int:
    """Run it once."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--rows", type=int, default=10_000)
    rows = asked.parse_args().rows
    setup_test_environment()
    before = setup_databases(verbosity=0, interactive=False)
    try:
        say(f"{rows} rows, {connection.vendor}")
        wrong = run(rows)
    finally:
        teardown_databases(before, verbosity=0)
    say("\n".join(wrong) or "all there, once")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
