"""`manage.py replay_erasures`: after a restore, erase again whoever had been erased."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from shopdesk.privacy.replay import replay


class Command(BaseCommand):
    """Runs the list of erasures over the restored database. A second run changes nothing."""

    help = "After a restore: erase again everybody whom the list of erasures names."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", nargs="?", type=Path, help="the list; usually erasures.jsonl in the private files")

    def handle(self, *args: Any, **options: Any) -> None:
        repeated = replay(at=timezone.now(), path=options["file"])
        if repeated or options["verbosity"]:
            self.stdout.write(f"{repeated} erasures repeated.")
