"""The people of the tests and of the demo shop: every one can be told from whatever else a text may hold.

Their phones are mobile ones of Russia and Bulgaria, their mails lie in the domains that are nobody's (RFC 2606), their
names are the builders', the walker's and the demo's. A test's person who looks otherwise is no canary.
"""

import json
import re
from typing import Any

from shopdesk.demo import buyers
from tests import make
from tests.shopdesk.privacy import canaries

RUSSIAN = r"(?:\+?7|8)[ (-]{0,2}9\d\d[ )-]{0,2}\d{3}[ -]?\d\d[ -]?\d\d"
BULGARIAN = r"\+?359[ (-]{0,2}8[ -]?\d\d?[ )-]{0,2}\d{3}[ -]?\d{3,4}"
PHONE = rf"(?<![\w.+-])(?:{RUSSIAN}|{BULGARIAN})(?!\w)"
MAIL = r"[\w+-][\w.+-]*@(?:[\w-]+\.)*(?:example|example\.(?:com|org|net))\b"


def _demo_names() -> str:
    pairs = (
        (buyers.RU_WOMEN, [name + "а" for name in buyers.RU_NAMES]), (buyers.RU_MEN, buyers.RU_NAMES),
        (buyers.BG_WOMEN, buyers.BG_NAMES), (buyers.BG_MEN, buyers.BG_NAMES), (buyers.EN_FIRST, buyers.EN_NAMES),
    )  # fmt: skip
    return "|".join(f"(?:{'|'.join(first)}) (?:{'|'.join(last)})" for first, last in pairs)


NAME = rf"\b(?:{make.NAME}|{canaries.NAME}|Канарейка|Птицына\d+ова|{_demo_names()})\b"
SIGNS = {"phone": re.compile(PHONE), "mail": re.compile(MAIL, re.IGNORECASE), "name": re.compile(NAME)}


def met(value: Any) -> list[str]:
    """Give what a value says of the tests' people: of "phone", "mail" and "name" those that stand there."""
    text = _text(value)
    return [what for what, sign in SIGNS.items() if sign.search(text)]


def _text(value: Any) -> str:
    if isinstance(value, bytes | memoryview):
        return bytes(value).decode("utf-8", "ignore")
    if isinstance(value, dict | list):
        return json.dumps(value, ensure_ascii=False)
    text = str(value)
    return json.dumps(json.loads(text), ensure_ascii=False) if "\\u04" in text and text[:1] in '{["' else text
