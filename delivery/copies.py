"""Signed copies of acts: what the scanner or the phone made of the paper, kept in private storage.

Only pictures and PDF are taken, told by what they are and not by what they are called. What a camera wrote into a
picture beside the picture (place, hour, device) is left out.
"""

import hashlib
import secrets
from collections.abc import Iterator
from datetime import datetime

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from delivery.models import Handoff, SignedCopy
from orders import journal
from shopdesk.base.access import Actor
from shopdesk.base.errors import DomainError, Missing

MOST_BYTES = 8_000_000
MOST_COPIES = 10
PDF, JPEG, PNG = "application/pdf", "image/jpeg", "image/png"
SUFFIXES = {PDF: "pdf", JPEG: "jpg", PNG: "png"}
PNG_HEAD = b"\x89PNG\r\n\x1a\n"
# What a picture is made of; text, hours and places are other chunks.
PNG_PARTS = (b"IHDR", b"PLTE", b"IDAT", b"IEND", b"tRNS", b"gAMA", b"cHRM", b"sRGB", b"iCCP", b"pHYs")
JPEG_ENDS_HEAD = 0xDA  # from here on the picture itself
JPEG_KEPT = (0xE0, 0xE2, 0xEE)  # JFIF, the colour profile, Adobe's colours


class NotAPaper(DomainError):
    """The file is neither a picture nor a PDF, or is broken."""

    sentence = _("This file is no scan: the desk keeps PDF, JPEG and PNG.")
    next_step = _("Scan or photograph the signed act once more.")


class TooHeavy(DomainError):
    """The file is larger than a scan has to be."""

    sentence = _("This file is larger than 8 MB.")
    next_step = _("Scan it in grey, at 150 dots an inch.")


class TooManyCopies(DomainError):
    """One act has as many copies as anybody needs."""

    sentence = _("Act %(number)s has %(most)s copies already.")


class NotSignedYet(DomainError):
    """An open act may still change; nobody signs it."""

    sentence = _("Act %(number)s is not closed yet, so nobody can have signed it.")


@transaction.atomic(durable=True)
def keep(number: int, content: bytes, *, by: Actor, at: datetime) -> SignedCopy:
    """Keep a scan of the signed act. The same file again is the copy that is there.

    Raises NotAPaper, TooHeavy, TooManyCopies, NotSignedYet, Missing.
    """
    media_type, clean = read_scan(content)
    act = Handoff.objects.locked(number=number).first()
    if act is None:
        raise Missing
    if act.closed_at is None:
        raise NotSignedYet(detail={"number": number})
    sha256 = hashlib.sha256(clean).hexdigest()
    kept = {copy.sha256: copy for copy in SignedCopy.objects.filter(handoff=act)}
    if sha256 in kept:
        return kept[sha256]
    if len(kept) >= MOST_COPIES:
        raise TooManyCopies(detail={"number": number, "most": MOST_COPIES})
    entry = journal.Entry("act.copy_kept", data={"sha256": sha256}, subject=("act", act.number))
    event = journal.record([entry], by=by, at=at)[0]
    # Last, so that a refusal leaves no file behind.
    name = default_storage.save(f"acts/{secrets.token_hex(16)}.{SUFFIXES[media_type]}", ContentFile(clean))
    return SignedCopy.objects.create(
        handoff=act, name=name, media_type=media_type, size=len(clean), sha256=sha256, event=event, at=at
    )


def read_copy(copy: SignedCopy) -> bytes:
    """Give the file's content. Raises Missing when it is not in its place any more."""
    if not default_storage.exists(copy.name):
        raise Missing
    with default_storage.open(copy.name, "rb") as file:
        content: bytes = file.read()
    return content


def read_scan(content: bytes) -> tuple[str, bytes]:
    """Give the media type by the content, and the content without what does not belong to the picture."""
    if len(content) > MOST_BYTES:
        raise TooHeavy
    if content.startswith((b"%PDF-1.", b"%PDF-2.")):
        if b"%%EOF" not in content[-1024:]:
            raise NotAPaper
        return PDF, content
    if content.startswith(b"\xff\xd8\xff"):
        return JPEG, _lean_jpeg(content)
    if content.startswith(PNG_HEAD):
        return PNG, PNG_HEAD + b"".join(_png_parts(content))
    raise NotAPaper


def _lean_jpeg(content: bytes) -> bytes:
    """Leave out comments and application segments (Exif and its like) before the picture."""
    kept, place = [content[:2]], 2
    while content[place : place + 1] == b"\xff" and place + 4 <= len(content):
        mark, length = content[place + 1], int.from_bytes(content[place + 2 : place + 4], "big")
        if mark == JPEG_ENDS_HEAD:
            if not content.rstrip(b"\x00").endswith(b"\xff\xd9"):
                break
            return b"".join([*kept, content[place:]])
        segment = content[place : place + 2 + length]
        if (not 0xE0 <= mark <= 0xEF and mark != 0xFE) or mark in JPEG_KEPT:
            kept.append(segment)
        place += 2 + length
    raise NotAPaper


def _png_parts(content: bytes) -> Iterator[bytes]:
    """Give the chunks that make the picture, up to its end."""
    place = len(PNG_HEAD)
    while place + 12 <= len(content):
        length, name = int.from_bytes(content[place : place + 4], "big"), content[place + 4 : place + 8]
        chunk = content[place : place + 12 + length]
        if len(chunk) < 12 + length:
            break
        if name in PNG_PARTS:
            yield chunk
        if name == b"IEND":
            return
        place += 12 + length
    raise NotAPaper
