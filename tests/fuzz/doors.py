"""Every door of the desk, asked with what nobody should send: no 500, and nothing is stored by what is refused."""

import json
import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlencode

from django.core.cache import caches
from django.urls import reverse

from orders.models import InboundMessage, JournalEvent, Order
from shopdesk import declared
from shopdesk.base import access
from tests import make
from tests.fuzz import hostile
from tests.walker import v5, walk
from tests.walker.world import World

FORM = "application/x-www-form-urlencoded"
ASKED = (  # what lists of pages are asked for
    "q", "cursor", "page", "from", "to", "on", "day", "status", "sort", "limit", "kind", "section", "figure", "code",
    "phone", "find", "sku", "currency", "courier", "channel", "tab", "group", "by", "order", "days", "location",
)  # fmt: skip
NOTED = {"packing-scans", "packing-cart-scans", "api:cart-scans"}  # a wrong scan is refused and counted
KEPT_RAW = (  # the inbox lists what these refused
    "api:v5-orders-create", "api:v5-orders-upload", "api:v5-order-edit", "api:v5-payments-create",
    "api:v5-payment-edit", "api:v5-payment-delete", "api:v5-customers-create", "api:v5-customers-upload",
    "api:v5-customer-edit", "api:v5-packs-create", "api:v5-pack-edit", "api:v5-pack-delete",
)  # fmt: skip
PROBLEM = "application/problem+json"


@dataclass(frozen=True)
class Question:
    """One thing that is sent to one door."""

    route: str
    method: str
    keys: dict[str, Any]
    what: str
    query: str = ""
    body: bytes = b""
    kind: str = "application/json"
    path: str = ""


@dataclass
class Found:
    """How the doors took it."""

    asked: int = 0
    statuses: Counter[int] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)


def all_questions(world: World) -> Iterator[Question]:
    """Give every question to every door of which the walker knows the way in."""
    for route, pattern in sorted(declared.routes()):
        if route.startswith(declared.OTHERS) or route in walk.INSIDERS:
            continue
        names = [name for name in pattern.pattern.converters if name not in walk.LITERALS]
        for method in sorted(access.rights()[route]):
            yield from _of_door(world, route, method, names)


