"""A report as a letter: words and pictures to read at once, the workbook and the PDF attached; kept byte for byte.

A letter is a file in private storage. What is sent, hashed and read again are the same bytes.
"""

import hashlib
from datetime import datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from email.utils import format_datetime
from pathlib import Path
from typing import cast
from urllib.parse import urlencode

from django.conf import settings
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from orders.models import Shop
from reports import paper, pictures
from reports.models import ReportLetter
from reports.paper import Paper, Reader
from reports.period import Asked
from shopdesk.base.access import may
from shopdesk.base.periods import KINDS, ONE_DAY

XLSX = ("application", "vnd.openxmlformats-officedocument.spreadsheetml.sheet")
PDF = ("application", "pdf")
PNG = ("image", "png")
WRITTEN_AS = policy.SMTP.clone(max_line_length=998)  # a folded name of a file confuses some readers


def write(letter: ReportLetter, *, at: datetime) -> tuple[bytes, int]:
    """Write a letter in its recipient's language and by their clock. Gives it, and the feed's position it knows."""
    shop, subscription = Shop.current(), letter.subscription
    days = KINDS[letter.kind](letter.from_on, shop.zone, shop.day_cutoff)
    subject = letter.recipient.subject
    with translation.override(subscription.language):
        said = paper.write(Asked(days, compare="previous"), Reader(subject, subscription.zone, at))
        message = _message(letter, said, at)
        if may(subject, "reports-xlsx", "GET"):
            name = f"report-{letter.from_on}"
            _attach(message, paper.xlsx(said), XLSX, f"{name}.xlsx")
            _attach(message, paper.pdf(said, at=at), PDF, f"{name}.pdf")
    return message.as_bytes(), said.report.as_of.position


def place(code: str) -> Path:
    """Give the path of a letter; named by chance, in private storage, never under a public path."""
    return Path(settings.MEDIA_ROOT) / "letters" / f"{code}.eml"


def keep(code: str, written: bytes, *, attempt: int) -> str:
    """Put a letter in its place, whole or not at all. Gives its hash."""
    path = place(code)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    half = path.with_suffix(f".part-{attempt}")
    half.write_bytes(written)
    half.replace(path)
    return hashlib.sha256(written).hexdigest()


def read(letter: ReportLetter) -> bytes | None:
    """Give the letter as it was kept; None when its file is gone or is not what it was."""
    path = place(letter.code)
    kept = path.read_bytes() if path.is_file() else b""
    return kept if letter.hash and hashlib.sha256(kept).hexdigest() == letter.hash else None


def parts(kept: bytes) -> dict[str, tuple[str, bytes]]:
    """Give what hangs on a letter by its file's name: pictures, workbook, PDF; each with its type."""
    message = message_from_bytes(kept, policy=policy.default)
    found = {}
    for part in message.walk():
        name = part.get_filename()
        if name:
            found[name] = (part.get_content_type(), cast(bytes, part.get_payload(decode=True)))
    return found


def subject_of(kept: bytes) -> str:
    """Give a letter's subject."""
    return str(message_from_bytes(kept, policy=policy.default)["Subject"])


def _message(letter: ReportLetter, said: Paper, at: datetime) -> EmailMessage:
    host = settings.PUBLIC_HOST or "localhost"
    message = EmailMessage(policy=WRITTEN_AS)
    message["Subject"] = _subject(letter, said)
    message["From"] = settings.DEFAULT_FROM_EMAIL
    message["To"] = letter.recipient.email
    message["Date"] = format_datetime(at)
    message["Message-ID"] = f"<{letter.code}@{host}>"  # sent again by hand, it is the same letter
    message["Auto-Submitted"] = "auto-generated"
    drawn = [(f"picture-{number}.png", one) for number, one in enumerate(said.pictures, start=1)]
    asked = {
        "paper": said,
        "is_test": letter.is_test,
        "pictures": [{"cid": f"{name}@{host}", "drawn": one} for name, one in drawn],
        "report": settings.PUBLIC_URL + reverse("reports") + _query(letter),
        "subscriptions": settings.PUBLIC_URL + reverse("reports-subscriptions"),
        "wide": pictures.WIDE,
        "language": translation.get_language(),
    }
    message.set_content(render_to_string("reports/letter/letter.txt", asked), cte="base64")
    message.add_alternative(render_to_string("reports/letter/letter.html", asked), subtype="html", cte="base64")
    body = cast(list[EmailMessage], message.get_payload())[1]
    for name, one in drawn:
        body.add_related(
            pictures.png(one.picture), *PNG, cid=f"<{name}@{host}>", filename=name, disposition="inline"
        )  # fmt: skip
    return message


def _subject(letter: ReportLetter, said: Paper) -> str:
    """One line of printable words: the shop's name may be anything."""
    words = _("%(shop)s: %(title)s") % {"shop": said.shop, "title": said.title}
    line = " ".join("".join(sign for sign in words if sign.isprintable()).split())
    return _("Test: %(subject)s") % {"subject": line} if letter.is_test else line


def _query(letter: ReportLetter) -> str:
    """Ask the desk for the same days."""
    return "?" + urlencode({"span": letter.kind, "from": letter.from_on, "until": letter.to_on - ONE_DAY})


def _attach(message: EmailMessage, content: bytes, kind: tuple[str, str], name: str) -> None:
    message.add_attachment(content, *kind, filename=name)
