"""`manage.py backup FILE`: the database and the private files, in one encrypted file."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from shopdesk import backups
from shopdesk.environment import text
from shopdesk.safety import refuse_secret


class Command(BaseCommand):
    """Writes a backup while the desk runs."""

    help = "Write database and private files into one encrypted file. The key is BACKUP_KEY (or BACKUP_KEY_FILE)."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, help="the backup; it is there whole or not at all")

    def handle(self, *args: Any, file: Path, **options: Any) -> None:
        size = backups.make(file, backup_key())
        self.stdout.write(f"{file}: {size:,} bytes.")


def backup_key() -> str:
    """Give the key of backups. Refuses one that can be guessed."""
    key = text("BACKUP_KEY", "")
    if refuse_secret(key):
        raise CommandError("BACKUP_KEY must be random, at least 40 characters long; keep it away from the backups.")
    return key
