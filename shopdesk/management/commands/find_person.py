"""`manage.py find_person`: where in the whole desk a phone or a mail still stands; what it finds is never printed."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from shopdesk.base import phones
from shopdesk.base.snapshot import snapshot
from shopdesk.privacy import search
from shopdesk.privacy.traces import Traces

NOT_FOUND, FOUND = 0, 1


class Command(BaseCommand):
    """Reads every column of text and every private file. Exit code 1 when somebody is found."""

    help = "Look for a phone (in any spelling) or a mail in every column of text and every private file."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("who", nargs="?", help="a phone or a mail; asked for when it is not given")

    def handle(self, *args: Any, **options: Any) -> None:
        traces = read_traces(options["who"] or input("Phone or mail: "))
        with snapshot() as alias:
            columns = search.in_tables(traces, using=alias)
        files = search.in_files(traces, Path(settings.MEDIA_ROOT))
        for name, count in columns.items():
            self.stdout.write(f"{name}: {count}")
        for name in files:
            self.stdout.write(f"file {name}")
        self.stdout.write(f"{len(columns)} columns and {len(files)} files say it.")
        raise SystemExit(FOUND if columns or files else NOT_FOUND)


def read_traces(text: str) -> Traces:
    """Give the traces of a phone or a mail. Raises CommandError for what is neither."""
    if "@" in text:
        return Traces([], [text.strip().casefold()])
    found = phones.read(text, settings.SHOP_COUNTRY)
    if not found:
        raise CommandError("This is neither a phone nor a mail.")
    return Traces([phone.e164 for phone in found], [])
