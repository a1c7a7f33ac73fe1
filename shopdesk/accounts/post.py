"""Letters to people who work here, in their own language: what changed about their sign-in, links that work once."""

import logging
import threading
from collections.abc import Mapping
from smtplib import SMTPException

from django.conf import settings
from django.core.mail import EmailMessage
from django.template.loader import render_to_string
from django.utils import timezone, translation
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from shopdesk.people.models import User

log = logging.getLogger(__name__)

# What allauth calls it, and what it means.
CHANGES: dict[str, str | Promise] = {
    "account/email/password_changed": _("Your password was changed."),
    "account/email/password_set": _("Your password was changed."),
    "account/email/password_reset": _("Your password was set anew by a link."),
    "mfa/email/totp_activated": _("An app now gives codes for your sign-in."),
    "mfa/email/totp_deactivated": _("The app that gave codes for your sign-in was switched off."),
    "mfa/email/webauthn_added": _("A security key was added to your sign-in."),
    "mfa/email/webauthn_removed": _("A security key was removed from your sign-in."),
}
NEW_BROWSER = _("You signed in from a browser that the desk did not know.")
CODES_MADE = _("New codes on paper were made; the old ones stopped working.")
CODE_USED = _("A code on paper was used to sign in.")
ROLE_CHANGED = _("Your role at the desk was changed.")
STEP_TAKEN_OFF = _("The owner took your second step off; set it up anew at your next sign-in.")
EMAIL_CHANGED = _("You now sign in with another e-mail. This address opens nothing any more.")
EMAIL_WANTED = _("Somebody who works here asked to sign in with your e-mail. It stays yours; nothing was changed.")
PIN_GIVEN = _("A new PIN for the packing device was made for you.")


def tell_change(user: User, what: str | Promise, *, address: str = "", agent: str = "", to: str = "") -> None:
    """Tell somebody what changed about their own sign-in, from where if they did it, and what to do if not."""
    said = {"what": what, "at": timezone.now(), "address": address, "agent": agent[:200], "desk": settings.PUBLIC_URL}
    send(user, "post/changed.txt", said, to=to)


def send(user: User, template: str, said: Mapping[str, object], *, to: str = "") -> None:
    """Send a letter, to another address than their own if one is given: the template's first line is its subject.

    A post that does not answer is noted, no more.

    It is written here and carried away beside the request: how long the post takes tells nobody who works here.
    """
    with translation.override(user.language or settings.SHOP_LANGUAGE):
        text = render_to_string(template, {**said, "user": user})
    subject, _, body = text.strip().partition("\n")
    letter = EmailMessage(subject.strip(), body.strip() + "\n", settings.DEFAULT_FROM_EMAIL, [to or user.email])
    if settings.POST_BESIDE_THE_REQUEST:
        threading.Thread(target=carry, args=(letter,), daemon=True).start()
    else:
        carry(letter)


def carry(letter: EmailMessage) -> None:
    """Hand the letter to the post."""
    try:
        letter.send()
    except (OSError, SMTPException) as error:
        log.warning("letter_not_sent", extra={"kind": type(error).__name__})
