"""Archives, workbooks among them, are looked at before anything in them is unpacked (SEC-51).

511 KB of a workbook were seen to become 521 MB in memory; an archive says itself how large it will be, and unpacking
stops where that was a lie.
"""

import zlib
from io import BytesIO
from pathlib import PurePosixPath
from zipfile import BadZipFile, ZipFile, ZipInfo

from django.utils.translation import gettext_lazy as _

from shopdesk.base.errors import DomainError

MOST_MEMBERS = 1_000
MOST_UNPACKED_BYTES = 200_000_000
MOST_RATIO = 200  # deflate cannot do much more than 1,000; what people write packs 5 to 30 times
SMALL_BYTES = 100_000  # below this the ratio says nothing
PIECE_BYTES = 65_536
ENCRYPTED = 0x1
LINK = 0xA000


class BadArchive(DomainError):
    """The archive is broken, or would be more than anybody sends. `reason`: a stable word."""

    sentence = _("This file cannot be unpacked (%(reason)s).")
    next_step = _("Save it anew as a plain XLSX or CSV file.")


def check_archive(content: bytes) -> list[str]:
    """Look at an archive and unpack it once into nothing. Gives the names of its members. Raises BadArchive."""
    try:
        with ZipFile(BytesIO(content)) as archive:
            members = archive.infolist()
            _check_declared(members, len(content))
            for member in members:
                _check_member(archive, member)
    except (BadZipFile, zlib.error, NotImplementedError, EOFError, OSError, RuntimeError, ValueError):
        raise BadArchive(detail={"reason": "broken"}) from None
    return [member.filename for member in members]


def _check_declared(members: list[ZipInfo], packed_bytes: int) -> None:
    """What the archive says of itself."""
    names = [member.filename for member in members]
    unpacked = sum(member.file_size for member in members)
    reasons = {
        "members": len(members) > MOST_MEMBERS,
        "size": unpacked > MOST_UNPACKED_BYTES,
        "ratio": unpacked > SMALL_BYTES and unpacked > packed_bytes * MOST_RATIO,
        "names": len(set(names)) < len(names) or not all(_is_inside(name) for name in names),
        "encrypted": any(member.flag_bits & ENCRYPTED for member in members),
        "links": any((member.external_attr >> 16) & 0xF000 == LINK for member in members),
    }
    for reason, is_so in reasons.items():
        if is_so:
            raise BadArchive(detail={"reason": reason})


def _check_member(archive: ZipFile, member: ZipInfo) -> None:
    """Unpack one member piece by piece: the library stops at the declared size and compares the checksum."""
    read = 0
    with archive.open(member) as file:
        while piece := file.read(PIECE_BYTES):
            read += len(piece)
    if read != member.file_size:
        raise BadArchive(detail={"reason": "size"})


def _is_inside(name: str) -> bool:
    """Whether the name stays below the place it would be unpacked at."""
    path = PurePosixPath(name.replace("\\", "/"))
    return not path.is_absolute() and ".." not in path.parts and ":" not in name and "\0" not in name and bool(name)
