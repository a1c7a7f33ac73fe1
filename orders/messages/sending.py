"""Sending messages: by mail through the shop's mail server, by SMS and messenger through the shop's providers.

Only the worker imports this: the library of providers is large. Providers' addresses come from the environment alone.
"""

import smtplib
from datetime import datetime
from urllib.parse import quote

import apprise
from django.core.mail import EmailMessage

from orders.messages.deciding import Outgoing, decide, gateways, give_up, mark, waiting
from orders.models import Message, Route


def send_due(*, at: datetime) -> int:
    """Send the messages whose hour has come, each at most once. Gives how many were handed to a provider."""
    give_up(at=at)
    return sum(_send_one(message_id, at) for message_id in waiting(at=at))


def _send_one(message_id: int, at: datetime) -> bool:
    outgoing = decide(message_id, at=at)
    if outgoing is None:
        return False
    state = mail(outgoing) if outgoing.route == Route.EMAIL else push(outgoing)
    mark(message_id, state, at=at)
    return True


def mail(outgoing: Outgoing) -> str:
    """Send by mail. Gives what is known of it: sent, refused, or not known."""
    letter = EmailMessage(outgoing.subject, outgoing.text, to=[outgoing.address], headers={"Auto-Submitted": "auto"})
    try:
        letter.send()
    except (smtplib.SMTPRecipientsRefused, smtplib.SMTPSenderRefused, smtplib.SMTPDataError, ConnectionRefusedError):
        return Message.State.FAILED
    except (smtplib.SMTPException, OSError):
        return Message.State.UNKNOWN  # the line broke: it may have gone out
    return Message.State.SENT


def push(outgoing: Outgoing) -> str:
    """Send by the shop's providers of this way. Gives what is known of it."""
    to_whom = apprise.Apprise()
    for url in gateways(outgoing.route):
        to_whom.add(url.replace("{phone}", quote(outgoing.address.lstrip("+"), safe="")))
    if not len(to_whom):
        return Message.State.FAILED
    # One provider after another in this thread: the sweep's own time limit holds for all of them.
    taken = to_whom.notify(body=outgoing.text, body_format=apprise.NotifyFormat.TEXT)
    return Message.State.SENT if taken else Message.State.FAILED
