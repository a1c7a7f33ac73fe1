"""Taking a picture or a PDF from somebody: kind by content, pixels drawn anew, a name by chance (SEC-50)."""

import hashlib
import secrets
from dataclasses import dataclass, field
from enum import StrEnum

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.utils.translation import gettext_lazy as _

from shopdesk.base.errors import DomainError
from shopdesk.base.files.apart import open_apart

MOST_BYTES = 8_000_000
PDF_ENDS_IN = 1_024
# What a PDF can do by itself when it is opened. A scan has none of it.
ACTIVE = (b"/JavaScript", b"/JS", b"/Launch", b"/EmbeddedFile", b"/OpenAction", b"/AA", b"/RichMedia", b"/XFA")


class Kind(StrEnum):
    """Kinds of file that are kept. No SVG, no HTML: they are programs."""

    JPEG = "image/jpeg"
    PDF = "application/pdf"


SUFFIXES = {Kind.JPEG: "jpg", Kind.PDF: "pdf"}
HEADS = {b"\xff\xd8\xff": "JPEG", b"\x89PNG\r\n\x1a\n": "PNG"}


class NotAFile(DomainError):
    """Neither a picture nor a PDF by its content, whatever it is called."""

    sentence = _("The desk keeps PDF, JPEG, PNG and WebP, and this is none of them.")
    next_step = _("Scan or photograph it once more.")


class TooHeavy(DomainError):
    """Larger than a photo or a scan has to be."""

    sentence = _("This file is larger than 8 MB.")


@dataclass(frozen=True, slots=True)
class Taken:
    """A file that may be kept: clean content, its kind, its hash."""

    kind: Kind
    content: bytes = field(repr=False)
    sha256: str = ""


def take(content: bytes) -> Taken:
    """Look at what was sent and give what may be kept. Pictures come back as JPEG without anything but the picture.

    Raises TooHeavy, NotAFile, CannotBeOpened.
    """
    if len(content) > MOST_BYTES:
        raise TooHeavy
    if content.startswith((b"%PDF-1.", b"%PDF-2.")):
        kind, clean = Kind.PDF, _quiet_pdf(content)
    else:
        kind, clean = Kind.JPEG, open_apart("picture", content, _picture_of(content))
    return Taken(kind, clean, hashlib.sha256(clean).hexdigest())


def keep(taken: Taken, *, folder: str) -> str:
    """Put it into private storage under a name that nobody can guess; give the name. `folder` is a word of ours."""
    name: str = default_storage.save(
        f"{folder}/{secrets.token_hex(16)}.{SUFFIXES[taken.kind]}", ContentFile(taken.content)
    )
    return name


def _picture_of(content: bytes) -> str:
    """The decoder that may be tried, by the first bytes. Raises NotAFile."""
    for head, decoder in HEADS.items():
        if content.startswith(head):
            return decoder
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return "WEBP"
    raise NotAFile


def _quiet_pdf(content: bytes) -> bytes:
    """A PDF that is whole and does nothing by itself. Raises NotAFile."""
    if b"%%EOF" not in content[-PDF_ENDS_IN:] or any(sign in content for sign in ACTIVE):
        raise NotAFile
    return content
