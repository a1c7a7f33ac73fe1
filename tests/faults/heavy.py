"""F28: web and workers with half a gigabyte each are given workbooks that unpack to half a gigabyte, and orders of ten
thousand lines, through the doors that shops and people use. All of it is refused, and nobody dies of it.
"""

import http.client
import io
import random
import secrets
import threading
import time
import zipfile
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.test import Client
from django.utils import timezone

from orders.models import InboundMessage
from shopdesk.imports.models import Import
from tests import make
from tests.faults import load
from tests.faults.rig import Rig

LIMIT_MB, LINES, TIMES, DECIDED_IN_S = 512, 10_000, 3, 120
LIMITED = ("web", "worker1", "worker2")
ROW = b"<row><c t='n'><v>%d</v></c></row>"
Ask = Callable[[], tuple[str, int]]


def bring_what_is_too_heavy(rig: Rig, dice: random.Random) -> list[str]:
    """F28."""
    mark, since = f"heavy-{dice.randrange(10**9)}", timezone.now()
    channel = make.channel("rig0")
    shop = load.Shop("rig0", rig.url, make.token(channel), "s" * 40, 0)
    make.courier("own")
    cookie = _sign_in()
    bombs = [_workbook(16_000_000, distinct=False), _workbook(2_500_000, distinct=True)]
    try:
        _start_anew(rig, LIMIT_MB)
        pids = _pids(rig)
        asks: list[Ask] = []
        for turn in range(TIMES):
            asks.append(lambda turn=turn: ("json", _order(shop, "order", f"{mark}-j{turn}")))
            asks.append(lambda turn=turn: ("hook", _order(shop, "hook", f"{mark}-h{turn}")))
            for bomb in bombs:
                asks.append(
                    lambda bomb=bomb: ("import", _upload(rig, cookie, "/imports", bomb, what="orders", channel="rig0"))
                )
                asks.append(lambda bomb=bomb: (
                    "register", _upload(rig, cookie, "/tracking/registers/new", bomb, courier="own", reference=mark)
                ))  # fmt: skip
        wrong = _judge(_at_once(asks)) + _decided(mark, since)
        gone = [f"{name}: {sorted(set(before) - set(_pids(rig)[name]))} died" for name, before in pids.items()]
        return wrong + [one for one in gone if "[]" not in one]
    finally:
        _start_anew(rig, 0)


def _start_anew(rig: Rig, limit_mb: int) -> None:
    for name in LIMITED:
        rig.kill(name)
    rig.limit_mb = limit_mb
    rig.start_all()
    time.sleep(2)


def _pids(rig: Rig) -> dict[str, list[int]]:
    return {name: [rig.running[name].pid, *rig.children(name)] for name in LIMITED}


def _sign_in() -> str:
    """Sign an owner in, as if a moment ago. Gives the cookie."""
    client, person = Client(), make.owner()
    client.force_login(person)
    session = client.session
    session["account_authentication_methods"] = [{"method": "password", "at": time.time()}]
    session["account_authentication_methods_user"] = str(person.pk)
    session.save()
    return client.cookies[settings.SESSION_COOKIE_NAME].value


def _workbook(rows: int, *, distinct: bool) -> bytes:
    """Write a workbook of so many rows: all alike it packs to nothing, else as far as the desk lets it."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        archive.writestr("xl/workbook.xml", "<workbook/>")
        with archive.open("xl/worksheets/sheet1.xml", "w", force_zip64=True) as sheet:
            sheet.write(b"<worksheet><sheetData>")
            alike = ROW % 1 * 100_000
            for start in range(0, rows, 100_000):
                numbers = range(start, start + 100_000)
                sheet.write(b"".join(ROW % number for number in numbers) if distinct else alike)
            sheet.write(b"</sheetData></worksheet>")
    return out.getvalue()


def _order(shop: load.Shop, kind: str, name: str) -> int:
    items = [{"sku": f"F-{row}", "name": "F", "quantity": 1, "price": "1.00"} for row in range(LINES)]
    body: dict[str, Any] = shop._order(name) | {"items": items}
    return shop._ask(load.Sent(shop.code, kind, name, body, time.time()))[0]


def _upload(rig: Rig, cookie: str, path: str, content: bytes, **fields: str) -> int:
    edge, token = secrets.token_hex(16), secrets.token_hex(16)
    named = "".join(
        f'--{edge}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
        for name, value in fields.items()
    )
    file = f'--{edge}\r\nContent-Disposition: form-data; name="file"; filename="a.xlsx"\r\n\r\n'
    body = (named + file).encode() + content + f"\r\n--{edge}--\r\n".encode()
    headers = {
        "Content-Type": f"multipart/form-data; boundary={edge}", "X-CSRFToken": token,
        "Cookie": f"{settings.SESSION_COOKIE_NAME}={cookie}; {settings.CSRF_COOKIE_NAME}={token}",
    }  # fmt: skip
    line = http.client.HTTPConnection("127.0.0.1", rig.port, timeout=90)
    try:
        line.request("POST", path, body, headers)
        return line.getresponse().status
    except (OSError, http.client.HTTPException):
        return 0
    finally:
        line.close()


def _at_once(asks: list[Ask]) -> list[tuple[str, int]]:
    said: list[tuple[str, int]] = []
    threads = [threading.Thread(target=lambda ask=ask: said.append(ask())) for ask in asks]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return said


# What each door may say. An import and a message are kept first, and refused by whoever reads them.
WANTED = {
    "json": {400, 413},
    "hook": {200, 202, 413},
    "import": {302, 303, 400, 409, 413},
    "register": {400, 409, 413, 503},
}


def _judge(said: list[tuple[str, int]]) -> list[str]:
    return sorted({f"{door}: {status}" for door, status in said if status not in WANTED[door]})


def _decided(mark: str, since: Any) -> list[str]:
    """Wait until everything that was kept is refused. Gives what was not."""
    until = time.monotonic() + DECIDED_IN_S
    while True:
        hooks = InboundMessage.objects.filter(delivery_id__startswith=mark)
        files = Import.objects.filter(asked_at__gte=since)
        left = [f"{row.delivery_id}: {row.state}" for row in hooks if row.state == "received" or row.order_id]
        left += [f"import {row.code}: {row.state}" for row in files if row.state != Import.State.FAILED]
        if not left or time.monotonic() > until:
            return left
        time.sleep(1)
