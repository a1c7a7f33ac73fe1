"""Signed copies: only scans are kept, told by what they are, and nothing beside the picture."""

import io
from pathlib import Path

import pytest
from django.conf import settings
from PIL import Image

from delivery import copies
from delivery.models import SignedCopy
from shopdesk.base import files
from shopdesk.base.files.apart import CannotBeOpened
from tests import make

pytestmark = pytest.mark.django_db
PDF = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n"


def picture(kind, **more):
    out = io.BytesIO()
    Image.new("RGB", (30, 20), "white").save(out, kind, **more)
    return out.getvalue()


@pytest.fixture
def act():
    make.product("A", 5)
    return make.closed_act(make.packed())


def keep(act, content):
    return copies.keep(act.number, content, by=make.BY, at=make.AT)


@pytest.mark.parametrize(
    ("content", "kind", "head"),
    [(PDF, "application/pdf", b"%PDF"), (picture("JPEG"), "image/jpeg", b"\xff\xd8"),
     (picture("PNG"), "image/jpeg", b"\xff\xd8")],
)  # fmt: skip
def test_scan_is_kept_and_given_back(act, content, kind, head):
    copy = keep(act, content)

    assert copy.media_type == kind
    assert copies.read_copy(copy).startswith(head)
    assert (Path(settings.MEDIA_ROOT) / copy.name).is_file()


@pytest.mark.parametrize(
    "content",
    [
        b"", b"<html><script>alert(1)</script>", b"<svg xmlns='http://www.w3.org/2000/svg'/>", b"GIF89a....",
        b"%PDF-1.7 cut",
        picture("JPEG")[:200], b"\xff\xd8\xff\xe1\xff\xff", picture("PNG")[:40], b"MZ\x90\0", b"PK\3\4",
    ],
)  # fmt: skip
def test_what_is_no_scan_is_refused_and_leaves_nothing(act, content):
    with pytest.raises((files.NotAFile, CannotBeOpened)):
        keep(act, content)

    assert not SignedCopy.objects.exists()
    assert not (Path(settings.MEDIA_ROOT) / "acts").exists()


def test_where_and_when_a_photo_was_taken_is_left_out(act):
    exif = Image.Exif()
    exif[0x010E] = "made by Anna"

    photo = copies.read_copy(keep(act, picture("JPEG", exif=exif, comment=b"GPS 55.75 37.61")))

    assert b"Anna" not in photo
    assert b"GPS" not in photo


def test_same_file_again_is_the_copy_that_is_there(act):
    assert keep(act, PDF).pk == keep(act, PDF).pk
    assert SignedCopy.objects.count() == 1


def test_too_large_and_too_many_are_refused(act, monkeypatch):
    with pytest.raises(files.TooHeavy):
        keep(act, PDF + b" " * files.MOST_BYTES)
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
