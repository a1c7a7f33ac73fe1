"""How these tests sit down at the desk: with a password, or as somebody who showed lately who they are."""

import time
from typing import Any

from allauth.account.internal.flows.login import (
    _AUTHENTICATION_METHODS_USER_SESSION_KEY,
    AUTHENTICATION_METHODS_SESSION_KEY,
)
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, hotp_value
from allauth.mfa.utils import decrypt
from django.test import Client

from shopdesk.people.models import User

PASSWORD = "a long password 7"  # of everybody `make` makes


def fresh(person: User, *, minutes_ago: int = 0) -> Client:
    """Give a client that showed its password so long ago."""
    client = Client()
    client.force_login(person)
    session = client.session
    session[AUTHENTICATION_METHODS_SESSION_KEY] = [{"method": "password", "at": time.time() - 60 * minutes_ago}]
    session[_AUTHENTICATION_METHODS_USER_SESSION_KEY] = str(person.pk)
    session.save()
    return client


def sign_in(email: str, password: str = PASSWORD, *, client: Client | None = None, **how: Any) -> Any:
    """Try to sign in as a browser does."""
    return (client or Client()).post("/accounts/login/", {"login": email, "password": password}, **how)


def give_app(person: User) -> Authenticator:
    """Set an app up for somebody."""
    return TOTP.activate(person, "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP").instance


def code_of(app: Authenticator, *, steps: int = 0) -> str:
    """What the app shows now, or so many half minutes later."""
    return shown_by(decrypt(app.data["secret"]), steps=steps)


def shown_by(secret: str, *, steps: int = 0) -> str:
    """What an app with this secret shows."""
    return format_hotp_value(hotp_value(secret, int(time.time()) // 30 + steps))
