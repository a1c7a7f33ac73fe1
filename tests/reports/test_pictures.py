"""The page's pictures away from the page: the theme's own colours, the same places, and a PNG that shows them."""

import math
import re
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image

from reports import charts, pictures
from reports.charts import Point

TOKENS = Path(charts.__file__).parent.parent / "shopdesk/static/desk/tokens.css"
DESK = TOKENS.with_name("desk.css")
NOW = [Point(value, f"{day} Nov", str(value)) for day, value in enumerate([3, 9, 5, 20], start=1)]
ALL = [
    charts.line("Orders", "They grow.", NOW, NOW[::-1]),
    charts.columns("Orders", "They grow.", NOW),
    charts.bars("Cash", "With couriers.", [Point(5, "Своя <служба>", "5 ₽"), Point(9, "СДЭК", "9 ₽")]),
    charts.pace("Plan", "Behind.", NOW[:2], NOW),
]


def srgb(lightness, chroma, hue):
    """OKLCH to sRGB, by its definition (Björn Ottosson, 2020)."""
    a, b = chroma * math.cos(math.radians(hue)), chroma * math.sin(math.radians(hue))
    long = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3
    middle = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3
    short = (lightness - 0.0894841775 * a - 1.2914855480 * b) ** 3
    linear = (
        4.0767416621 * long - 3.3077115913 * middle + 0.2309699292 * short,
        -1.2684380046 * long + 2.6097574011 * middle - 0.3413193965 * short,
        -0.0041960863 * long - 0.7034186147 * middle + 1.7076147010 * short,
    )
    clipped = [min(max(one, 0), 1) for one in linear]
    bent = [12.92 * one if one <= 0.0031308 else 1.055 * one ** (1 / 2.4) - 0.055 for one in clipped]
    return "#" + "".join(f"{round(one * 255):02x}" for one in bent)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_colours_are_those_of_the_desk(theme):
    text = TOKENS.read_text()
    for token, colour in pictures.COLOURS[theme].items():
        both = re.search(rf"--{token}:\s+light-dark\(oklch\(([^)]*)\),\s*oklch\(([^)]*)\)\)", text)
        assert srgb(*map(float, both[1 if theme == "light" else 2].split())) == colour, token


def test_every_class_of_a_picture_is_drawn_as_the_style_sheet_says():
    css = DESK.read_text()
    for name, look in pictures.LOOKS.items():
        rule = re.search(rf"\.chart {'text' if not name else '.' + name}[ ,][^{{]*{{([^}}]*)}}", css)[1]
        for said in look.values():
            assert said in rule or said in {"700", "0.09"}, (name, said)
    used = {css for one in ALL for css in re.findall(r'class="(\w+)"', one)} - {"chart"}
    assert used <= set(pictures.LOOKS)


@pytest.mark.parametrize("drawn", ALL)
def test_a_picture_that_stands_alone_needs_no_window(drawn):
    alone = pictures.standalone(drawn, wide=600)

    assert "%" not in alone.replace("100%", "") or "class" not in alone
    assert "class=" not in alone
    assert not re.search(r'"[\d.]+%"', alone)
    assert alone.count("<text") == drawn.count("<text")


def test_a_point_comes_to_lie_where_the_page_stretches_it():
    alone = pictures.standalone(charts.line("a", "b", NOW), wide=1000)
    places = re.findall(r'<polyline points="([^"]*)"', alone)[0].split()

    assert places[0].split(",")[0] == "0.00"
    assert places[-1].split(",")[0] == "940.00"  # 94 % of a thousand
    assert places[-1].split(",")[1] == "8.00"  # the top: 20 of 20


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("drawn", ALL[:2])
def test_the_png_shows_it_on_the_grounds_of_both_themes(drawn, theme):
    with Image.open(BytesIO(pictures.png(drawn, theme=theme, wide=300))) as opened:
        image = opened.convert("RGB")
    counts = {colour: count for count, colour in image.getcolors(2**24)}
    ground, mark = (bytes.fromhex(pictures.COLOURS[theme][name][1:]) for name in ("surface", "accent"))
    if drawn is ALL[1]:
        mark = bytes.fromhex(pictures.COLOURS[theme]["act"][1:])

    assert image.width == 600
    assert max(counts, key=counts.get) == tuple(ground)
    assert counts.get(tuple(mark), 0) > 50
    # Negative control: an empty picture has no mark.
    with Image.open(BytesIO(pictures.png(charts.line("a", "b", []), theme=theme, wide=300))) as empty:
        assert empty.convert("RGB").getcolors() == [(600 * 2 * charts.HEIGHT, tuple(ground))]
