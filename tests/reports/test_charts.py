"""Pictures: what they show is said in words, nothing in them is styled inline, and no text becomes markup."""

from xml.etree import ElementTree

import pytest
from django.template import Context, Template

from reports import charts
from reports.charts import Point

POINTS = [Point(value, f"{value} Nov", f"{value} orders") for value in (52, 48, 84, 76)]
SVG = "{http://www.w3.org/2000/svg}"
DRAWN = [
    charts.line("Orders a day", "From 52 to 76.", POINTS, POINTS[::-1]),
    charts.line("Orders a day", "One day.", POINTS[:1]),
    charts.line("Orders a day", "Nothing happened.", []),
    charts.line("Margin", "It fell below nothing.", [Point(-5, "1", "-5"), Point(9, "2", "9")]),
    charts.bars("Couriers", "Post leads.", POINTS),
    charts.bars("Couriers", "Nothing.", [Point(0, "Post", "0")]),
    charts.columns("Orders a day", "From 52 to 76.", POINTS),
    charts.columns("Orders a day", "Nothing happened.", []),
    charts.funnel("From order to door", "84 of 100.", POINTS),
]


@pytest.mark.parametrize("picture", DRAWN)
def test_a_picture_has_a_name_a_sentence_and_no_style_of_its_own(picture):
    root = ElementTree.fromstring(str(picture))

    assert root.get("role") == "img"
    assert root.find(f"{SVG}title").text
    assert root.find(f"{SVG}desc").text
    assert "style" not in str(picture)
    assert "<script" not in str(picture)
    assert not [name for element in root.iter() for name in element.attrib if name.startswith("on")]


def test_text_in_a_picture_is_never_markup():
    picture = charts.bars("<b>", "a & b", [Point(1, "<script>alert(1)</script>", '"')])

    shown = Template("{{ picture }}").render(Context({"picture": picture}))

    assert "&lt;script&gt;" in shown
    assert "<script" not in shown
    assert shown.startswith("<svg")


def test_the_line_goes_from_the_first_day_to_the_last_and_the_highest_is_at_the_top():
    drawn = ElementTree.fromstring(
        str(charts.line("a", "b", [Point(0, "", ""), Point(100, "", ""), Point(50, "", "")]))
    )

    places = next(element for element in drawn.iter() if element.get("class") == "now").get("points")
    assert places == "0.00,100.00 50.00,0.00 100.00,50.00"


@pytest.mark.parametrize(("most", "top"), [(0, 1), (1, 1), (3, 5), (84, 100), (101, 200), (2001, 5000)])
def test_the_scale_ends_at_a_round_figure(most, top):
    assert charts.top_of(most) == top


def words_of(picture):
    return {element.text: element for element in ElementTree.fromstring(str(picture)).iter(f"{SVG}text")}


def test_sums_are_written_as_people_write_them():
    words = words_of(charts.line("a", "b", POINTS, scale=lambda value: f"{value} ₽", wide=80))

    assert {"100 ₽", "0 ₽", "76 orders"} <= set(words)
    assert words["76 Nov"].get("x") == "80%"


def test_the_last_figure_is_not_written_over_the_scale():
    high = [Point(10, "1", "10"), Point(100, "2", "a hundred")]

    assert "100" not in words_of(charts.line("a", "b", high))
    assert "100" in words_of(charts.line("a", "b", high[::-1]))


def test_columns_are_as_tall_as_their_figures_beside_the_largest():
    drawn = ElementTree.fromstring(str(charts.columns("a", "b", [Point(50, "1", "50"), Point(100, "2", "100")])))

    low, high = (int(one.get("height")) for one in drawn.iter(f"{SVG}rect"))
    assert (2 * low, high) == (charts.COLUMN_DRAWN, charts.COLUMN_DRAWN)
