"""`manage.py pictures FOLDER`: the day of the demo shop, page by page, as `docs/day.md` shows it."""

import os
import shutil
from argparse import ArgumentParser
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import time_machine
from django.conf import settings
from django.core.management import CommandError
from django.core.management.base import BaseCommand
from django.db.models import F
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Browser, sync_playwright

from delivery import handoff
from delivery.models import Handoff, Return
from orders.models import Order, Parcel, Shop, StockCount
from orders.status import Status
from shopdesk.accounts import preferences
from shopdesk.demo import people
from shopdesk.management.commands.screenshots import WORDS, listen, served, signed_in
from shopdesk.people.models import User

FOLDER = Path("docs/pictures")
DESK, PHONE = (1440, 900), (390, 844)
PATIENCE_MS = 30_000
MOST_ON_ACT = 6


@dataclass(frozen=True)
class Shot:
    """One picture: whose screen, where, which keys are pressed there, and what is waited for."""

    name: str
    who: str
    path: Callable[[], str]
    keys: tuple[str, ...] = ()
    shows: str = "main"
    theme: str = "light"
    size: tuple[int, int] = DESK


def route(name: str, *args: Any) -> Callable[[], str]:
    """Give the page of a route."""
    return lambda: reverse(name, args=args)


def card_of(name: str, rows: Any, field: str = "pk") -> Callable[[], str]:
    """Give the page of the last of these rows."""
    return lambda: reverse(name, args=[rows.order_by(field).values_list(field, flat=True).last()])


def last_week() -> str:
    """Give the report of the seven days until today."""
    until = timezone.localdate()
    return f"{reverse('reports')}?from={until - timedelta(days=6)}&until={until}"


PICKING = Order.objects.filter(status=Status.PICKING, lines__kind="goods", lines__picked__lt=F("lines__quantity"))
# In the order of the day. The call is taken last: the manager is then in a conversation.
SHOTS = (
    Shot("home", "owner", route("home")),
    Shot("orders", "manager", route("orders"), keys=("j", "j", "j")),
    Shot("orders-dark", "manager", route("orders"), keys=("j", "j", "j"), theme="dark"),
    Shot("order", "manager", card_of("orders-card", Order.objects.filter(status=Status.HANDED_OVER), "number")),
    Shot("new-order", "manager", route("orders-new")),
    Shot("packing", "packer", card_of("packing-station", PICKING, "number")),
    Shot(
        "act",
        "manager",
        card_of("acts-card", Handoff.objects.filter(state=Handoff.State.OPEN, lines__isnull=False), "number"),
    ),
    Shot("courier", "courier", route("courier"), size=PHONE),
    Shot("tracking", "manager", route("tracking")),
    Shot("return", "packer", card_of("returns-card", Return.objects.filter(state=Return.State.RECEIVED))),
    Shot("count", "packer", card_of("counts-count", StockCount.objects.filter(state="counting")), size=PHONE),
    Shot("stock", "manager", route("stock")),
    Shot("report", "owner", last_week),
    Shot("call", "manager", route("calls"), keys=("n",), shows="#outcome"),
)


class Command(BaseCommand):
    """Photographs the demo shop at the hour at which its trade ended; nothing else is ever shown in a document."""

    help = "Make the pictures of the documents from the demo shop (manage.py demo)."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Name what may be chosen."""
        parser.add_argument("folder", type=Path, nargs="?", default=FOLDER)
        parser.add_argument("--only", nargs="*", default=[], help="these pictures instead of all")

    def handle(self, *args: Any, folder: Path, only: list[str], **options: Any) -> None:
        """Take the pictures; what the browser complains about is an error."""
        chromium, until = shutil.which("chromium"), Shop.current().demo_until
        if chromium is None or until is None:
            raise CommandError("There is no Chromium." if chromium is None else "This is no demo shop: manage.py demo.")
        # Playwright's own loop runs in this thread; Django would take our database calls for asynchronous ones.
        os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"
        folder.mkdir(parents=True, exist_ok=True)
        wanted = [shot for shot in SHOTS if not only or shot.name in only]
        complaints: list[str] = []
        with time_machine.travel(until), served() as address, sync_playwright() as playwright:
            load_an_act(at=until)
            browser = playwright.chromium.launch(executable_path=chromium, args=WORDS)
            for shot in wanted:
                complaints += [f"{shot.name}: {said}" for said in take(browser, shot, address, folder)]
            browser.close()
        if complaints:
            raise CommandError("\n".join(complaints))
        self.stdout.write(f"{len(wanted)} pictures in {folder}")


def load_an_act(*, at: datetime) -> None:
    """See to an open act with parcels on it: one that the demo or a day in it left, else one of what is sealed."""
    if Handoff.objects.filter(state=Handoff.State.OPEN, lines__isnull=False).exists():
        return
    sealed = Parcel.objects.filter(state=Parcel.State.INSIDE, on_act=Parcel.OnAct.NONE, order__status=Status.PACKED)
    first = sealed.exclude(order__courier=None).order_by("order").first()
    if first is None:
        raise CommandError("No sealed parcel waits for an act.")
    chosen = sealed.filter(order__courier=first.order.courier, order__currency=first.order.currency)
    numbers = list(chosen.order_by("order", "position").values_list("number", flat=True)[:MOST_ON_ACT])
    manager = User.objects.get(email=f"manager{people.DOMAIN}").subject.actor
    new = handoff.NewAct(first.order.courier_id or "", at.date(), numbers, first.order.location_id)
    handoff.open_act(new, by=manager, at=at)


def take(browser: Browser, shot: Shot, address: str, folder: Path) -> list[str]:
    """Open the page as its person and photograph one screen of it. Gives what the browser complained about."""
    person = User.objects.get(email=f"{shot.who}{people.DOMAIN}")
    width, height = shot.size
    with signed_in(person) as cookie:
        preferences.choose(person.pk, language="en", theme=shot.theme)
        context = browser.new_context(viewport={"width": width, "height": height}, reduced_motion="reduce")
        context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": cookie, "url": address}])
        context.clock.set_system_time(timezone.now())  # else its clocks would count from the demo's hour to today
        page = context.new_page()
        page.set_default_timeout(PATIENCE_MS)
        complaints = listen(page)
        page.goto(f"{address}{shot.path()}", wait_until="networkidle")
        for key in shot.keys:
            page.keyboard.press(key)
        page.locator(shot.shows).first.wait_for()
        page.wait_for_load_state("networkidle")
        page.screenshot(path=str(folder / f"{shot.name}.png"))
        context.close()
    return complaints
