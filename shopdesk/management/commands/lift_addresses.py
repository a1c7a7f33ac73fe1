"""`manage.py lift_addresses ROLE`: the way back in when the shop's own address changed."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from shopdesk.accounts.roles import desk
from shopdesk.base.access import Actor
from shopdesk.people.models import Role

COMMAND = Actor("command")


class Command(BaseCommand):
    """Lets a role come from everywhere again. For whoever runs the desk: nobody else has a shell there."""

    help = "Let a role be used from everywhere again, when nobody can come in to say so. Noted in the trail."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Name what may be said."""
        parser.add_argument("role", choices=Role.values)

    def handle(self, *args: Any, **options: Any) -> None:
        """Empty the list of the role."""
        role = options["role"]
        desk.set_addresses({role: []}, asked=desk.Asked("", ""), by=COMMAND, at=timezone.now())
        self.stdout.write(f"Whoever is {role} comes in from everywhere again.")
