"""The pages' own pictures away from the page: the same SVG with its colours and places written out, and as PNG.

On a page the style sheet colours a picture and the window stretches it. A letter and a sheet of paper have neither.
"""

from collections.abc import Callable, Mapping
from typing import Literal
from xml.etree.ElementTree import Element, SubElement, tostring  # writes only; what is read goes through defusedxml

from defusedxml.ElementTree import fromstring

from reports.charts import Picture
from shopdesk.base import papers

Theme = Literal["light", "dark"]
WIDE = 600  # pixels of a letter's column
PNG_SCALE = 2  # sharp on screens with two dots a pixel
FONT = "PT Sans"
# The tokens of `desk.css` as sRGB, which is all that mail and paper know. A test works them out from tokens.css.
COLOURS: Mapping[Theme, Mapping[str, str]] = {
    "light": {"surface": "#ffffff", "ink": "#191e27", "soft": "#555b65", "line": "#e0e2e5", "edge": "#81878f",
              "accent": "#105fa6", "act": "#105fa6"},
    "dark": {"surface": "#171a1f", "ink": "#ebedf0", "soft": "#a6abb2", "line": "#2b2f36", "edge": "#696f77",
             "accent": "#7fc2fa", "act": "#2770bd"},
}  # fmt: skip
# What the style sheet says of each class; a colour is named by its token.
LOOKS: Mapping[str, Mapping[str, str]] = {
    "grid": {"stroke": "line", "stroke-width": "1"},
    "now": {"fill": "none", "stroke": "accent", "stroke-width": "2", "stroke-linejoin": "round"},
    "before": {"fill": "none", "stroke": "edge", "stroke-width": "1.5", "stroke-dasharray": "4 4"},
    "area": {"fill": "accent", "fill-opacity": "0.09"},
    "bar": {"fill": "act"},
    "strong": {"fill": "ink", "font-weight": "700"},
    "": {"fill": "soft"},
}
SHAPES = ("line", "polyline", "polygon", "rect", "text")


def standalone(picture: Picture, *, theme: Theme = "light", wide: int = WIDE) -> str:
    """Give the same drawing that needs no style sheet and no window: places in pixels, colours of a theme."""
    drawn = fromstring(str(picture))
    high = int(drawn.get("height", "0"))
    size = {"width": str(wide), "height": str(high), "viewBox": f"0 0 {wide} {high}"}
    root = Element("svg", {"xmlns": "http://www.w3.org/2000/svg", **size})
    for element in drawn:
        if _name(element) == "svg":
            for inner in element:
                root.append(_plain(inner, theme, wide, _stretch(element, wide)))
        elif _name(element) in SHAPES:
            root.append(_plain(element, theme, wide, None))
    return tostring(root, encoding="unicode")


def png(picture: Picture, *, theme: Theme = "light", wide: int = WIDE) -> bytes:
    """Give the same drawing as a PNG on the theme's own ground."""
    high = int(fromstring(str(picture)).get("height", "0"))
    drawing = standalone(picture, theme=theme, wide=wide)
    return papers.png(drawing, (wide, high), ground=COLOURS[theme]["surface"], scale=PNG_SCALE)


Stretch = Callable[[str, str], tuple[str, str]]


def _stretch(frame: Element, wide: int) -> Stretch:
    """Give where a point of a stretched drawing (0 to 100 both ways) comes to lie."""
    left, top = float(frame.get("x", "0")), float(frame.get("y", "0"))
    width, height = _pixels(frame.get("width", "100%"), wide), float(frame.get("height", "0"))

    def place(x: str, y: str) -> tuple[str, str]:
        return _short(left + float(x) * width / 100), _short(top + float(y) * height / 100)

    return place


def _plain(element: Element, theme: Theme, wide: int, stretch: Stretch | None) -> Element:
    """Write one shape with everything that it needs."""
    name, shown = _name(element), dict(element.attrib)
    css = shown.pop("class", "")
    shown.pop("vector-effect", None)
    if stretch:
        _move(shown, stretch)
    else:
        for side in ("x", "width"):
            if shown.get(side, "").endswith("%"):
                shown[side] = _short(_pixels(shown[side], wide))
    colours = COLOURS[theme]
    shown |= {key: colours.get(value, value) for key, value in LOOKS[css].items()}
    if name == "text":
        shown |= {"font-family": FONT, "font-size": "12"}
    plain = Element(name, shown)
    plain.text = element.text
    for part in element:
        SubElement(plain, _name(part), dict(part.attrib)).text = part.text
    return plain


def _move(shown: dict[str, str], stretch: Stretch) -> None:
    """Bring the points of a line or an area to their places."""
    if "points" in shown:
        pairs = (pair.split(",") for pair in shown["points"].split())
        shown["points"] = " ".join(",".join(stretch(x, y)) for x, y in pairs)
    else:
        shown["x1"], shown["y1"] = stretch(shown["x1"], shown["y1"])
        shown["x2"], shown["y2"] = stretch(shown["x2"], shown["y2"])


def _name(element: Element) -> str:
    return str(element.tag).rsplit("}", 1)[-1]


def _pixels(share: str, wide: int) -> float:
    return float(share.removesuffix("%")) * wide / 100 if share.endswith("%") else float(share)


def _short(number: float) -> str:
    return f"{number:.2f}"
