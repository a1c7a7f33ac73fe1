"""`manage.py create_owner EMAIL`: the first owner, with a link that opens once."""

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.core.validators import validate_email
from django.urls import reverse
from django.utils import timezone

from shopdesk.accounts import staff
from shopdesk.base.access import Actor
from shopdesk.people.models import Role

COMMAND = Actor("command")


class Command(BaseCommand):
    """Adds an owner who chooses a password by a link; nobody knows it before, and the link is no password."""

    help = "Add an owner and print a link that opens once, within three days, to choose a password."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Name what may be said."""
        parser.add_argument("email")
        parser.add_argument("--name", default="")

    def handle(self, *args: Any, **options: Any) -> None:
        """Add the owner, or say why not."""
        email = options["email"]
        validate_email(email)
        name = options["name"] or email.partition("@")[0]
        try:
            _owner, secret = staff.invite(email, name, staff.Terms(Role.OWNER), by=COMMAND, at=timezone.now())
        except staff.MailTaken as taken:
            raise CommandError(str(taken)) from taken
        self.stderr.write("Open this within three days and choose a password; it opens once:")
        self.stdout.write(settings.PUBLIC_URL + reverse("invited", args=[secret]))
