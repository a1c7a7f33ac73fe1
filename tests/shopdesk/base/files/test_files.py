"""Files are what their content says and come back clean; no bomb leaves its own process (SEC-50, SEC-51)."""

import io
import resource
import struct
import time
import zipfile
import zlib

import pytest
import xlsxwriter
from django.core.files.storage import default_storage
from PIL import Image, PngImagePlugin

from shopdesk.base import files
from shopdesk.base.files import apart, archives
from shopdesk.base.files.apart import CannotBeOpened

pytestmark = pytest.mark.once
PDF = b"%PDF-1.7\n1 0 obj<</Type/Catalog>>endobj\n%%EOF\n"


def picture(kind="JPEG", size=(60, 40), **more):
    out = io.BytesIO()
    Image.new("RGB", size, "white").save(out, kind, **more)
    return out.getvalue()


def photo():
    """A phone's photo: where and when it was taken, a comment, lying on its side."""
    exif = Image.Exif()
    exif[0x0112] = 6
    exif[0x010E] = "SECRET-DESCRIPTION"
    exif.get_ifd(0x8825)[1] = "N"
    return picture(exif=exif, comment=b"SECRET-COMMENT")


def archive(members, **more):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, **more) as made:
        for name, content in members:
            made.writestr(name, content)
    return out.getvalue()


def workbook(rows):
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        sheet = book.add_worksheet()
        for number, row in enumerate(rows):
            sheet.write_row(number, 0, row)
    return out.getvalue()


# --- pictures and papers ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_picture_comes_back_as_a_picture_alone(kind):
    taken = files.take(picture(kind))

    with Image.open(io.BytesIO(taken.content)) as clean:
        assert (clean.format, clean.size) == ("JPEG", (60, 40))
    assert taken.kind == "image/jpeg"


def test_what_a_camera_wrote_is_gone():
    """V14.2.8: place, hour and words; the picture stands upright without them."""
    content = photo()
    assert b"SECRET-COMMENT" in content

    clean = files.take(content).content

    assert b"SECRET" not in clean
    assert b"Exif" not in clean
    with Image.open(io.BytesIO(clean)) as upright:
        assert upright.size == (40, 60)
        assert not upright.getexif()


def test_what_hides_behind_a_picture_is_gone():
    """V5.2.2, V5.3.1: a picture that is an archive, a page and a program as well."""
    note = PngImagePlugin.PngInfo()
    note.add_text("x", "<script>alert(1)</script>")
    content = picture("PNG", pnginfo=note) + archive([("a.php", "<?php evil();")])

    clean = files.take(content).content

    assert b"<script>" not in clean
    assert b"<?php" not in clean
    assert b"PK\x03\x04" not in clean


@pytest.mark.parametrize(
    "content",
    [
        b"", b"GIF89a" + b"\0" * 50, b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>",
        b"<!doctype html><script>1</script>", b"PK\x03\x04" + b"\0" * 50, b"\x7fELF", b"RIFF\0\0\0\0AVI ",
        b"%!PS-Adobe-3.0", b"BM" + b"\0" * 60, b"\0\0\x01\0" + b"\0" * 60, b"%PDF-1.7 no end",
        PDF.replace(b"/Catalog", b"/Catalog/OpenAction 2 0 R/JavaScript"), PDF.replace(b"/Catalog", b"/Catalog/Launch"),
    ],
)  # fmt: skip
def test_other_kinds_are_refused_whatever_they_are_called(content):
    """V5.2.2: SVG, HTML, archives, programs, PDF that does something by itself. V1.3.4."""
    with pytest.raises(files.NotAFile):
        files.take(content)


@pytest.mark.parametrize(
    "content",
    [b"\xff\xd8\xff" + b"\0" * 100, b"\x89PNG\r\n\x1a\n" + b"\0" * 100, picture()[:300], picture("PNG")[:50]],
)
def test_broken_picture_is_refused(content):
    with pytest.raises(CannotBeOpened):
        files.take(content)


def test_quiet_pdf_is_kept_as_it_is():
    assert files.take(PDF).content == PDF


def test_heavy_file_is_refused_unread():
    """V5.2.1."""
    with pytest.raises(files.TooHeavy):
        files.take(b"\xff\xd8\xff" + b"\0" * files.MOST_BYTES)


