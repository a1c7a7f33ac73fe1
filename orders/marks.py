"""Codes of single pieces: marking codes (Chestny ZNAK, GS1 data matrix) and serial numbers; read here, judged once.

A data matrix says AI 01 (GTIN), 21 (serial), and its key and signature in 91 and 92 (or 93); a group separator (GS)
ends what has no fixed length. Keyboard scanners send GS in many forms, or not at all; the form kept has GS itself.
Without GS a serial number that ends like `93` and four characters may be all serial, as GS1 reads it, or a serial with
its short key. Nothing in the code tells which, so the piece is known by all of it, and found under either reading.
"""

import re
from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from shopdesk.base.errors import DomainError

GS = "\x1d"
# As scanners write it where a keyboard has no such key; ␝ is what the desk's own page types for Ctrl and ].
SPELT = re.compile(r"␝|\^\]|<GS>|\{GS\}|\[GS\]|<0x1D>|\\x1d|\\u001d|\\0?29|\x1e", re.IGNORECASE)
SYMBOLOGY = re.compile(r"^(\]d2|\]Q3|\]C1|\]d1)")  # which kind of barcode it was, if the scanner says so
BRACKETS = re.compile(r"\((01|21|91|92|93)\)")
KEYBOARD = str.maketrans(
    'йцукенгшщзхъфывапролджэячсмитьбюЙЦУКЕНГШЩЗХЪФЫВАПРОЛДЖЭЯЧСМИТЬБЮ.,"№;:?/ёЁ',
    "qwertyuiop[]asdfghjkl;'zxcvbnm,.QWERTYUIOP{}ASDFGHJKL:\"ZXCVBNM<>/?@#$^&|`~",
)
RUSSIAN = re.compile("[а-яёА-ЯЁ№]")
# A serial number: what GS1 allows in AI 21.
WITH_GS = re.compile(
    r"01(?P<gtin>\d{14})21(?P<serial>[!\"%&'()*+,\-./0-9:;<=>?A-Z_a-z]{1,20})(?:\x1d(?P<rest>.*))?", re.DOTALL
)
# Without GS its end can be told only by what follows, which is of a fixed length.
WITHOUT = re.compile(
    r"01(?P<gtin>\d{14})21(?P<serial>[!\"%&'()*+,\-./0-9:;<=>?A-Z_a-z]{1,20}?)"
    r"(?:91(?P<key>.{4})92(?P<signature>.{88}|.{44})|93(?P<short>.{4}))",
    re.DOTALL,
)
LONGEST_SERIAL, SHORT_KEY = 20, 4
WHY = {
    "begins": _("it does not begin with 01 and fourteen digits"),
    "gtin": _("the check digit of its GTIN is wrong"),
    "serial": _("it has no serial number"),
    "long": _("its serial number has more than 20 characters or one that is not allowed"),
    "cut": _("what follows its serial number is cut off"),
}


class BrokenMark(DomainError):
    """It begins like a marking code, but is none: cut off, mistyped, or of another kind."""

    sentence = _("This marking code is broken: %(why)s.")
    next_step = _("Scan the square code on the piece itself once more, with an English keyboard.")


@dataclass(frozen=True, slots=True)
class Mark:
    """A marking code as it was read."""

    gtin: str
    serial: str
    text: str  # whole, with GS: what a report to the marking system needs
    short: str = ""  # the four characters of AI 93
    is_told: bool = True  # where its serial ends; without GS before AI 93 it is not

    @property
    def key(self) -> str:
        """What no other piece in the world has."""
        return self.spellings[0]

    @property
    def spellings(self) -> list[str]:
        """Every key under which this very piece may have been kept, by a scanner with GS or by one without."""
        head = f"01{self.gtin}21{self.serial}"
        if not self.short:
            return [head]
        with_key = f"{head}93{self.short}"
        return [head, with_key] if self.is_told else [with_key, head]

    @property
    def barcodes(self) -> list[str]:
        """How the same product may be written in the catalogue: GTIN-14, EAN-13, UPC-A, EAN-8."""
        return list(dict.fromkeys([self.gtin, self.gtin[1:] if self.gtin[0] == "0" else self.gtin,
                                   self.gtin.removeprefix("00"), self.gtin.removeprefix("000000")]))  # fmt: skip


def looks_like_mark(code: str) -> bool:
    """Tell whether a scan begins as a marking code does. A plain barcode is far shorter."""
    return re.match(r"01\d{14}21", plain(code)) is not None


def plain(code: str) -> str:
    """The code as the scanner meant it: Latin keys, GS as GS, nothing before the first AI."""
    text = code.strip(" \r\n\t")
    if RUSSIAN.search(text):
        text = text.translate(KEYBOARD)
    text = SYMBOLOGY.sub("", SPELT.sub(GS, text)).lstrip(GS)
    if text.startswith("(01)"):
        text = BRACKETS.sub(lambda found: (GS if found[1] in {"91", "92", "93"} else "") + found[1], text)
    return text


def read_mark(code: str) -> Mark:
    """Read a marking code. Raises BrokenMark with what is wrong in it."""
    text = plain(code)
    if not re.match(r"01\d{14}", text):
        raise BrokenMark(detail={"why": str(WHY["begins"])})
    if not is_gtin(text[2:16]):
        raise BrokenMark(detail={"why": str(WHY["gtin"])})
    if text[16:18] != "21":
        raise BrokenMark(detail={"why": str(WHY["serial"])})
    is_told = GS in text or SYMBOLOGY.sub("", code.strip()).startswith("(01)")  # brackets end a serial as GS does
    found = WITH_GS.fullmatch(text) if is_told else WITHOUT.fullmatch(text)
    if found is None and not is_told:
        found = WITH_GS.fullmatch(text)  # a short code, of GTIN and serial alone
    if found is None:
        raise BrokenMark(detail={"why": str(WHY["long"])})
    rest = found.groupdict().get("rest") or ""
    if not _is_whole(rest):
        raise BrokenMark(detail={"why": str(WHY["cut"])})
    is_told = is_told or len(found["serial"]) + len("93") + SHORT_KEY > LONGEST_SERIAL
    return Mark(found["gtin"], found["serial"], _whole(found, rest), _short_key(found, rest), is_told)


def is_gtin(digits: str) -> bool:
    """Tell whether the last digit is the one that the others make."""
    sums = sum(int(digit) * (3 if place % 2 == 0 else 1) for place, digit in enumerate(digits[:-1]))
    return (10 - sums % 10) % 10 == int(digits[-1])


def _is_whole(rest: str) -> bool:
    """Tell whether key and signature are both there, or neither, each as long as it has to be."""
    parts = [part for part in rest.split(GS) if part]
    lengths = {part[:2]: len(part) - 2 for part in parts if part[:2] in {"91", "92", "93"}}
    if lengths.keys() & {"91", "92"}:
        return lengths.get("91") == 4 and lengths.get("92") in {44, 88}
    return lengths.get("93", 4) == 4


def _short_key(found: re.Match[str], rest: str) -> str:
    told = next((part[2:] for part in rest.split(GS) if part.startswith("93")), "")
    return told or found.groupdict().get("short") or ""


def _whole(found: re.Match[str], rest: str) -> str:
    """Write the code with GS where it belongs, however it came."""
    head = f"01{found['gtin']}21{found['serial']}"
    if rest:
        return f"{head}{GS}{rest}"
    parts = found.groupdict()
    if parts.get("signature"):
        return f"{head}{GS}91{parts['key']}{GS}92{parts['signature']}"
    return f"{head}{GS}93{parts['short']}" if parts.get("short") else head
