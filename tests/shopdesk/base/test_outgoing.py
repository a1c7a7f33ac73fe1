"""The one way out by HTTP reaches the public internet only, and comes back in time (SEC-60, SEC-61)."""

import gzip
import socket
import ssl
import time
import warnings
from ipaddress import ip_address

import pytest

from shopdesk.base import addresses, outgoing
from shopdesk.base.outgoing import AddressRefused, NotAnswered, Rules
from tests.shopdesk.base.listening import certify, dripping, listening, saying

pytestmark = pytest.mark.once
OK = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 4\r\n\r\nfine"
NOT_PUBLIC = [
    "127.0.0.1", "127.8.9.1", "0.0.0.0", "10.1.2.3", "172.16.0.1", "172.31.255.255", "192.168.1.1", "100.64.0.1",
    "100.100.100.200", "169.254.169.254", "192.0.0.192", "192.0.2.1", "198.18.0.1", "198.51.100.7", "203.0.113.9",
    "192.88.99.1", "224.0.0.1", "240.0.0.1", "255.255.255.255", "168.63.129.16",
    "::", "::1", "::127.0.0.1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:8.8.8.8", "64:ff9b::7f00:1",
    "64:ff9b::a9fe:a9fe", "64:ff9b:1::1", "100::1", "2001::1", "2001:db8::1", "2002:7f00:1::", "2002:a9fe:a9fe::1",
    "fc00::1", "fd00:ec2::254", "fe80::1", "fec0::1", "ff02::1", "3fff::1", "2606:4700::5efe:7f00:1",
    "2606:4700::200:5efe:a00:1",
]  # fmt: skip
PUBLIC = ["8.8.8.8", "93.184.216.34", "172.32.0.1", "100.128.0.1", "2606:4700:4700::1111", "2a00:1450:4001::200e"]


@pytest.mark.parametrize("address", NOT_PUBLIC)
def test_address_inside_is_refused(address):
    """V1.3.6, V13.2.4: whatever the name is, what it stands for decides."""
    with pytest.raises(AddressRefused) as refused:
        outgoing.send("GET", "https://hooks.example/", rules=Rules(resolve=lambda _host, _port: [address]))
    assert refused.value.detail == {"reason": "address"}
    host = f"[{address}]" if ":" in address else address
    with pytest.raises(AddressRefused):
        outgoing.send("GET", f"https://{host}/", rules=Rules())


@pytest.mark.parametrize("address", PUBLIC)
def test_address_of_the_internet_is_public(address):
    assert addresses.is_public(ip_address(address))


def test_one_address_inside_is_enough_to_refuse():
    rules = Rules(resolve=lambda _host, _port: ["93.184.216.34", "10.0.0.1"])

    with pytest.raises(AddressRefused):
        outgoing.send("POST", "https://hooks.example/", rules=rules)


@pytest.mark.parametrize("host", ["2130706433", "0x7f000001", "0177.0.0.1", "127.1", "localhost", "localhost."])
def test_other_spellings_of_this_machine_are_refused(host):
    """The system's own resolver reads them all; the address it gives is looked at."""
    with pytest.raises((AddressRefused, NotAnswered)):
        outgoing.send("GET", f"https://{host}/", rules=Rules())


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("http://shop.example/", "scheme"),
        ("ftp://shop.example/", "scheme"),
        ("file:///etc/passwd", "scheme"),
        ("gopher://shop.example/", "scheme"),
        ("//shop.example/", "scheme"),
        ("https://user:pass@shop.example/", "host"),
        ("https://good.example@10.0.0.1/", "host"),
        ("https:///path", "host"),
        ("https://./", "host"),
        ("https://[fe80::1%25eth0]/", "host"),
        ("https://shop.example:22/", "port"),
        ("https://shop.example:0/", "port"),
        ("https://shop.example:99999/", "characters"),
        ("https://shop.example\\@10.0.0.1/", "characters"),
        ("https://shop.example/\r\nHost: x", "characters"),
        ("https://shop.example/a b", "characters"),
        ("https://магазин.example/", "characters"),
        ("https://[::1/", "characters"),
        ("https://shop.example/" + "a" * 3000, "characters"),
    ],
)
def test_url_is_refused_by_its_looks(url, reason):
    """V15.3.2, V2.2.1: refused before any name is looked up. V1.2.2."""
    with pytest.raises(AddressRefused) as refused:
        outgoing.check_url(url, Rules())
    assert refused.value.detail["reason"] == reason


def test_other_ports_are_opened_by_a_setting(settings):
    """V13.2.5."""
    settings.OUTGOING_PORTS = [8443]

    assert outgoing.check_url("https://shop.example:8443/hook").port == 8443
    assert outgoing.check_url("https://shop.example/hook").path == "/hook"


