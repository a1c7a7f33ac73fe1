"""A new SECRET_KEY while people work: sessions and what was signed go on until the old one is taken out (backup.md)."""

import secrets

import pytest
from django.core import signing

from tests import make

pytestmark = pytest.mark.django_db


@pytest.fixture
def rotated(client, settings):
    """Somebody signed in and something signed under the old key; the desk runs on a new one."""
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = secrets.token_urlsafe(48), []
    client.force_login(make.manager())
    signed = signing.dumps({"order": 7}, salt="a link")
    old, settings.SECRET_KEY = settings.SECRET_KEY, secrets.token_urlsafe(48)
    return old, signed


def test_old_key_in_the_fallbacks_keeps_sessions_and_links(client, settings, rotated):
    old, signed = rotated
    settings.SECRET_KEY_FALLBACKS = [old]
    assert client.get("/orders").status_code == 200
    assert signing.loads(signed, salt="a link") == {"order": 7}
    settings.SECRET_KEY_FALLBACKS = []  # the visit signed the session anew: it outlives the old key
    assert client.get("/orders").status_code == 200


def test_old_key_that_was_taken_out_opens_nothing(client, rotated):
    """Negative control."""
    _old, signed = rotated
    assert client.get("/orders").status_code == 302
    with pytest.raises(signing.BadSignature):
        signing.loads(signed, salt="a link")
