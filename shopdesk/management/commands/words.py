"""`manage.py words`: collect the desk's words, and list what is not translated yet."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from shopdesk import words
from shopdesk.catalogues import compile_all


class Command(BaseCommand):
    """Bring the catalogues up to the code and templates, compile them, list what is missing."""

    help = "Collect the words of code and templates for translation; list what is not translated."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Name what may be chosen."""
        parser.add_argument("--compile", action="store_true", help="only compile what is there")

    def handle(self, *args: Any, **options: Any) -> None:
        """Collect, write, compile, say what is missing."""
        folder = Path(settings.LOCALE_PATHS[0])
        if not options["compile"]:
            for language, missing in words.refresh(folder, words.collect(settings.BASE_DIR)).items():
                for message in missing:
                    self.stdout.write(f"{language}: {message.context or ''} {message.id!r}")
                self.stdout.write(f"{language}: {len(missing)} to translate")
        compile_all(settings.LOCALE_PATHS)