def test_answer_comes_over_tls_to_the_name_that_was_asked(tmp_path):
    """V12.2.1, V12.3.2: the connection goes to the checked address, the certificate is for the name."""
    authorities, certificate = certify(tmp_path, name="hooks.example")
    asked = []
    with listening(saying(OK), certificate) as server:
        rules = near(
            authorities=str(authorities), resolve=lambda host, port: asked.append((host, port)) or ["127.0.0.1"]
        )
        url = f"https://hooks.example:{server.port}/in?x=1"
        answer = outgoing.send("POST", url, headers={"webhook-id": "7"}, body=b"{}", rules=rules)

    assert (answer.status, answer.body, answer.is_good, answer.cut) == (200, b"fine", True, False)
    assert asked == [("hooks.example", server.port)], "the name is resolved once"
    assert server.names == ["hooks.example"]
    head = server.asked[0].decode()
    assert head.startswith("POST /in?x=1 HTTP/1.1\r\n")
    assert f"Host: hooks.example:{server.port}\r\n" in head
    assert "webhook-id: 7\r\n" in head


def test_nothing_else_resolves_the_name(monkeypatch):
    """A name that says something else a moment later (rebinding) changes nothing."""
    answers = iter([["127.0.0.1"], ["10.0.0.1"]])

    def refuse(*asked, **more):
        raise AssertionError("a second look-up")

    with listening(saying(OK)) as server:
        monkeypatch.setattr(socket, "getaddrinfo", refuse)
        rules = near(resolve=lambda _host, _port: next(answers))
        assert outgoing.send("GET", f"http://rebind.example:{server.port}/", rules=rules).status == 200


def test_guard_that_is_off_lets_a_call_inside(tmp_path, monkeypatch):
    """Negative control: without the look at the address the call arrives at this machine. V1.3.6."""
    authorities, certificate = certify(tmp_path, name="hooks.example")
    with listening(saying(OK), certificate) as server:
        rules = Rules(ports=(server.port,), authorities=str(authorities), resolve=lambda _host, _port: ["127.0.0.1"])
        url = f"https://hooks.example:{server.port}/"
        with pytest.raises(AddressRefused):
            outgoing.send("GET", url, rules=rules)
        assert server.connections == 0
        monkeypatch.setattr(outgoing, "is_public", lambda _address: True)
        assert outgoing.send("GET", url, rules=rules).status == 200


@pytest.mark.parametrize(("name", "expired"), [("other.example", False), ("hooks.example", True)])
def test_wrong_certificate_is_refused(tmp_path, name, expired):
    """V12.3.2: nothing is sent to whoever cannot prove the name."""
    authorities, certificate = certify(tmp_path, name=name, expired=expired)
    with listening(saying(OK), certificate) as server:
        rules = near(authorities=str(authorities))
        assert told(f"https://hooks.example:{server.port}/", rules) == "certificate"
        assert server.asked == []


def test_unknown_authority_is_refused(tmp_path):
    """V12.3.2."""
    _authorities, certificate = certify(tmp_path, name="hooks.example")
    with listening(saying(OK), certificate) as server:
        assert told(f"https://hooks.example:{server.port}/", near()) == "certificate"


def test_old_tls_is_refused(tmp_path):
    """V12.1.1: whoever speaks nothing newer than TLS 1.1 is not spoken to."""
    authorities, certificate = certify(tmp_path, name="hooks.example")
    with listening(saying(OK), certificate) as server:
        server.context.set_ciphers("ALL:@SECLEVEL=0")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            server.context.minimum_version = ssl.TLSVersion.TLSv1
            server.context.maximum_version = ssl.TLSVersion.TLSv1_1
        assert told(f"https://hooks.example:{server.port}/", near(authorities=str(authorities))) == "connect"
        assert server.asked == []


