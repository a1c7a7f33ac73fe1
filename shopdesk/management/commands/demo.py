"""`manage.py demo`: fill an empty desk with a shop that has traded for some weeks."""

import time
from argparse import ArgumentParser
from datetime import datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import connection
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from shopdesk.demo import people
from shopdesk.demo.making import Made, OtherDays, Plan, RealShop, make

TOLD_EVERY = 10  # per cent


class Command(BaseCommand):
    """Makes the demo shop once; again it says that it is there. A desk where somebody works is left alone."""

    help = "Fill an empty desk with the demo shop: some weeks of made-up orders in all states."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Name what may be chosen."""
        parser.add_argument("--days", type=int, default=21, choices=range(1, 92), metavar="N", help="days (21)")
        parser.add_argument("--seed", type=int, default=1, help="the same seed makes the same shop (1)")
        parser.add_argument("--now", type=moment, help="the hour at which its trade ends (now)")

    def handle(self, *args: Any, days: int, seed: int, now: datetime | None, **options: Any) -> None:
        """Make it, tell how far it is, say who may sign in."""
        began, self.told = time.monotonic(), 0
        write_lightly()
        try:
            made = make(Plan(days, seed), now=now or timezone.now(), say=self.tell)
        except (RealShop, OtherDays) as refusal:
            raise CommandError(f"{refusal} {refusal.next_step}") from refusal
        self.sum_up(made, time.monotonic() - began)
        self.stdout.write(f"Sign in as {', '.join(people.emails())} with the password: {people.PASSWORD}")

    def tell(self, done: int, whole: int) -> None:
        """Say every tenth part."""
        part = 100 * done // whole // TOLD_EVERY * TOLD_EVERY
        if part > self.told:
            self.told = part
            self.stdout.write(f"The demo shop is being made: {part} %")
            self.stdout.flush()

    def sum_up(self, made: Made, lasted_s: float) -> None:
        """Say what was done; refusals are as people meet them, and shown with --verbosity 2."""
        if not made.deeds:
            self.stdout.write("The demo shop is there already; nothing was added.")
            return
        self.stdout.write(f"The demo shop is made, in {lasted_s:.0f} s. All its data are made up.")
        if made.refused:
            self.stderr.write(f"The desk refused {len(made.refused)} deeds on the way: {'; '.join(made.refused[:5])}")


def write_lightly() -> None:
    """Let this process's SQLite wait for the disk once in a while, not at every deed: a lost demo is made again."""
    if connection.vendor == "sqlite" and not connection.in_atomic_block:
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA synchronous=NORMAL")


def moment(text: str) -> datetime:
    """Read an instant with its offset, as ISO 8601 writes it."""
    found = parse_datetime(text)
    if found is None or found.tzinfo is None:
        raise ValueError
    return found
