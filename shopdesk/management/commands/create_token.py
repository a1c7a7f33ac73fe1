"""`manage.py create_token NAME --for channel:CODE|courier:CODE|user:EMAIL`: a key, shown once."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils import timezone

from orders.models import Channel, Courier, Shop
from shopdesk.accounts.keys.desk import told
from shopdesk.base.access import Actor
from shopdesk.people import tokens
from shopdesk.people.models import ApiToken, User
from shopdesk.trail.deeds import Deed
from shopdesk.trail.ledger import Note, note

COMMAND = Actor("command")


class Command(BaseCommand):
    """Prints the token alone on standard output, and makes the channel or courier if it is new."""

    help = "Make an API token and print it once."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("name")
        parser.add_argument("--for", dest="subject", required=True, help="channel:CODE, courier:CODE or user:EMAIL")
        parser.add_argument("--scope", action="append", default=[])

    @transaction.atomic
    def handle(self, *args: Any, **options: Any) -> None:
        kind, _, code = options["subject"].partition(":")
        user = None
        if kind == ApiToken.Owner.CHANNEL and code:
            self._channel(code)
        elif kind == ApiToken.Owner.COURIER and code:
            Courier.objects.get_or_create(code=code, defaults={"name": code, "kind": Courier.Kind.SERVICE})
        elif kind == ApiToken.Owner.USER and code:
            user, code = self._person(code), ""
        else:
            raise CommandError("--for wants channel:CODE, courier:CODE or user:EMAIL")
        now, terms = timezone.now(), tokens.Terms(options["scope"])
        row, text = tokens.make(name=options["name"], kind=kind, code=code, user=user, terms=terms, at=now)
        note(Note(Deed.TOKEN_MADE, ("token", row.pk), after=told(row)), by=COMMAND, at=now)
        self.stdout.write(text)

    def _channel(self, code: str) -> None:
        shop = Shop.current()
        defaults = {"name": code, "currency": shop.currency, "country": shop.country}
        Channel.objects.get_or_create(code=code, defaults=defaults)

    def _person(self, email: str) -> User:
        user = User.objects.filter(email__iexact=email).first()
        if user is None:
            raise CommandError("Nobody with this e-mail works here.")
        return user
