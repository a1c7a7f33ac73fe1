"""`manage.py reseal`: after a change of FIELD_KEY, seal everything anew, so that the old key may go."""

from collections.abc import Iterator
from typing import Any

from allauth.mfa.models import Authenticator
from django.core.management.base import BaseCommand
from django.db import transaction
from django.db.models import Model

from delivery.models import CourierAccount
from orders.models import Connection
from shopdesk.accounts.secondstep import PURPOSE
from shopdesk.base.sealed import Unsealable, is_old, seal, unseal
from shopdesk.webhooks.models import Endpoint

Place = tuple[Model, str, str]  # a row, its column, what the text in it is sealed for


class Command(BaseCommand):
    """Goes over every sealed column. A second run finds nothing; exit code 1 when something cannot be opened."""

    help = "Seal anew under FIELD_KEY what was sealed under one of FIELD_KEY_FALLBACKS."

    def handle(self, *args: Any, **options: Any) -> None:
        anew, lost = 0, list[str]()
        for row, column, purpose in places():
            try:
                anew += seal_anew(row, column, purpose)
            except Unsealable:
                lost.append(f"{row._meta.db_table} {row.pk}, {column}")
        for app in Authenticator.objects.filter(type=Authenticator.Type.TOTP):
            anew += app_anew(app)
        self.stdout.write(f"{anew} sealed anew.")
        if lost:
            self.stderr.write("Sealed under a key that is gone: " + "; ".join(lost))
            raise SystemExit(1)


def places() -> Iterator[Place]:
    """Give every sealed text: of shops, of couriers, of programs that are told."""
    for shop in Connection.objects.all():
        for column, what in (("secret", "secret"), ("old_secret", "secret"), ("api_key",) * 2, ("api_secret",) * 2):
            yield shop, column, f"channel:{shop.pk}:{what}"
    for account in CourierAccount.objects.all():
        for column, what in (("secret", "secret"), ("hook_secret", "hook"), ("token", "token")):
            yield account, column, f"courier:{account.courier_id}:{what}"
    for endpoint in Endpoint.objects.all():
        for column in ("secret", "old_secret"):
            yield endpoint, column, endpoint.purpose


def seal_anew(row: Model, column: str, purpose: str) -> bool:
    """Seal one text anew, unless it was changed meanwhile. Raises Unsealable."""
    sealed: str = getattr(row, column)
    if not sealed or not is_old(sealed):
        return False
    fresh = seal(unseal(sealed, purpose=purpose), purpose=purpose)
    return bool(type(row)._default_manager.filter(pk=row.pk, **{column: sealed}).update(**{column: fresh}))


@transaction.atomic
def app_anew(app: Authenticator) -> bool:
    """Seal the secret of somebody's app anew."""
    row = Authenticator.objects.select_for_update().get(pk=app.pk)
    sealed = row.data.get("secret", "")
    if not sealed or not is_old(sealed):
        return False
    row.data = row.data | {"secret": seal(unseal(sealed, purpose=PURPOSE), purpose=PURPOSE)}
    row.save(update_fields=["data"])
    return True
