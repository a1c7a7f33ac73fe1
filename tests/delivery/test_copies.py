"""Signed copies: only scans are kept, told by what they are, and nothing beside the picture."""

import struct
import zlib
from pathlib import Path

import pytest
from django.conf import settings

from delivery import copies
from delivery.models import SignedCopy
from tests import make

pytestmark = pytest.mark.django_db
PDF = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n"


def segment(mark: int, content: bytes) -> bytes:
    return b"\xff" + bytes([mark]) + struct.pack(">H", len(content) + 2) + content


def jpeg(*segments: bytes) -> bytes:
    head = segment(0xE0, b"JFIF\0\1\1\0\0\1\0\1\0\0")
    return b"\xff\xd8" + head + b"".join(segments) + segment(0xDA, b"\1\1\0\0\x3f\0") + b"picture\xff\xd9"


def chunk(name: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))


def png(*chunks: bytes) -> bytes:
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0))
    return copies.PNG_HEAD + head + b"".join(chunks) + chunk(b"IDAT", zlib.compress(b"\0\0")) + chunk(b"IEND", b"")


@pytest.fixture
def act():
    make.product("A", 5)
    return make.closed_act(make.packed())


def keep(act, content):
    return copies.keep(act.number, content, by=make.BY, at=make.AT)


@pytest.mark.parametrize(("content", "kind"), [(PDF, copies.PDF), (jpeg(), copies.JPEG), (png(), copies.PNG)])
def test_scan_is_kept_and_given_back(act, content, kind):
    copy = keep(act, content)

    assert (copy.media_type, copies.read_copy(copy)) == (kind, content)
    assert (Path(settings.MEDIA_ROOT) / copy.name).is_file()


@pytest.mark.parametrize(
    "content",
    [
        b"", b"<html><script>alert(1)</script>", b"<svg xmlns='http://www.w3.org/2000/svg'/>", b"GIF89a....",
        b"%PDF-1.7 cut",
        jpeg()[:-2], b"\xff\xd8\xff\xe1\xff\xff", png()[:-9], b"MZ\x90\0", b"PK\3\4",
    ],
)  # fmt: skip
def test_what_is_no_scan_is_refused_and_leaves_nothing(act, content):
    with pytest.raises(copies.NotAPaper):
        keep(act, content)

    assert not SignedCopy.objects.exists()
    assert not (Path(settings.MEDIA_ROOT) / "acts").exists()


def test_where_and_when_a_photo_was_taken_is_left_out(act):
    exif = segment(0xE1, b"Exif\0\0GPS 55.75 37.61")
    comment = segment(0xFE, b"made by Anna")
    profile = segment(0xE2, b"ICC_PROFILE\0colours")

    photo = copies.read_copy(keep(act, jpeg(exif, comment, profile)))
    drawn = copies.read_copy(keep(act, png(chunk(b"tEXt", b"Author\0Anna"), chunk(b"eXIf", b"GPS"))))

    assert photo == jpeg(profile)
    assert drawn == png()


def test_same_file_again_is_the_copy_that_is_there(act):
    assert keep(act, PDF).pk == keep(act, PDF).pk
    assert SignedCopy.objects.count() == 1


def test_too_large_and_too_many_are_refused(act, monkeypatch):
    monkeypatch.setattr(copies, "MOST_BYTES", 60)
    with pytest.raises(copies.TooHeavy):
        keep(act, PDF + b" " * 60)
    monkeypatch.setattr(copies, "MOST_COPIES", 1)
    keep(act, PDF)
    with pytest.raises(copies.TooManyCopies):
        keep(act, b"%PDF-1.4 other %%EOF")


def test_open_act_has_no_signed_copy():
    make.product("A", 5)
    parcel = make.parcel_of(make.packed())
    act = make.open_act(parcel.number)

    with pytest.raises(copies.NotSignedYet):
        keep(act, PDF)
