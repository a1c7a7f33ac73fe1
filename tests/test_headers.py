"""What every answer tells the browser, whoever asks for whatever page (SEC-30 to SEC-32, SEC-36)."""

import ast
import json
import re
import subprocess
import sys
from contextlib import contextmanager

import pytest
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import connection
from django.test import Client
from django.urls import NoReverseMatch, reverse
from structlog.testing import capture_logs

from shopdesk.base.access import rights
from tests import make
from tests.browser.test_axe import ASKED, fill_the_desks
from tests.test_house import ROOT, sources

pytestmark = [pytest.mark.django_db, pytest.mark.once]

WANTED = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
POLICY = {
    "default-src": "'none'", "style-src": "'self'", "img-src": "'self' data:", "font-src": "'self'",
    "connect-src": "'self'", "form-action": "'self'", "base-uri": "'none'", "object-src": "'none'",
    "frame-ancestors": "'none'", "report-to": "policy", "report-uri": "/policy-reports",
}  # fmt: skip
# What a page that is looked at may keep: where somebody is signed in, and when a key or a device was last seen.
KEPT_BY_READING = ("session", "django_session", "usersessions_usersession", "device", "api_token", "people_apitoken")
KEPT_BY_READING += (
    "feed",
    "feed_head",
    "unplaced",
    "trail_unplaced",
    "trail_feed",
)  # a reader may place what was committed
NOTED = {"acts-paper", "api:act-paper", "acts-copy", "returns-paper"}  # that a paper was taken out is noted
WRITES = re.compile(r'^\s*(?:INSERT INTO|UPDATE|DELETE FROM)\s+"?(\w+)"?', re.IGNORECASE)
WHO = {"owner": make.owner, "packer": make.packer, "courier_person": make.courier_person}


def reading_routes():
    return [name for name, methods in rights().items() if "GET" in methods]


def path_of(name, numbers):
    """Give an address of the route: of a thing that is there, else of one that is not."""
    for kept in (numbers.get(name, [])[:1], [], [1], ["1"], [1, 1], ["x"], ["x" * 22], ["buyout"], ["buyout", "csv"]):
        try:
            return reverse(name, args=kept)
        except NoReverseMatch:
            continue
    return None


def wrong_in(answer):
    """List what the answer lacks."""
    stricter = {"Referrer-Policy": "no-referrer"}  # links that carry a secret name themselves to nobody
    wrong = [name for name, value in WANTED.items() if answer.get(name) not in {value, stricter.get(name, value)}]
    if "no-store" not in answer.get("Cache-Control", ""):
        wrong.append("Cache-Control")
    policy = dict(part.split(" ", 1) for part in answer.get("Content-Security-Policy", "none none").split("; "))
    wrong += [f"policy {name}" for name, value in POLICY.items() if policy.get(name) != value]
    if not re.fullmatch(r"'self'( 'nonce-[\w+/=-]{16,}')?", policy.get("script-src", "")):
        wrong.append("policy script-src")
    wrong += [name for name in answer.headers if name.startswith("Access-Control")]
    if "policy=" not in answer.get("Reporting-Endpoints", ""):
        wrong.append("Reporting-Endpoints")
    kind = answer.get("Content-Type", "")
    if kind.startswith("text/") and "charset=utf-8" not in kind.lower():
        wrong.append(f"Content-Type {kind}")
    return wrong


@contextmanager
def writes():
    """Collect the tables that are written to."""
    found = set()

    def look(execute, sql, params, many, context):
        if (match := WRITES.match(sql)) and match.group(1) not in KEPT_BY_READING:
            found.add(match.group(1))
        return execute(sql, params, many, context)

    with connection.execute_wrapper(look):
        yield found


def seated(person):
    client = Client(raise_request_exception=False)
    client.force_login(person)
    return client