def test_redirect_is_an_answer_and_no_order():
    """SEC-60: the first thing an attacker's server says is 'look inside instead'. V15.3.2."""
    with listening(saying(b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nsecret")) as inside:
        to = f"http://127.0.0.1:{inside.port}/".encode()
        with listening(saying(b"HTTP/1.1 302 Found\r\nLocation: " + to + b"\r\nContent-Length: 0\r\n\r\n")) as server:
            answer = outgoing.send("GET", f"http://shop.example:{server.port}/", rules=near())
        assert (answer.status, answer.is_good, inside.connections) == (302, False, 0)


def test_plain_http_stays_on_this_machine():
    """The setting for trying things out opens no way into the network, and none without TLS. V12.2.1."""
    for found in ("10.0.0.1", "93.184.216.34"):
        with pytest.raises(AddressRefused):
            outgoing.send("GET", "http://shop.example/", rules=near(resolve=lambda _host, _port, found=found: [found]))
    with pytest.raises(AddressRefused):
        outgoing.send(
            "GET", "https://shop.example/", rules=near(resolve=lambda _host, _port: ["10.0.0.1", "127.0.0.1"])
        )


def test_environment_names_no_proxy(monkeypatch):
    with listening(saying(OK)) as proxy, listening(saying(OK)) as server:
        for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY", "https_proxy"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.port}")
        outgoing.send("GET", f"http://shop.example:{server.port}/", rules=near())
        assert (proxy.connections, server.connections) == (0, 1)


@pytest.mark.parametrize(
    "behave",
    [
        dripping(b"H"),
        dripping(b"HTTP/1.1 100 Continue\r\n\r\n"),
        dripping(b"HTTP/1.1 200 OK\r\nX-A: b\r\n"),
        lambda line: line.recv(1) and None or time.sleep(2),
    ],
    ids=["first line", "continue", "headers", "silence"],
)
def test_slow_answer_ends_at_the_deadline(behave):
    with listening(behave) as server:
        started = time.monotonic()
        reason = told(f"http://shop.example:{server.port}/", near(total_s=0.4))

    assert reason in {"time", "answer"}
    assert time.monotonic() - started < 1.5


def test_slow_body_ends_at_the_deadline():
    def behave(line):
        line.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
        dripping(b"x")(line)

    with listening(behave) as server:
        started = time.monotonic()
        assert told(f"http://shop.example:{server.port}/", near(total_s=0.4)) == "time"
    assert time.monotonic() - started < 1.5


def test_tls_that_never_begins_ends_at_the_deadline():
    with listening(lambda line: time.sleep(2)) as server:
        assert told(f"https://shop.example:{server.port}/", near(connect_s=0.3)) == "time"


def test_body_is_cut_at_the_cap():
    """What a receiver says after its status does not make a delivered message undelivered."""
    endless = b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * 3_000_000
    with listening(saying(endless)) as server:
        answer = outgoing.send("GET", f"http://shop.example:{server.port}/", rules=near())

    assert (answer.status, len(answer.body), answer.cut) == (200, outgoing.MOST_BYTES, True)


def test_nothing_is_unpacked():
    """V5.2.3: a body of ten megabytes of zeros stays the ten kilobytes it was sent as."""
    packed = gzip.compress(b"\0" * 10_000_000)
    head = f"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: {len(packed)}\r\n\r\n".encode()
    with listening(saying(head + packed)) as server:
        answer = outgoing.send("GET", f"http://shop.example:{server.port}/", rules=near())

    assert answer.body == packed
    assert b"Accept-Encoding: identity" in server.asked[0]


@pytest.mark.parametrize(
    "said",
    [
        b"",
        b"\x16\x03\x01 nonsense\r\n\r\n",
        b"HTTP/1.1 abc\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nX: " + b"a" * 70_000 + b"\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 200 + b"\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"HTTP/1.1 100 Continue\r\n" + (b"X: " + b"a" * 60_000 + b"\r\n") * 30 + b"\r\n",
    ],
)
def test_nonsense_is_no_answer(said):
    with listening(saying(said)) as server:
        assert told(f"http://shop.example:{server.port}/", near()) in {"answer", "connect"}


def test_nobody_at_home_is_no_answer():
    with socket.socket() as kept:  # bound, so that nobody else takes the port, and not listening
        kept.bind(("127.0.0.1", 0))
        assert told(f"http://shop.example:{kept.getsockname()[1]}/", near()) == "connect"


@pytest.mark.parametrize("name", ["Host", "content-length", "Transfer-Encoding"])
def test_caller_does_not_choose_the_frame(name):
    with pytest.raises(ValueError, match="may choose"):
        outgoing.send("POST", "https://shop.example/", headers={name: "x"}, rules=near())


def test_header_holds_no_second_header():
    """V1.3.11, V4.2.4: what would split the request is refused by the library below."""
    with listening(saying(OK)) as server, pytest.raises(ValueError, match="Invalid header"):
        outgoing.send("GET", f"http://s.example:{server.port}/", headers={"X": "a\r\nEvil: b"}, rules=near())


def test_refusal_repeats_nothing_of_the_url():
    """A URL may carry a key (SEC-23)."""
    with pytest.raises(AddressRefused) as refused:
        outgoing.send("GET", "http://shop.example/?key=s3cret", rules=Rules())
    assert "s3cret" not in f"{refused.value} {refused.value.detail} {refused.value!r}"
    assert "fine" not in repr(outgoing.Answer(200, {}, 1, b"fine")), "a logged answer shows no body (SEC-61)"


def near(**more):
    """Rules that reach this machine, under any name."""
    return Rules(**({"this_machine": True, "resolve": lambda _host, _port: ["127.0.0.1"], "connect_s": 2} | more))


def told(url, rules):
    with pytest.raises(NotAnswered) as refused:
        outgoing.send("GET", url, rules=rules)
    return refused.value.detail["reason"]
