"""`manage.py bench`: seeds a shop of any size into an empty database, then measures the day's paths in one run."""

import json
import logging
import os
import platform
import time
from argparse import ArgumentParser
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import connection
from django.utils import timezone

from orders.models import Order
from shopdesk.bench import alone, gates, keeping, limits, measuring, paths, seeding, telling, whole

QUICK_ORDERS, QUICK_ROUNDS, QUICK_TIMES = 1_000, 3, 5
KEPT, QUICK_KEPT = 200, 40  # orders taken in between two sweeps of the figures


class Command(BaseCommand):
    """Prints a table; exit code 1 when something is clearly slower than in the saved run."""

    help = "Seed an empty database with a shop of N orders and measure what the desk costs in it."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--orders", type=int, default=10_000, help="how many orders an empty database gets")
        parser.add_argument("--seed", type=int, default=7, help="the same seed makes the same shop")
        parser.add_argument("--quick", action="store_true", help="one thousand orders and few rounds: under a minute")
        parser.add_argument("--rounds", type=int, default=5)
        parser.add_argument("--json", metavar="FILE", help="write everything there")
        parser.add_argument("--seconds", type=float, default=3.0, help="how long many are at it in a round")
        parser.add_argument("--imported", type=int, default=alone.IMPORTED, help="orders in the file that is imported")
        parser.add_argument("--smaller", metavar="FILE", help="a saved run in a smaller shop, for rows 4 and 9")
        parser.add_argument("--compare", metavar="FILE", help="a saved run: a clear loss is an error")

    def handle(self, *args: Any, **options: Any) -> None:
        orders, rounds = (QUICK_ORDERS, QUICK_ROUNDS) if options["quick"] else (options["orders"], options["rounds"])
        logging.disable(logging.INFO)  # a line a page would be measured with the page, and drown the table
        self._seed(orders, options["seed"])
        passed = keeping.catch_up()  # as the sweep of a desk that lives has: else reports add the facts up
        self._tell(f"figures kept of {passed:,} places of the feed")
        limits.make()
        try:
            walked = [*paths.pages(), *paths.desks()]
            if options["quick"]:
                walked = [replace(path, times=min(path.times, QUICK_TIMES)) for path in walked]
            measured = measuring.measure(walked, rounds=rounds, tell=self._tell)
            kept = keeping.cost(orders=QUICK_KEPT if options["quick"] else KEPT, rounds=rounds)
            if not options["quick"]:
                seconds, imported = options["seconds"], options["imported"]
                measured += whole.measure(seconds=seconds, imported=imported, tell=self._tell)
        finally:
            limits.drop()
        self._report(measured, kept, options)

    def _report(self, measured: list[measuring.Measured], kept: keeping.Cost, options: dict[str, Any]) -> None:
        """Print the table and the rows of the targets, write the file, compare. Raises CommandError for a loss."""
        scale = max(telling.slower(measured), 1.0)
        smaller = telling.read(options["smaller"]) if options["smaller"] else None
        rows = gates.verdicts(measured, scale, kept=kept.share, smaller=smaller)
        self._tell("")
        self.stdout.write("\n".join(telling.table(measured)))
        self.stdout.write(kept.words)
        self.stdout.write(f"most memory of this process: {measuring.memory_mb()} MB\n")
        self.stdout.write("\n".join(row.line for row in rows))
        if options["json"]:
            about = {
                "orders": Order.objects.count(),
                "database": connection.vendor,
                "python": platform.python_version(),
                "at": f"{timezone.now():%Y-%m-%d %H:%M}",
                "load": os.getloadavg()[1],  # of five minutes: what else the machine did
                "slower": round(scale, 3),
                "keeping_figures": asdict(kept),
                "rows": [asdict(row) for row in rows],
            }
            text = json.dumps(measuring.as_json(measured, about), indent=1, ensure_ascii=False)
            Path(options["json"]).write_text(text + "\n", encoding="utf-8")
        if options["compare"] and (worse := telling.losses(telling.read(options["compare"]), measured)):
            raise CommandError("Clearly slower than before:\n" + "\n".join(worse))

    def _seed(self, orders: int, seed: int) -> None:
        """Fill an empty database. One that the bench filled before is measured as it is; any other is refused."""
        if seeding.is_seeded():
            self.stdout.write(f"{Order.objects.count():,} orders are there already.")
            return
        began = time.monotonic()
        try:
            rows = seeding.seed(
                orders, seed=seed, end=timezone.now(), tell=lambda done: self._tell(f"{done:,} of {orders:,} orders")
            )
        except seeding.NotEmpty as refusal:
            raise CommandError(str(refusal)) from refusal
        self._tell("")
        self.stdout.write(f"{orders:,} orders, {rows:,} rows in {time.monotonic() - began:.0f} s")

    def _tell(self, words: str) -> None:
        if self.stderr.isatty():
            self.stderr.write(f"\r\033[K{words}", ending="")
            self.stderr.flush()
