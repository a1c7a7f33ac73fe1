"""What nobody should send: whole bodies, and values for any place in a body, a form, a query or a path."""

import json
from collections.abc import Iterator
from typing import Any

TEXTS = (
    "", " ", "\x00", "a\x00b", "\ud83d", "\u202egnp.exe", "\u200b", "\ufeffA", "\uffff", "\x85", "\r\nSet-Cookie: a=b",
    "x" * 5_000, "Ж" * 501, "'", '"><script>alert(1)</script>', "{{7*7}}", "{0.__class__}", "%(a)s", "../../etc/passwd",
    "=1+1", "A' OR 1=1 --", "$ne", "__class__", "9" * 30, "-1", "0", "1.0", "1e2", "1e400", "NaN", "Infinity", "0x10",
    "1_000", "+5", "-0.00", "0.30000000000000004", "999999999999999.99", "2147483648", "9223372036854775808", "١٢",
    "１２.５０", "129,00", "2026-03-29T02:30:00", "2026-13-45", "0000-00-00", "0001-01-01", "9999-12-31",
    "9999-12-31T23:59:59+00:00", "0001-01-01T00:00:00+14:00", "2026-W05", "25:99", "24:00", "²", "null", "true", "[]",
    "{}", '{"a":', "a@b", "+7", "8" * 40, "٠٧٩١٦", "ß" * 64, "ﬀ" * 64, "İ" * 64, "e\u0301" * 64,
)  # fmt: skip
PLACES = (
    None, True, False, -1, 0, 1, 1.0, 1.5, -0.0, 2**31, 2**31 - 1, 2**53 + 1, 2**63, 2**63 - 1, -(2**63) - 1, 10**25,
    10**400, [], {}, [[]], [{}], [None], {"": 0}, {"a": {"b": [1]}}, ["A"] * 600, [1, "1"], {"$gt": ""},
)  # fmt: skip
WORDS = (b"NaN", b"Infinity", b"-Infinity", b"1e400", b"1E+999999999", b"-0", b"0" * 70, b"9" * 5_000, b"0.1e-400")
DEEP = 100_000
NESTED, NESTED_OBJECTS = b"[" * DEEP + b"]" * DEEP, b'{"a":' * DEEP + b"1" + b"}" * DEEP
LARGE = b'{"a":"' + b"x" * 3_000_000 + b'"}'


def bodies(good: bytes) -> dict[str, tuple[bytes, str]]:
    """Give bodies that are wrong as a whole, beside one that is right: what is wrong, its bytes, the content type."""
    kind = "application/json"
    text = good.decode()
    return {
        "empty": (b"", kind),
        "null": (b"null", kind),
        "a list": (b"[]", kind),
        "a number": (b"1", kind),
        "a text": (b'"a"', kind),
        "half": (good[: len(good) // 2] or b"{", kind),
        "twice": (good + good, kind),
        "deep": (NESTED, kind),
        "deep objects": (NESTED_OBJECTS, kind),
        "deep inside": (b'{"a":' * 900 + good + b"}" * 900, kind),
        "a key twice": (b'{"version":1,"version":2,' + good[1:] if len(good) > 2 else b'{"a":1,"a":1}', kind),
        "unknown field": (b'{"nobody_knows":1,' + good[1:] if len(good) > 2 else b'{"a":1}', kind),
        "a broken key": (b'{"a\\u0000\\ud800":1}', kind),
        "NaN": (b'{"a":NaN}', kind),
        "UTF-16": (text.encode("utf-16"), kind),
        "cp1251": ('{"a":"Анна"}'.encode("cp1251"), kind),
        "Latin-1 bytes": (b'{"a":"\xff\xfe"}', kind),
        "another character set": (good, "application/json; charset=nonsense"),
        "UTF-7": (good, "application/json; charset=utf-7"),
        "XML": (b"<a/>", "application/xml"),
        "a form": (b"a=1", "application/x-www-form-urlencoded"),
        "text": (good, "text/plain"),
        "no type": (good, ""),
        "parts without an end": (b"--x\r\nContent-Disposition: form-data", "multipart/form-data; boundary=x"),
        "parts without a boundary": (b"--x", "multipart/form-data"),
        "too large": (LARGE, kind),
    }


def leaves(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Give the path of every member of a body, the inner ones too."""
    members = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, member in members:
        yield (*path, key)
        yield from leaves(member, (*path, key))


def replaced(value: Any, path: tuple[Any, ...], other: Any) -> Any:
    """Give the body with one member replaced."""
    if not path:
        return other
    copy = dict(value) if isinstance(value, dict) else list(value)
    copy[path[0]] = replaced(value[path[0]], path[1:], other)
    return copy


def spoilt(good: Any) -> Iterator[tuple[str, bytes]]:
    """Give a body spoilt in one place at a time: with every text, value and word that nobody should send there."""
    for path in leaves(good):
        where = "/".join(map(str, path))
        for other in (*TEXTS, *PLACES):
            yield f"{where} = {str(other)[:40]!a}", json.dumps(replaced(good, path, other)).encode()
        for word in WORDS:
            marked = json.dumps(replaced(good, path, "@@")).encode()
            yield f"{where} = {word[:20]!r}", marked.replace(b'"@@"', word, 1)
