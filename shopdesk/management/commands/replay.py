"""`manage.py replay FILE`: a shop's real history through the desk's own actions."""

import time
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from shopdesk.history import reading
from shopdesk.history.replay import Replay

BAR = 40
SHOW_EVERY_S = 0.5


class Command(BaseCommand):
    """Replays invoices in the order of the file, with a bar; a second run adds nothing."""

    help = "Bring a real history (UCI Online Retail columns) through the production desk actions."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--zone", default="Europe/London", help="zone of the file's times")
        parser.add_argument("--currency", default="GBP")
        parser.add_argument("--limit", type=int, help="only the first N invoices")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            invoices = reading.read(options["file"], zone=options["zone"], currency=options["currency"])
        except (OSError, ValueError) as error:
            raise CommandError(str(error)) from error
        replay = Replay(zone=options["zone"], currency=options["currency"])
        began = time.monotonic()
        self.stderr.write(f"{len(invoices)} invoices; filling the shelf…")
        replay.open_shelf(invoices)
        chosen = invoices[: options["limit"]] if options["limit"] else invoices
        for done, invoice in enumerate(chosen, start=1):
            replay.bring(invoice)
            self._show(done, len(chosen), began)
        took = time.monotonic() - began
        made = replay.counts["orders"]
        self.stderr.write("")
        for what, number in sorted(replay.counts.items()):
            self.stdout.write(f"{number:>7} {what}")
        self.stdout.write(f"{took:.1f} s, {made / took:.1f} orders/s")

    def _show(self, done: int, whole: int, began: float) -> None:
        now = time.monotonic()
        if done < whole and now - getattr(self, "_shown_at", 0.0) < SHOW_EVERY_S:
            return
        self._shown_at = now
        filled = BAR * done // whole
        bar = "█" * filled + "·" * (BAR - filled)
        self.stderr.write(f"\r{bar} {done}/{whole} {done / (now - began):.0f}/s", ending="")
        self.stderr.flush()
