"""The one way out by HTTP (SEC-60, SEC-61): to the public internet, to the very address that was checked.

A URL that somebody typed can point into the shop's own network: at a router, a database, a cloud's key store. So the
name is resolved once, every address it has is checked, and the connection goes to a checked address, whatever the name
says a moment later. Redirects are answers, not orders. Whatever the other side does, the call ends at its deadline.
"""

import http.client
import socket
import ssl
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from io import BufferedReader, RawIOBase
from ipaddress import ip_address
from time import monotonic
from typing import Any
from urllib.parse import SplitResult, urlsplit

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from shopdesk.base.addresses import Address, is_public, is_this_machine
from shopdesk.base.errors import DomainError

Resolve = Callable[[str, int], list[str]]

METHODS = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"}
DEFAULT_PORTS = {"https": 443, "http": 80}
LONGEST_URL = 2_048
CONNECT_S, TOTAL_S = 5.0, 15.0
MOST_BYTES = 64 * 1024
MOST_HEAD_BYTES = 64 * 1024  # status line and headers, "continue" answers included
PIECE_BYTES = 16 * 1024
OURS = {"host", "connection", "content-length", "transfer-encoding", "accept-encoding", "proxy-authorization"}


class AddressRefused(DomainError):
    """The URL, or what its name stands for, is not for the desk to call. `reason`: a stable word."""

    sentence = _("The desk does not call this address (%(reason)s).")
    next_step = _("Name an https address on the public internet.")


class NotAnswered(DomainError):
    """The other side gave no answer that could be read. `reason`: name, connect, certificate, time, answer."""

    sentence = _("The other side did not answer (%(reason)s).")


def find_addresses(host: str, port: int) -> list[str]:
    """Ask the system for a name's addresses, for as long as a connection may take. Raises NotAnswered."""
    found: list[list[str]] = []

    def ask() -> None:
        try:
            answers = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError):
            return
        found.append(list(dict.fromkeys(str(answer[4][0]) for answer in answers)))

    # The system's resolver knows no deadline of ours.
    asking = threading.Thread(target=ask, daemon=True)
    asking.start()
    asking.join(CONNECT_S)
    if not found:
        raise NotAnswered(detail={"reason": "name"})
    return found[0]