def png_bomb(side):
    """A few kilobytes that say they are side x side pixels, and are."""
    row = zlib.compressobj(9)
    packed = b"".join(row.compress(b"\0" * (1 + side // 8)) for _ in range(side)) + row.flush()

    def chunk(name, content):
        return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))

    head = struct.pack(">IIBBBBB", side, side, 1, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", packed) + chunk(b"IEND", b"")


def test_picture_bomb_is_refused_and_we_stay_small():
    """V5.2.3, V5.2.6: 40,000 x 40,000 pixels in about 200 KB; as RGB they would be 4.8 GB. V15.2.2."""
    content = png_bomb(40_000)
    assert len(content) < 400_000
    before, started = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.monotonic()

    with pytest.raises(CannotBeOpened):
        files.take(content)

    assert time.monotonic() - started < 20
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 50_000, "kilobytes, in our own process"


def test_child_that_never_ends_is_ended(monkeypatch, tmp_path):
    child = tmp_path / "child.py"
    child.write_text("import time; time.sleep(60)")
    monkeypatch.setattr(apart, "CHILD", child)
    monkeypatch.setattr(apart, "LONGEST_S", 0.5)
    with pytest.raises(CannotBeOpened):
        files.take(picture())


def test_child_knows_nothing_of_ours(monkeypatch, tmp_path):
    child = tmp_path / "child.py"
    child.write_text("import os, sys; sys.stdout.write(repr(sorted(k for k in os.environ if k != 'LC_CTYPE')))")
    monkeypatch.setattr(apart, "CHILD", child)
    monkeypatch.setenv("SECRET_KEY", "never")
    assert apart.open_apart("picture", b"") == b"[]"


def test_kept_file_has_a_name_by_chance_outside_the_web_root(settings):
    """V5.3.1, V5.3.2: the sender's name is nowhere in it, and no static path leads to it."""
    names = {files.keep(files.take(PDF), folder="papers") for _ in range(2)}

    assert len(names) == 2
    assert all(len(name) == len("papers/.pdf") + 32 and default_storage.exists(name) for name in names)
    assert default_storage.path(names.pop()).startswith(settings.MEDIA_ROOT)
    assert not settings.STATIC_ROOT or not settings.MEDIA_ROOT.startswith(settings.STATIC_ROOT)


def test_file_is_given_as_a_file():
    """V5.4.1, V5.4.2, V3.2.1: a name of ours, nothing to run, nothing to guess."""
    answer = files.as_file(b"x", media_type="application/pdf", name='акт "7"\r\nX: y.pdf')

    assert answer["Content-Disposition"].startswith("attachment; filename")
    assert "\n" not in answer["Content-Disposition"]
    assert answer["Content-Security-Policy"].startswith("sandbox")
    assert answer["X-Content-Type-Options"] == "nosniff"


# --- archives and workbooks ------------------------------------------------------------------------------------------


def test_workbook_is_read_as_words():
    rows = files.read_workbook(workbook([["SKU", "Цена"], ["A", 5], ["B", 1.5]]))
    assert rows == [["SKU", "Цена"], ["A", "5"], ["B", "1.5"]]


@pytest.mark.parametrize(
    ("members", "reason"),
    [
        ([("a", b"\0" * 30_000_000)], "ratio"),
        ([(f"{place}", b"") for place in range(1_100)], "members"),
        ([("../../etc/passwd", b"x")], "names"),
        ([("/etc/passwd", b"x")], "names"),
        ([("..\\..\\x", b"x")], "names"),
        ([("C:\\x", b"x")], "names"),
        ([("a/../../x", b"x")], "names"),
    ],
)
def test_bad_archive_is_refused_before_it_is_unpacked(members, reason):
    """V5.2.3, V5.3.3."""
    with pytest.raises(files.BadArchive) as refused:
        files.check_archive(archive(members))
    assert refused.value.detail["reason"] == reason


def test_same_name_twice_is_refused():
    """Two readers of one archive would see two different files."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as made:
        made.writestr("a", b"1")
        with pytest.warns(UserWarning, match="Duplicate"):
            made.writestr("a", b"2")
    with pytest.raises(files.BadArchive):
        files.check_archive(out.getvalue())


def test_archive_that_lies_about_its_size_is_refused():
    """It says ten bytes and unpacks to thirty megabytes; unpacking stops where the lie does."""
    content = bytearray(archive([("a", b"\0" * 30_000_000)]))
    for head, place in ((b"PK\x01\x02", 24), (b"PK\x03\x04", 22)):
        at = content.index(head) + place
        content[at : at + 4] = struct.pack("<I", 10)

    with pytest.raises(files.BadArchive) as refused:
        files.check_archive(bytes(content))

    assert refused.value.detail["reason"] == "broken"


def test_workbook_bomb_is_refused(monkeypatch):
    """About 500 KB that would be 500 MB (V5.2.3); negative control: past the look, the child's own limits hold."""
    sheet = b"<worksheet><sheetData>" + b"<row><c t='n'><v>1</v></c></row>" * 16_000_000 + b"</sheetData></worksheet>"
    bomb = archive([("xl/worksheets/sheet1.xml", sheet), ("xl/workbook.xml", b"<workbook/>")])
    del sheet
    with pytest.raises(files.BadArchive):
        files.read_workbook(bomb)
    monkeypatch.setattr(archives, "MOST_RATIO", 10**9)
    monkeypatch.setattr(archives, "MOST_UNPACKED_BYTES", 10**12)
    with pytest.raises(CannotBeOpened):
        files.read_workbook(bomb)


def test_long_and_wide_workbooks_are_refused():
    """SEC-41: 20,000 rows under their headings."""
    with pytest.raises(CannotBeOpened):
        files.read_workbook(workbook([["a"]] * 20_002))
    with pytest.raises(CannotBeOpened):
        files.read_workbook(workbook([["a"] * 201]))


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", b"PK\x03\x04" + b"x" * 500, b"\xd0\xcf\x11\xe0" + b"x" * 600])
def test_nonsense_is_no_workbook(content):
    with pytest.raises((files.BadArchive, CannotBeOpened)):
        files.read_workbook(content)


def test_entities_of_a_workbook_are_not_followed(tmp_path):
    """V1.5.1: neither a file of this machine nor a billion laughs."""
    secret = tmp_path / "secret"
    secret.write_text("NEVER")
    with zipfile.ZipFile(io.BytesIO(workbook([["x", "y"]]))) as made:
        parts = {name: made.read(name) for name in made.namelist()}
    evil = f"<!DOCTYPE a [<!ENTITY e SYSTEM 'file://{secret}'>]>".encode()
    strings = parts["xl/sharedStrings.xml"]
    parts["xl/sharedStrings.xml"] = strings.replace(b"?>", b"?>" + evil, 1).replace(b"<t>x</t>", b"<t>&e;</t>")

    try:
        rows = files.read_workbook(archive(parts.items()))
    except CannotBeOpened:
        return
    assert "NEVER" not in str(rows)