def test_every_answer_tells_the_browser_what_it_may(capsys):
    """V3.4.1 to V3.4.6, V3.2.1, V3.5.8, V4.1.1, V14.3.2: every route that is read, as four kinds of subject.

    V3.4.3 V3.4.4 V3.4.5 V14.2.2 V14.2.3.
    """
    numbers = fill_the_desks()
    clients = {kind: seated(make_one()) for kind, make_one in WHO.items()} | {"anonymous": Client()}
    wrong, asked, seen = {}, 0, 0
    for name in reading_routes():
        path = path_of(name, numbers)
        assert path, f"{name} has an address of a shape this test does not know"
        for kind, client in clients.items():
            answer = client.get(path + ASKED.get(name, ""))
            asked, seen = asked + 1, seen + (answer.status_code == 200)
            if lacking := wrong_in(answer):
                wrong[f"{kind} {path} {answer.status_code}"] = lacking
            # What the desks were filled with has waited since long ago: so the desk says that it is not ready.
            assert answer.status_code < 500 or name == "readyz", f"{kind} {path}"
    assert wrong == {}
    with capsys.disabled():
        print(f" {asked} answers of {len(reading_routes())} routes, {seen} of them whole pages", end="")  # noqa: T201  the figures


def test_reading_changes_nothing():
    """SEC-32, V3.5.3: a link or a picture in a foreign page can only read."""
    numbers = fill_the_desks()
    client, changed = seated(make.owner()), {}
    for name in reading_routes():
        path = path_of(name, numbers) + ASKED.get(name, "")
        with writes() as found:
            client.get(path)
        if found and name not in NOTED:
            changed[name] = found
    assert changed == {}


def test_write_at_reading_is_noticed():
    """Negative control for the test above."""
    with writes() as found:
        make.product("A", 1)
    assert found


@pytest.mark.parametrize("name", ["account_login", "account_reset_password", "account_logout"])
def test_pages_of_the_door_tell_the_same(name):
    assert wrong_in(Client().get(reverse(name))) == []


@pytest.mark.parametrize("path", ["/nothing-here", "/orders?x=%00", "/api/v1/nothing", "/api/v1/orders?limit=0"])
def test_refusals_tell_the_same(path):
    """V3.4.2: also where nothing is found; a foreign origin is named nowhere."""
    answer = Client(raise_request_exception=False).get(path, headers={"Origin": "https://evil.example"})

    assert answer.status_code >= 400
    assert wrong_in(answer) == []


def test_missing_header_is_noticed(monkeypatch):
    """Negative control: without our middleware the walk would be red."""
    monkeypatch.setattr(
        "shopdesk.base.headers.HeadersMiddleware.__call__", lambda self, request: self.get_response(request)
    )
    assert {"Cross-Origin-Resource-Policy", "Reporting-Endpoints"} <= set(wrong_in(Client().get("/nothing-here")))


def test_nonce_is_new_every_time():
    client = seated(make.owner())
    nonces = {re.search(r"nonce-([^']+)", client.get("/")["Content-Security-Policy"] or "") for _ in range(2)}
    found = {nonce.group(1) for nonce in nonces if nonce}
    assert len(found) in {0, 2}  # a page without a script of its own needs none


def test_https_is_for_good():
    """V3.4.1, V12.2.1, V3.3.1, V3.3.3: the settings of a desk that others reach, read in a process of their own.

    V3.3.2 V3.3.4.
    """
    script = (
        "import json; from django.conf import settings as s; print(json.dumps([s.SECURE_HSTS_SECONDS, "
        "s.SECURE_SSL_REDIRECT, s.SESSION_COOKIE_NAME, s.CSRF_COOKIE_NAME, s.SESSION_COOKIE_SECURE, "
        "s.CSRF_COOKIE_SECURE, s.SESSION_COOKIE_HTTPONLY, s.SESSION_COOKIE_SAMESITE, s.DEBUG]))"
    )
    env = {"PUBLIC_URL": "https://desk.shop.example", "DJANGO_SETTINGS_MODULE": "shopdesk.settings", "PATH": "/usr/bin"}
    told = subprocess.run([sys.executable, "-c", script], cwd=ROOT, env=env, capture_output=True, check=True, text=True)

    assert json.loads(told.stdout) == [
        31_536_000,
        True,
        "__Host-session",
        "__Host-csrf",
        True,
        True,
        True,
        "Lax",
        False,
    ]