@dataclass(frozen=True, slots=True)
class Rules:
    """What a call may do. `this_machine`: loopback too, by http or https, on any port (to try things out)."""

    ports: tuple[int, ...] = (443,)
    this_machine: bool = False
    connect_s: float = CONNECT_S
    total_s: float = TOTAL_S
    most_bytes: int = MOST_BYTES
    resolve: Resolve = find_addresses
    authorities: str | None = None  # a file of certificate authorities beside the system's


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back. `body` is as it was sent (never unpacked) and cut at the most that is read."""

    status: int
    headers: dict[str, str]  # names in lower case
    took_ms: int
    body: bytes = field(repr=False, default=b"")
    cut: bool = False

    @property
    def is_good(self) -> bool:
        return 200 <= self.status < 300


def rules_of_settings() -> Rules:
    """Give the rules this desk runs by."""
    return Rules(
        ports=tuple(dict.fromkeys([443, *settings.OUTGOING_PORTS])), this_machine=settings.OUTGOING_TO_THIS_MACHINE
    )


def send(
    method: str,
    url: str,
    *,
    headers: Mapping[str, str] | None = None,
    body: bytes = b"",
    rules: Rules | None = None,
) -> Answer:
    """Make one call and give whatever status came back; 3xx is not followed. Never call it inside a transaction.

    Raises AddressRefused before anything is sent, NotAnswered when it is not known what the other side did.
    """
    rules = rules or rules_of_settings()
    if method not in METHODS or OURS & {name.lower() for name in headers or {}}:
        raise ValueError("Not a method or a header that a caller may choose.")
    started = monotonic()
    place = check_url(url, rules)
    addresses = check_name(place, rules)
    try:
        with _connect(place, addresses, rules, started) as line:
            answer = _talk(_Line(line, started + rules.total_s, rules), place, method, headers or {}, body)
            return _read(answer, rules, started)
    except ssl.SSLCertVerificationError:
        raise NotAnswered(detail={"reason": "certificate"}) from None
    except TimeoutError:
        raise NotAnswered(detail={"reason": "time"}) from None
    except OSError:
        raise NotAnswered(detail={"reason": "connect"}) from None
    except http.client.HTTPException:
        raise NotAnswered(detail={"reason": "answer"}) from None


def check_url(url: str, rules: Rules | None = None) -> SplitResult:
    """Refuse a URL by its looks: also for doors that keep one. Its name is looked up at every call anew.

    Raises AddressRefused.
    """
    rules = rules or rules_of_settings()
    if (
        len(url) > LONGEST_URL
        or not url.isascii()
        or not url.isprintable()
        or any(sign in url for sign in '\\ "<>^`{|}')
    ):
        raise AddressRefused(detail={"reason": "characters"})
    try:
        place = urlsplit(url)
        port, host = _port(place), place.hostname or ""
    except ValueError:
        raise AddressRefused(detail={"reason": "characters"}) from None
    if place.scheme not in (DEFAULT_PORTS if rules.this_machine else {"https"}):
        raise AddressRefused(detail={"reason": "scheme"})
    if "@" in place.netloc or not host.strip(".") or "%" in host or ".." in host:
        raise AddressRefused(detail={"reason": "host"})
    if port not in rules.ports and not rules.this_machine:
        raise AddressRefused(detail={"reason": "port"})
    return place


def check_named(url: str, rules: Rules | None = None) -> None:
    """Refuse a URL that somebody names to be called later, as far as it can be told without asking for its name.

    Raises AddressRefused.
    """
    rules = rules or rules_of_settings()
    place = check_url(url, rules)
    try:
        address = ip_address((place.hostname or "").rstrip("."))
    except ValueError:
        return  # a name: what it stands for is looked at whenever it is called
    if not is_public(address) and not (rules.this_machine and is_this_machine(address)):
        raise AddressRefused(detail={"reason": "address"})


def check_name(place: SplitResult, rules: Rules) -> list[Address]:
    """Resolve the name once; refuse it when one of its addresses is not public. Raises AddressRefused, NotAnswered."""
    host = (place.hostname or "").rstrip(".")
    try:
        addresses = [ip_address(host)]
    except ValueError:
        addresses = [ip_address(found) for found in rules.resolve(host, _port(place)) if "%" not in found]
    if not addresses:
        raise NotAnswered(detail={"reason": "name"})
    near = rules.this_machine and all(is_this_machine(address) for address in addresses)
    public = all(is_public(address) for address in addresses)
    # Beyond this machine the strict rules hold in any case: a development setting opens no way into the network.
    if not near and not (public and place.scheme == "https" and _port(place) in rules.ports):
        raise AddressRefused(detail={"reason": "address"})
    return addresses


def _port(place: SplitResult) -> int:
    return place.port if place.port is not None else DEFAULT_PORTS.get(place.scheme, 0)


def _connect(place: SplitResult, addresses: list[Address], rules: Rules, started: float) -> socket.socket:
    """Connect to the first checked address that answers, by its number; the name is only for the certificate."""
    until = min(started + rules.total_s, monotonic() + rules.connect_s)
    failed: OSError = TimeoutError()
    for address in addresses:
        line = socket.socket(socket.AF_INET if address.version == 4 else socket.AF_INET6, socket.SOCK_STREAM)
        try:
            line.settimeout(_left(until))
            line.connect((str(address), _port(place)))
            return _with_certificate(line, place, rules, until) if place.scheme == "https" else line
        except OSError as error:
            line.close()
            failed = error
    raise failed


def _with_certificate(line: socket.socket, place: SplitResult, rules: Rules, until: float) -> ssl.SSLSocket:
    """Have the other side prove that it is who the name says."""
    context = ssl.create_default_context(cafile=rules.authorities)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    line.settimeout(_left(until))
    return context.wrap_socket(line, server_hostname=(place.hostname or "").rstrip("."))


def _left(until: float) -> float:
    left = until - monotonic()
    if left <= 0:
        raise TimeoutError
    return left


class _Line:
    """A connection as http.client uses it, with a deadline for the whole talk and a cap on what is read."""

    def __init__(self, line: socket.socket, until: float, rules: Rules) -> None:
        self.line, self.until = line, until
        self.most_bytes = rules.most_bytes + MOST_HEAD_BYTES

    def sendall(self, data: bytes) -> None:
        view = memoryview(data)
        while view:
            self.line.settimeout(_left(self.until))
            view = view[self.line.send(view[:PIECE_BYTES]) :]

    def makefile(self, mode: str) -> BufferedReader:
        return BufferedReader(_Incoming(self))

    def close(self) -> None:
        """Leave it to whoever opened it."""


class _Incoming(RawIOBase):
    """What the other side sends. A drip of one byte a second ends at the deadline as silence does."""

    def __init__(self, owner: _Line) -> None:
        self.owner, self.read_bytes = owner, 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        self.owner.line.settimeout(_left(self.owner.until))
        got = self.owner.line.recv_into(buffer)
        self.read_bytes += got
        if self.read_bytes > self.owner.most_bytes + PIECE_BYTES:
            raise http.client.HTTPException
        return got


def _talk(
    line: _Line, place: SplitResult, method: str, headers: Mapping[str, str], body: bytes
) -> http.client.HTTPResponse:
    """Ask, and read the status and the headers. No environment, no proxy, no second connection."""
    talk = http.client.HTTPConnection(place.hostname or "", _port(place))
    talk.auto_open = 0
    talk.sock = line
    target = (place.path or "/") + (f"?{place.query}" if place.query else "")
    ours = {"Host": place.netloc, "Connection": "close", "Accept-Encoding": "identity", "User-Agent": "Shopdesk"}
    talk.request(method, target, body=body or None, headers={"Accept": "*/*", **headers, **ours})
    return talk.getresponse()


def _read(answer: http.client.HTTPResponse, rules: Rules, started: float) -> Answer:
    """Read the body as it comes, up to the cap. What is beyond it does not make the answer worse."""
    body = answer.read(rules.most_bytes + 1)
    named = {name.lower(): value for name, value in answer.getheaders()}
    took_ms = round((monotonic() - started) * 1000)
    return Answer(answer.status, named, took_ms, body[: rules.most_bytes], len(body) > rules.most_bytes)
