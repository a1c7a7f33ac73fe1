"""A key is changed without losing anything: read by the old one, sealed anew, then the old one goes."""

import secrets

import pytest
from django.core.management import call_command

from delivery import accounts
from orders.inbox import secrets as shop_secrets
from orders.models import Connection
from shopdesk.base.sealed import is_old
from shopdesk.management.commands.reseal import places
from shopdesk.webhooks import endpoints, sending
from shopdesk.webhooks.models import Endpoint
from tests import make
from tests.orders.inbox import shops
from tests.shopdesk.accounts.seats import decrypt, give_app

pytestmark = pytest.mark.django_db


def test_after_a_change_of_key_everything_is_sealed_anew_and_the_old_one_may_go(settings):
    shops.shop()
    make.courier("fast", kind="service")
    accounts.set_up("fast", accounts.NewAccount("http", secret="s" * 40), by=make.BY, at=make.AT)
    accounts.renew_hook_secret("fast", by=make.BY, at=make.AT)
    terms = endpoints.Terms("ERP", "https://erp.example/hook", ["order.taken"])
    _made, secret = endpoints.make(terms, by=make.BY, at=make.AT)
    app = give_app(make.manager())
    held = decrypt(app.data["secret"])
    settings.FIELD_KEY_FALLBACKS = [settings.FIELD_KEY]
    settings.FIELD_KEY = secrets.token_urlsafe(48)
    sealed = [getattr(row, column) for row, column, _purpose in places()]
    assert [one for one in sealed if one and not is_old(one)] == []
    assert len([one for one in sealed if one]) >= 4

    call_command("reseal")

    settings.FIELD_KEY_FALLBACKS = []
    assert shop_secrets.opened(Connection.objects.get(), "secret") == shops.SECRET
    assert sending.secrets_of(Endpoint.objects.get(), at=make.AT) == (secret,)
    app.refresh_from_db()
    assert decrypt(app.data["secret"]) == held
    assert not [one for row, column, _ in places() if (one := getattr(row, column)) and is_old(one)]


def test_what_was_sealed_under_a_lost_key_is_named(settings, capsys):
    shops.shop()
    settings.FIELD_KEY = secrets.token_urlsafe(48)

    with pytest.raises(SystemExit):
        call_command("reseal")

    assert "connection woocomme, secret" in capsys.readouterr().err
