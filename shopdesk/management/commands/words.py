"""`manage.py words`: collect the desk's words, and list what is not translated yet."""

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

    def handle(self, *args: Any, **options: Any) -> None:
        """Collect, write, compile, say what is missing."""
        folder = Path(settings.LOCALE_PATHS[0])
        for language, missing in words.refresh(folder, words.collect(settings.BASE_DIR)).items():
            for message in missing:
                self.stdout.write(f"{language}: {message.context or ''} {message.id!r}")
            self.stdout.write(f"{language}: {len(missing)} to translate")
        compile_all(settings.LOCALE_PATHS)