def test_machine_on_an_open_line_is_told_and_not_led_on(settings):
    """V4.1.2: a page leads to https; a client that sends its key openly must not go on doing so unnoticed."""
    settings.HTTPS = settings.SECURE_SSL_REDIRECT = True
    client = Client(raise_request_exception=False)

    assert client.get("/orders").status_code == 301
    told = client.post("/api/v1/orders", "{}", content_type="application/json", headers={"Authorization": "Bearer x"})
    assert (told.status_code, told.json()["code"]) == (403, "open_line")
    assert client.get("/livez").status_code == 200, "probes come from inside"
    assert client.post("/api/v1/orders", "{}", content_type="application/json", secure=True).status_code == 401


def test_every_cookie_is_bound_to_the_host_and_out_of_reach_of_scripts():
    """V3.3.1, V3.3.2, V3.3.3, V3.3.4: also those that hold no right; read in the sources, all of them."""
    set_by = [
        (path.relative_to(ROOT).as_posix(), ast.unparse(node))
        for path in sources()
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and getattr(node.func, "attr", "") in {"set_cookie", "set_signed_cookie"}
    ]
    assert len(set_by) >= 3
    for place, call in set_by:
        for word in ("secure=settings.HTTPS", "httponly=True", "samesite="):
            assert word in call, f"{place}: {word}"
    names = re.findall(
        r"(?m)^(?:\w*COOKIE|\w*COOKIE_NAME|KNOWN) = (.+)$", "\n".join(path.read_text("utf-8") for path in sources())
    )
    assert all("__Host-" in name for name in names if name.startswith('"'))


def test_hsts_is_told(settings):
    """V3.4.1."""
    settings.SECURE_HSTS_SECONDS = 31_536_000
    assert Client().get("/livez", secure=True)["Strict-Transport-Security"] == "max-age=31536000"


# --- the door, as browsers meet it -----------------------------------------------------------------------------------


def test_password_fields_hide_and_let_paste():
    """V6.2.6, V6.2.7: dots, and every password manager may fill them in."""
    page = Client().get("/accounts/login/").content.decode()
    field = re.search(r'<input[^>]*name="password"[^>]*>', page).group()
    assert 'type="password"' in field
    assert 'autocomplete="current-password"' in field
    assert "onpaste" not in page
    assert "paste" not in (ROOT / "shopdesk/static/desk/desk.js").read_text(encoding="utf-8")


def test_password_is_changed_by_whoever_knows_the_present_one():
    """V6.2.2, V6.2.3."""
    person = make.owner()
    person.set_password("the first long password")
    person.save()
    new = {"password1": "quite another sentence", "password2": "quite another sentence"}

    seated(person).post("/accounts/password/change/", {"oldpassword": "a wrong guess at it", **new})
    person.refresh_from_db()
    assert person.check_password("the first long password")
    client = seated(person)
    client.post("/accounts/password/change/", {"oldpassword": "the first long password", **new})
    person.refresh_from_db()
    assert person.check_password("quite another sentence")


def test_password_like_ones_own_mail_is_refused():
    """V6.2.11: nor like one's own name."""
    person = make.owner()
    person.email, person.name = "anna.smirnova@shop.example", "Anna Smirnova-Petrova"
    for guess in ("anna.smirnova@shop", "Smirnova-Petrova"):
        with pytest.raises(ValidationError):
            validate_password(guess, person)


