"""`manage.py screenshots FOLDER`: a picture of every page, to look at before it is shown to anybody."""

import os
import shutil
import threading
from argparse import ArgumentParser
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module
from itertools import product
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.core.management import CommandError
from django.core.management.base import BaseCommand
from django.core.servers.basehttp import ThreadedWSGIServer, WSGIRequestHandler
from django.urls import NoReverseMatch, Resolver404, resolve, reverse
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from shopdesk import catalogues
from shopdesk.accounts import preferences
from shopdesk.base.access import may, rights
from shopdesk.people.models import User
from shopdesk.wsgi import application

WORDS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"]
HEIGHTS = {1440: 900, 390: 844, 320: 640}
NOT_PAGES = {"livez", "readyz", "metrics", "bar"}
EACH_IS_ANOTHER = {"reports-section"}  # routes whose every link is a page of its own


@dataclass(frozen=True)
class Picture:
    """One picture to take."""

    path: str
    theme: str
    width: int
    language: str

    @property
    def name(self) -> str:
        """The file's name: orders-card-1440-dark-ru.png."""
        place = self.path.strip("/").replace("/", "-").replace("?", "-").replace("=", "-") or "home"
        return f"{place}-{self.width}-{self.theme}-{self.language}.png"


class Quiet(WSGIRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""


class Command(BaseCommand):
    """Walk through the desk's pages as one person and photograph each."""

    help = "Make pictures of every page in both themes, three widths and two languages."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Name what may be chosen."""
        parser.add_argument("folder", type=Path)
        parser.add_argument("--as", dest="email", help="whose desk (the first owner's)")
        parser.add_argument("--paths", nargs="*", default=[], help="these paths instead of every page")
        parser.add_argument("--themes", nargs="*", default=["light", "dark"])
        parser.add_argument("--widths", nargs="*", type=int, default=sorted(HEIGHTS, reverse=True))
        parser.add_argument("--languages", nargs="*", default=["en", "ru"])

    def handle(self, *args: Any, folder: Path, email: str | None, paths: list[str], **options: Any) -> None:
        """Take the pictures, and say what the browser complained about."""
        chromium = shutil.which("chromium")
        person = (User.objects.filter(email=email) if email else User.objects.filter(role="owner")).first()
        if chromium is None or person is None:
            raise CommandError("There is no Chromium, or no such person." if chromium is None else "No such person.")
        # Playwright's own loop runs in this thread; Django would take our database calls for asynchronous ones.
        os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"
        folder.mkdir(parents=True, exist_ok=True)
        catalogues.compile_all(settings.LOCALE_PATHS)  # else a fresh checkout would be photographed in English alone
        with served() as address, signed_in(person) as cookie, sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=chromium, args=WORDS)
            paths = paths or find_paths(browser, address, cookie, person)
            wanted = product(paths, options["themes"], options["widths"], options["languages"])
            pictures = sorted((Picture(*one) for one in wanted), key=lambda one: (one.language, one.theme))
            for picture in pictures:
                for complaint in take(browser, picture, address, cookie, person, folder):
                    self.stderr.write(f"{picture.name}: {complaint}")
            browser.close()
        self.stdout.write(f"{len(pictures)} pictures in {folder}")


def paths_for(person: User) -> list[str]:
    """The pages this person may open that need no number in their path."""
    found = []
    for route in rights():
        if route.startswith("api:") or route in NOT_PAGES or not may(person.subject, route, "GET"):
            continue
        try:
            path = reverse(route)
        except NoReverseMatch:
            continue
        if not Path(path).suffix:  # a file to download is no page
            found.append(path)
    return found


def find_paths(browser: Browser, address: str, cookie: str, person: User) -> list[str]:
    """Every page this person may open: those without a number, and of each kind with one the first that is linked."""
    paths = paths_for(person)
    seen = {resolve(path).view_name for path in paths}
    page, elsewhere = open_context(browser, address, cookie, 1440).new_page(), set()
    for path in paths:  # grows while it is walked
        answer = page.goto(f"{address}{path}", wait_until="domcontentloaded")
        # A piece of a page leads to the page, or is none; what lacks something in its address is told so.
        if not page.url.endswith(path) or answer is None or not answer.ok or page.query_selector("h1") is None:
            elsewhere.add(path)
            continue
        for link in page.eval_on_selector_all("a[href^='/']", "links => links.map(link => link.pathname)"):
            route = route_of(link)
            place = link if route in EACH_IS_ANOTHER else route
            if route and place not in seen and route in rights() and may(person.subject, route, "GET"):
                seen.add(place)
                paths.append(link)
    page.context.close()
    return [path for path in paths if path not in elsewhere]


def route_of(link: str) -> str:
    """The name of the page a link leads to; empty for files and for what is not ours."""
    try:
        return "" if Path(link).suffix else resolve(link).view_name or ""
    except Resolver404:
        return ""


def open_context(browser: Browser, address: str, cookie: str, width: int) -> BrowserContext:
    """A window of that width in which the person is signed in."""
    size = {"width": width, "height": HEIGHTS.get(width, 900)}
    context = browser.new_context(viewport=size, device_scale_factor=1)  # type: ignore[arg-type]
    context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": cookie, "url": address}])
    return context


@contextmanager
def served() -> Iterator[str]:
    """A web server on this desk's own database."""
    server = ThreadedWSGIServer(("127.0.0.1", 0), Quiet)
    server.daemon_threads = True
    server.set_app(application)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()


@contextmanager
def signed_in(person: User) -> Iterator[str]:
    """A session of that person, gone afterwards; their language and theme are as before."""
    session = import_module(settings.SESSION_ENGINE).SessionStore()
    session[SESSION_KEY] = str(person.pk)
    session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    session[HASH_SESSION_KEY] = person.get_session_auth_hash()
    session.save()
    try:
        yield session.session_key
    finally:
        session.delete()
        preferences.choose(person.pk, language=person.language or None, theme=person.theme)


def take(browser: Browser, picture: Picture, address: str, cookie: str, person: User, folder: Path) -> list[str]:
    """Open the page and photograph it whole. Gives what the browser complained about."""
    preferences.choose(person.pk, language=picture.language, theme=picture.theme)
    context = open_context(browser, address, cookie, picture.width)
    page = context.new_page()
    complaints = listen(page)
    page.goto(f"{address}{picture.path}", wait_until="networkidle")
    beyond = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    if beyond > 0:
        complaints.append(f"{beyond} px wider than the screen")
    tall = page.evaluate("document.documentElement.scrollHeight")
    page.set_viewport_size(
        {"width": picture.width, "height": max(HEIGHTS.get(picture.width, 900), tall)}
    )  # else bars float amid the page
    page.screenshot(path=str(folder / picture.name))
    context.close()
    return complaints


def listen(page: Page) -> list[str]:
    """Note errors of the page, of its policy and of what it asked for."""
    complaints: list[str] = []
    page.on("console", lambda said: complaints.append(said.text) if said.type in {"error", "warning"} else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    return complaints
