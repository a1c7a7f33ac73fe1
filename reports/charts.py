"""Pictures of figures: SVG by attributes and our own classes, so that they follow the theme and need no inline style.

Widths are in percent and the height is fixed: lines live in an inner drawing that is stretched, words outside it.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from xml.etree.ElementTree import Element, SubElement, tostring  # writes only, parses nothing

HEIGHT = 208
DRAWN = 172  # of the height; the rest is for the words under it
TOP = 8
WIDE = 94  # percent; the scale stands at the right of it
PACE_WIDE = 80  # where a plan ends stands beside what was reached
NEAR = 14  # two words closer than this lie on each other
COLUMN_DRAWN = 150
COLUMN_GAP = 24  # percent of a column's place
ROW = 28
BAR_WIDE = 42  # percent at most: a sum stands at the right of it, on a phone too
STEPS = (1, 2, 5)


@dataclass(frozen=True, slots=True)
class Point:
    """A figure with the words under it and the words for it: 76, "20 Nov", "76 orders"."""

    value: int
    label: str
    shown: str


class Picture(str):
    """A drawing that templates show as it is: every text in it was escaped by the XML writer."""

    __slots__ = ()

    def __html__(self) -> str:
        return self


def line(
    title: str,
    sentence: str,
    now: Sequence[Point],
    before: Sequence[Point] = (),
    *,
    scale: Callable[[int], str] = str,
    wide: int = WIDE,
) -> Picture:
    """Draw a figure over time: this period solid, the one before dashed. The sentence says what it shows.

    `scale` writes the figures beside it; `wide` is how many percent of the width they leave to the line.
    """
    root = _root(title, sentence, HEIGHT)
    if not now:
        return _picture(root)
    values = [point.value for point in (*now, *before)]
    low, high = min(0, *values), top_of(max(values))
    drawn = _stretched(root, wide)
    last = _down(now[-1].value, low, high)
    _grid(drawn)
    for y, value in ((0, high), (100, low)):
        if abs(TOP + 4 + DRAWN * y // 100 - last) >= NEAR:
            _text(root, "100%", TOP + 4 + DRAWN * y // 100, scale(value), {"text-anchor": "end"})
    places = _places(now, low, high)
    SubElement(drawn, "polygon", {"class": "area", "points": f"0,100 {places} 100,100"})
    if before:
        SubElement(drawn, "polyline", {"class": "before", "points": _places(before, low, high)})
    SubElement(drawn, "polyline", {"class": "now", "points": places})
    _text(root, "100%", last, now[-1].shown, {"class": "strong", "text-anchor": "end"})
    _text(root, "0%", HEIGHT - 6, now[0].label)
    if len(now) > 1:
        _text(root, f"{wide}%", HEIGHT - 6, now[-1].label, {"text-anchor": "end"})
    return _picture(root)


def pace(
    title: str, sentence: str, done: Sequence[Point], plan: Sequence[Point], *, scale: Callable[[int], str] = str
) -> Picture:
    """Draw what was reached, solid and as far as it is, on the way that was planned, dashed to its end."""
    root = _root(title, sentence, HEIGHT)
    if not plan:
        return _picture(root)
    wide = PACE_WIDE
    values = [point.value for point in (*done, *plan)]
    low, high = min(0, *values), top_of(max(values))
    drawn = _stretched(root, wide)
    _grid(drawn)
    last = _down((done or plan)[-1].value, low, high)
    end = _down(plan[-1].value, low, high)
    for y, value in ((0, high), (100, low)):
        place = TOP + 4 + DRAWN * y // 100
        if min(abs(place - last), abs(place - end)) >= NEAR:
            _text(root, "100%", place, scale(value), {"text-anchor": "end"})
    SubElement(drawn, "polyline", {"class": "before", "points": _places(plan, low, high)})
    if done:
        places = _places(done, low, high, len(plan))
        begin, until = places.split(" ")[0].split(",")[0], places.split(" ")[-1].split(",")[0]
        SubElement(drawn, "polygon", {"class": "area", "points": f"{begin},100 {places} {until},100"})
        SubElement(drawn, "polyline", {"class": "now", "points": places})
        _text(root, "100%", last, done[-1].shown, {"class": "strong", "text-anchor": "end"})
    if not done or abs(end - last) >= NEAR:
        _text(root, "100%", end, plan[-1].shown, {"text-anchor": "end"})
    _text(root, "0%", HEIGHT - 6, plan[0].label)
    _text(root, f"{wide}%", HEIGHT - 6, plan[-1].label, {"text-anchor": "end"})
    return _picture(root)


def columns(title: str, sentence: str, points: Sequence[Point]) -> Picture:
    """Draw figures as columns on the ground, each with its figure on top and its words below."""
    root = _root(title, sentence, COLUMN_DRAWN + 36)
    most = max([1, *(point.value for point in points)])
    place = 10_000 // max(len(points), 1)
    for index, point in enumerate(points):
        tall = COLUMN_DRAWN * max(point.value, 0) // most
        y, middle = 16 + COLUMN_DRAWN - tall, _percent(place * index + place // 2)
        x, width = _percent(place * index + place * COLUMN_GAP // 200), _percent(place * (100 - COLUMN_GAP) // 100)
        SubElement(root, "rect", {"class": "bar", "x": x, "y": str(y), "width": width, "height": str(tall), "rx": "2"})
        _text(root, middle, y - 6, point.shown, {"class": "strong", "text-anchor": "middle"})
        _text(root, middle, COLUMN_DRAWN + 32, point.label, {"text-anchor": "middle"})
    return _picture(root)


def bars(title: str, sentence: str, points: Sequence[Point]) -> Picture:
    """Draw figures side by side, each as wide as it is large beside the largest; words left, figures right."""
    root = _root(title, sentence, max(ROW * len(points), 1))
    most = max([1, *(point.value for point in points)])
    for index, point in enumerate(points):
        y = ROW * index
        _text(root, "0%", y + 18, point.label)
        width = BAR_WIDE * max(point.value, 0) * 100 // most
        SubElement(
            root, "rect", {"class": "bar", "x": "32%", "y": str(y + 4), "width": _percent(width), "height": "20"}
        )
        _text(root, "100%", y + 18, point.shown, {"class": "strong", "text-anchor": "end"})
    return _picture(root)


def funnel(title: str, sentence: str, stages: Sequence[Point]) -> Picture:
    """Draw how many of the first stage came to each later one. A later stage may be larger: older orders come to it."""
    return bars(title, sentence, stages)


def top_of(most: int) -> int:
    """Give the end of a scale: the next 1, 2 or 5 with noughts that holds the largest figure."""
    size = 1
    while True:
        for step in STEPS:
            if step * size >= most:
                return step * size
        size *= 10


def _root(title: str, sentence: str, height: int) -> Element:
    named = {"xmlns": "http://www.w3.org/2000/svg", "class": "chart", "role": "img"}
    root = Element("svg", named | {"width": "100%", "height": str(height)})
    SubElement(root, "title").text = title
    SubElement(root, "desc").text = sentence
    return root


def _stretched(root: Element, wide: int) -> Element:
    place = {"x": "0", "y": str(TOP), "width": f"{wide}%", "height": str(DRAWN), "overflow": "visible"}
    return SubElement(root, "svg", place | {"viewBox": "0 0 100 100", "preserveAspectRatio": "none"})


def _grid(drawn: Element) -> None:
    for y in (0, 50, 100):
        place = {"x1": "0", "x2": "100", "y1": str(y), "y2": str(y)}
        SubElement(drawn, "line", {"class": "grid", "vector-effect": "non-scaling-stroke"} | place)


def _places(points: Sequence[Point], low: int, high: int, of: int = 0) -> str:
    """Give the points in the drawing's own hundredths, with two digits and no floating point.

    `of` is how many points the whole width holds when these do not fill it.
    """
    last = max((of or len(points)) - 1, 1)
    return " ".join(
        f"{_hundredths(10_000 * index // last)},{_hundredths(10_000 * (high - point.value) // max(high - low, 1))}"
        for index, point in enumerate(points)
    )


def _down(value: int, low: int, high: int) -> int:
    """Give the y of a word beside a value, outside the stretched drawing."""
    return TOP + 4 + DRAWN * (high - value) // max(high - low, 1)


def _text(root: Element, x: str, y: int, words: str, more: dict[str, str] | None = None) -> None:
    SubElement(root, "text", {"x": x, "y": str(y)} | (more or {})).text = words


def _percent(hundredths: int) -> str:
    return f"{_hundredths(hundredths)}%"


def _hundredths(number: int) -> str:
    return f"{number // 100}.{number % 100:02d}"


def _picture(root: Element) -> Picture:
    return Picture(tostring(root, encoding="unicode"))