def test_password_of_the_words_on_the_door_is_refused(settings):
    """V6.1.2, V6.2.11: names of the desk, the shop and its host; a sentence that has one of them in it is taken."""
    settings.SHOP_NAME, settings.PUBLIC_HOST = "Свеча и Книга", "desk.candlebook.example"
    for guess in ("Shopdesk2026!", "свечакнига123", "CandleBook-1", "candlebook.desk"):
        with pytest.raises(ValidationError):
            validate_password(guess)
    validate_password("the candlebook opens at nine")


def test_every_page_offers_to_sign_out():
    """V7.4.4."""
    for kind, path in (("owner", "/"), ("owner", "/orders"), ("packer", "/packing"), ("courier_person", "/courier")):
        page = seated(WHO[kind]()).get(path)
        assert page.status_code == 200, path
        assert reverse("account_logout") in page.content.decode(), path


def test_signing_in_is_told_to_the_security_log():
    """V16.3.1: well or badly, by whom, and never with what was typed."""
    person = make.owner()
    person.set_password("the first long password")
    person.save()
    with capture_logs() as lines:
        Client().post("/accounts/login/", {"login": person.email, "password": "a wrong guess at it"})
        Client().post("/accounts/login/", {"login": person.email, "password": "the first long password"})
    told = [line for line in lines if line["event"] == "security"]
    assert [line["deed"] for line in told] == ["sign_in.failed", "sign_in.ok"]
    assert told[1]["by_id"] == person.pk
    assert "password" not in str([line for line in told])


# --- CSRF (SEC-32) ---------------------------------------------------------------------------------------------------


def strict_client(person):
    client = Client(enforce_csrf_checks=True, raise_request_exception=False)
    client.force_login(person)
    return client


def test_page_refuses_a_post_from_elsewhere():
    """V3.5.1."""
    client = strict_client(make.owner())
    assert client.post("/orders/new", {}).status_code == 403
    assert client.post("/accounts/logout/").status_code == 403


@pytest.mark.parametrize("kind", ["application/x-www-form-urlencoded", "text/plain", "multipart/form-data; boundary=x"])
def test_json_door_takes_no_form_of_a_foreign_page(kind):
    """V3.5.2: a session alone is not enough, and what a form can send is not read, even with the right token in it."""
    client = strict_client(make.owner())
    client.get("/accounts/password/change/")
    secret = client.cookies["csrf"].value if "csrf" in client.cookies else "x"

    answer = client.post("/api/v1/calls/next", f"csrfmiddlewaretoken={secret}", content_type=kind)

    assert answer.status_code in {403, 415}


def test_json_door_asks_a_session_for_our_header():
    """V3.5.3: with the header the same request is taken."""
    client = strict_client(make.owner())
    client.get("/accounts/email/")
    client.cookies["csrf"] = "a" * 32
    body = {"content_type": "application/json", "data": "{}"}

    assert client.post("/api/v1/calls/next", **body).status_code == 403
    assert client.post("/api/v1/calls/next", **body, headers={"X-CSRFToken": "a" * 32}).status_code < 400


# --- redirects (SEC-36) ----------------------------------------------------------------------------------------------

FOREIGN = ["https://evil.example/", "//evil.example/", "/\\evil.example", "javascript:alert(1)", "http:evil.example",
           "https:/evil.example", "\thttps://evil.example", "/%09/evil.example/../..//evil.example"]  # fmt: skip


@pytest.mark.parametrize("target", FOREIGN)
def test_nobody_is_led_to_another_host(target):
    """V3.7.2: after signing in and after a choice. V1.2.2."""
    person = make.owner()
    person.set_password("long enough to be one")
    person.save()
    sent = {"login": person.email, "password": "long enough to be one", "next": target}
    answers = [
        Client().post("/accounts/login/", sent),
        seated(person).post("/my/choices", {"theme": "dark", "next": target}),
        Client().get("/orders", {"next": target}),
    ]
    for answer in answers:
        where = answer.get("Location", "")
        assert not re.match(r"(?i)\s*(https?:|javascript:|[/\\]{2}|/\\)", where), where
        assert answer.status_code < 500
