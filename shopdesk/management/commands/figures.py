"""Make the kept figures anew, for some days or for all."""

from argparse import ArgumentParser
from datetime import date
from typing import Any

from django.core.management.base import BaseCommand

from reports import rollups
from reports.models import FigureHead


class Command(BaseCommand):
    """`figures` catches up with the feed; `figures --from 2026-01-01 --to 2026-07-01` makes those months anew."""

    help = "Keep the figures up to the end of the feed; with --from and --to, make those months anew from the facts."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take the days, `to` not among them."""
        parser.add_argument("--from", dest="from_on", type=date.fromisoformat)
        parser.add_argument("--to", dest="to_on", type=date.fromisoformat)

    def handle(self, *args: Any, **options: Any) -> None:
        """Do it, and say how much."""
        passed = 0
        while done := rollups.sweep():
            passed += done
        self.stdout.write(f"{passed} places of the feed passed, figures are kept up to {_position()}.")
        if options["from_on"] and options["to_on"]:
            rows = rollups.rebuild(options["from_on"], options["to_on"])
            self.stdout.write(f"{rows} sums made anew.")


def _position() -> int:
    return FigureHead.objects.values_list("position", flat=True).first() or 0
