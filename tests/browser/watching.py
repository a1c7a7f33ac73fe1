"""What the browser tests watch: who sits at the screen, and whatever the browser complains about."""

from typing import Any

from django.conf import settings
from django.test import Client

NO_COMPLAINTS = (
    "the server responded with a status of 4",  # a refusal is an answer: the desk shows it, the browser notes it
    "htmx:sendAbort", "htmx:afterRequest",  # what was asked while typing went on is asked anew; real failures say more
)  # fmt: skip


def listen(page: Any) -> list[str]:
    """Give a list that grows with each error, warning and report of the content policy."""
    complaints: list[str] = []
    page.on("console", lambda said: complaints.append(f"{page.url}: {said.text}") if is_complaint(said) else None)
    page.on("pageerror", lambda error: complaints.append(f"{page.url}: {error}"))
    return complaints


def is_complaint(said: Any) -> bool:
    return said.type in {"error", "warning"} and not any(words in said.text for words in NO_COMPLAINTS)


def sit_down(page: Any, address: str, person: Any) -> None:
    """Give the browser a session of that person."""
    client = Client()
    client.force_login(person)
    cookie = client.cookies[settings.SESSION_COOKIE_NAME].value
    page.context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": cookie, "url": address}])


def come_to_rest(page: Any) -> None:
    """Wait until a page that was loaded has fetched its parts, and they are in their places."""
    page.wait_for_selector(".htmx-request, .htmx-swapping, .htmx-settling, .htmx-added", state="detached")
