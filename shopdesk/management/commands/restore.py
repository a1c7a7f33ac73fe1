"""`manage.py restore FILE`: what `backup` wrote; erased people stay erased."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError, connections

from orders.models import Order
from shopdesk import backups
from shopdesk.management.commands.backup import backup_key


class Command(BaseCommand):
    """Brings a backup back, migrates it, erases again whoever was erased since, and proves the promises."""

    help = "Bring a backup back: database, private files, erasures since, then the audit. Stop the desk first."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, help="what `manage.py backup` wrote")
        parser.add_argument("--over", action="store_true", help="over a database that has orders; they are gone then")

    def handle(self, *args: Any, file: Path, over: bool, **options: Any) -> None:
        if not over and has_orders():
            raise CommandError("This database has orders. To put the backup in their place: --over.")
        try:
            backups.bring_back(file, backup_key())
        except backups.Unreadable as refusal:
            raise CommandError(str(refusal)) from None
        call_command("migrate", interactive=False, verbosity=0)
        call_command("replay_erasures")
        call_command("audit")


def has_orders() -> bool:
    """Tell whether anything would be lost. A database without tables has nothing."""
    try:
        return Order.objects.exists()
    except DatabaseError:
        connections.close_all()
        return False
