"""The act of transfer on paper: both copies say the same, a scanner reads them, and no courier's name is obeyed."""

import re
from datetime import UTC, date, datetime

import pytest
from typst import TypstError

from shopdesk.base import papers
from shopdesk.base.papers import drawing
from tests import printed
from tests.shopdesk.base.listening import listening, saying

AT = datetime(2026, 11, 21, 12, 30, tzinfo=UTC)
HOSTILE = '#panic("x") *bold* $x^2$ // @preview/a'


def act(lines=2, **fields):
    paper = {
        "number": 118, "shop": "Северная лавка", "location": "Южный склад", "courier": "Рустам и сыновья",
        "ship_on": date(2026, 11, 21), "closed_at": AT, "zone": "Europe/Moscow", "currency": "RUB", "hash": "ab" * 32,
        "language": "ru",
        "lines": [
            {"parcel": f"P-{10_400 + place}-1", "weight_g": 740, "cod_minor": 218_000, "declared_minor": 300_050}
            for place in range(lines)
        ],
    }  # fmt: skip
    return printed.read(papers.act(paper | fields, at=AT))


def words(sheet):
    return sheet.text.replace("\u00a0", " ")


def test_both_copies_carry_the_act_s_barcode_its_parcels_and_its_sums():
    first, second = act()

    for sheet in (first, second):
        assert sheet.codes == ["A-118"]
        assert sheet.widths_mm[0] >= 52
        for said in ("Северная лавка, Южный склад", "Рустам и сыновья", "P-10400-1", "P-10401-1", "1,48", "4 360 ₽",
                     "6 001 ₽", "ab" * 32):  # fmt: skip
            assert said in words(sheet)
    assert words(first).replace("1 из 2", "") != words(second).replace("2 из 2", "")


@pytest.mark.parametrize(
    ("language", "title"),
    [("en", "Act of transfer"), ("ru", "Акт приёма-передачи"), ("bg", "Приемо-предавателен протокол")],
)
def test_it_speaks_the_shop_s_language(language, title):
    assert title in words(act(language=language)[0])


def test_a_long_act_repeats_its_head_and_counts_its_own_pages():
    sheets = act(lines=120)

    assert len(sheets) == 8
    assert [sheet.codes for sheet in sheets if sheet.codes] == [["A-118"], ["A-118"]]
    assert "P-10519-1" in words(sheets[3])
    assert "P-10519-1" in words(sheets[7])
    assert "4 из 4" in words(sheets[7])


def test_a_name_is_printed_and_never_obeyed():
    assert HOSTILE in words(act(courier=HOSTILE)[0])


@pytest.mark.once
@pytest.mark.parametrize(
    "tries",
    ['#read("{secret}")', '#read("../secret.txt")', '#image("{secret}")', '#image("http://127.0.0.1:{port}/x.png")',
     '#include "{secret}"'],
)  # fmt: skip
def test_a_sheet_reaches_no_file_and_no_network(tries, tmp_path, monkeypatch):
    """SEC-35, V1.3.6: even a sheet that somebody had changed draws from what it is handed, and from nothing else."""
    sheets, secret = tmp_path / "sheets", tmp_path / "secret.txt"
    sheets.mkdir()
    secret.write_text("never")
    monkeypatch.setattr(drawing, "SHEETS", sheets)
    with listening(saying(b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx")) as server:
        (sheets / "evil.typ").write_text(tries.format(secret=secret, port=server.port))
        with pytest.raises(TypstError):
            drawing.draw("evil", {}, at=AT)
        assert server.connections == 0


@pytest.mark.once
def test_our_sheets_import_nothing_from_elsewhere():
    """SEC-35: typst would fetch a package by itself."""
    for sheet in drawing.SHEETS.glob("*.typ"):
        assert not re.search(
            r"@preview|@local|https?://|#(read|image|include)\(\s*\"/", sheet.read_text(encoding="utf-8")
        ), sheet.name


def test_an_act_that_is_still_open_says_so():
    closed, still_open = words(act()[0]), words(act(closed_at=None, hash="", language="en")[0])

    assert "draft" in still_open
    assert "SHA-256" in closed
    assert "SHA-256" not in still_open