def some_questions(world: World, seed: int, number: int) -> list[Question]:
    """Give so many of them, of all doors alike: one after another from each."""
    dice, doors = random.Random(seed), dict[tuple[str, str], list[Question]]()
    for question in all_questions(world):
        doors.setdefault((question.route, question.method), []).append(question)
    for questions in doors.values():
        dice.shuffle(questions)
    order = [doors[door] for door in sorted(doors)]
    each = max(1, number // len(order))
    return [question for questions in order for question in questions[:each]]


def ask(world: World, question: Question, found: Found, label: str = "owner") -> None:
    """Send it, look at the answer and at what was stored, undo it."""
    for name in {"default", "counters"} & set(caches.settings):
        caches[name].clear()
    url = (question.path or reverse(question.route, kwargs=question.keys | walk._literals(question.route))) + (
        question.query and f"?{question.query}"
    )
    token, client, api = world.tokens[label], world.clients[label], question.route.startswith("api:")
    headers = {"Authorization": f"Bearer {token}"} if api and token else {}
    headers = {"X-API-KEY": token} if question.route.startswith(v5.ROUTES) else headers
    what = f"{question.method} {question.route}: {question.what}"
    with make.undone():
        before = stored()
        try:
            response = client.generic(question.method, url, question.body, question.kind, headers=headers)
            text = b"".join(response.streaming_content) if response.streaming else response.content
        except Exception as error:  # a stream that breaks off
            found.wrong.append(f"{what}: {type(error).__name__} {str(error)[:200]}")
            return
        status = response.status_code
        found.asked += 1
        found.statuses[status] += 1
        if status >= 500:
            error = getattr(response, "exc_info", None)
            found.wrong.append(f"{what}: {status} {error[1]!r:.300}" if error else f"{what}: {status}")
        elif status >= 400 and changed(before, stored(), question.route):
            found.wrong.append(f"{what}: refused with {status}, and something was stored")
        elif status >= 400 and api and not question.route.startswith(v5.ROUTES) and PROBLEM not in _kind(response):
            found.wrong.append(f"{what}: refused as {_kind(response)}, {text[:80]!r}")


def stored() -> tuple[int, ...]:
    """Count what a refusal must not leave behind."""
    return JournalEvent.objects.count(), Order.objects.count(), InboundMessage.objects.count()


def changed(before: tuple[int, ...], after: tuple[int, ...], route: str) -> bool:
    """Whether a refusal left something behind that this door does not keep on purpose."""
    if route in KEPT_RAW:
        before, after = before[:2], after[:2]
    return after != before and route not in NOTED


def _kind(response: Any) -> str:
    return str(response.get("Content-Type", ""))


def _of_door(world: World, route: str, method: str, names: list[str]) -> Iterator[Question]:
    choices = {which: (keys, pick) for which, keys, pick in walk._choices(world, route, method, "owner", names)}
    keys, pick = choices.get(walk.OWN) or choices[walk.MISSING]
    yield from _paths(route, method, keys, names)
    if method == "GET":
        yield from _queries(route, keys)
    elif route.startswith(v5.ROUTES):
        yield from _v5(route, method, keys, v5.FORMS[route](pick.get) if route in v5.FORMS else {})
    elif route.startswith("api:"):
        body = walk.JSON[route](pick.get) if route in walk.JSON else {}
        for what, (raw, kind) in hostile.bodies(json.dumps(body).encode()).items():
            yield Question(route, method, keys, what, body=raw, kind=kind)
        for what, raw in hostile.spoilt(body):
            yield Question(route, method, keys, what, body=raw)
    else:
        yield from _form(route, method, keys, walk.FORMS[route](pick.get) if route in walk.FORMS else {})


def _paths(route: str, method: str, keys: dict[str, Any], names: list[str]) -> Iterator[Question]:
    for name in names:
        for other in (0, 2**31, 2**63, 10**30, "\x00", "\ud83d", "x" * 3_000, "'", "%2e%2e", "İ"):
            if isinstance(keys[name], int) != isinstance(other, int):
                continue
            good = reverse(route, kwargs=keys | walk._literals(route))
            path = good.replace(quote(str(keys[name])), quote(str(other).encode("utf-8", "surrogatepass")), 1)
            yield Question(route, method, keys, f"{name} = {str(other)[:30]!a} in the path", path=path)


def _queries(route: str, keys: dict[str, Any]) -> Iterator[Question]:
    usual = (walk.QUERIES | v5.QUERIES).get(route, "?")[1:]
    names = sorted({*ASKED, *(part.split("=")[0] for part in usual.split("&") if part)})
    for name in names:
        for text in hostile.TEXTS:
            rest = "&".join(part for part in usual.split("&") if part and not part.startswith(f"{name}="))
            query = _coded({name: text}) + (f"&{rest}" if rest else "")
            yield Question(route, "GET", keys, f"?{name}={text[:30]!a}", query=query)
    for query in ("%00", "a=%ff", "=", "&&&", "q=1&q=2", "q[]=1", "cursor=" + "A" * 4_000, "%", "q=%F0%9F"):
        yield Question(route, "GET", keys, f"?{query[:30]}", query=query)


def _v5(route: str, method: str, keys: dict[str, Any], form: dict[str, Any]) -> Iterator[Question]:
    for name, good in form.items():
        rest = {key: value if isinstance(value, str) else json.dumps(value) for key, value in form.items()}
        for what, raw in [] if isinstance(good, str) else hostile.spoilt(good):
            body = _coded(rest | {name: raw.decode("utf-8", "replace")})
            yield Question(route, method, keys, f"{name}: {what}", body=body.encode(), kind=FORM)
        for what, (raw, _kind_of_body) in hostile.bodies(json.dumps(good).encode()).items():
            body = urlencode(rest | {name: raw}).encode()
            yield Question(route, method, keys, f"{name}: {what}", body=body, kind=FORM)
        for text in hostile.TEXTS:
            body = _coded(rest | {name: text}).encode()
            yield Question(route, method, keys, f"{name} = {text[:30]!a}", body=body, kind=FORM)


def _form(route: str, method: str, keys: dict[str, Any], form: dict[str, Any]) -> Iterator[Question]:
    plain = {name: value for name, value in form.items() if isinstance(value, (str, int, list))}
    for name in plain:
        for text in hostile.TEXTS:
            other = [text] if isinstance(plain[name], list) else text
            raw = _coded(plain | {name: other}).encode()
            yield Question(route, method, keys, f"{name} = {text[:30]!a}", body=raw, kind=FORM)
        left = _coded({key: value for key, value in plain.items() if key != name}).encode()
        yield Question(route, method, keys, f"without {name}", body=left, kind=FORM)
        yield Question(route, method, keys, f"{name} twice", body=left + b"&" + _coded({name: ["1", "2"]}).encode(),
                       kind=FORM)  # fmt: skip
    for what in ("empty", "UTF-16", "XML", "parts without an end", "parts without a boundary", "too large", "no type"):
        raw, kind = hostile.bodies(b"{}")[what]
        yield Question(route, method, keys, what, body=raw, kind=kind)


def _coded(fields: dict[str, Any]) -> str:
    return urlencode(fields, doseq=True, errors="surrogatepass")
