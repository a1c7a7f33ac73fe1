"""`manage.py create_owner EMAIL`: the first owner, with a secret that works once."""

import secrets
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.core.validators import validate_email

from shopdesk.people.models import Role, User


class Command(BaseCommand):
    """Adds an owner; the secret is a password to be changed at the first sign-in."""

    help = "Add an owner and print a one-time secret to sign in with."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("email")
        parser.add_argument("--name", default="")

    def handle(self, *args: Any, **options: Any) -> None:
        email = options["email"]
        validate_email(email)
        if User.objects.filter(email__iexact=email).exists():
            raise CommandError("Somebody with this e-mail is here already.")
        secret = secrets.token_urlsafe(18)
        name = options["name"] or email.partition("@")[0]
        User.objects.create_user(email, secret, name=name, role=Role.OWNER)
        self.stderr.write("Sign in with this once, then choose a password:")
        self.stdout.write(secret)
