"""`manage.py sbom`: print the list of what the desk is built from, as CycloneDX."""

import json
import tomllib
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from shopdesk import sbom


class Command(BaseCommand):
    """Print the bill of materials of the locked packages."""

    help = "Print the software bill of materials (CycloneDX 1.6) of requirements.lock."
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        """Print it to standard output."""
        project = tomllib.loads((settings.BASE_DIR / "pyproject.toml").read_text(encoding="utf-8"))["project"]
        bill = sbom.write(settings.BASE_DIR / "requirements.lock", project["version"])
        self.stdout.write(json.dumps(bill, indent=1, sort_keys=True))
