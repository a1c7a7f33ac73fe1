"""Reading papers back: what a scanner and an eye see on each page of a PDF."""

from dataclasses import dataclass

import pypdfium2
import zxingcpp

DOTS_PER_POINT = 3
MM_PER_POINT = 25.4 / 72


@dataclass(frozen=True)
class Sheet:
    """A page: its text, its barcodes, how wide each is, and its size."""

    text: str
    codes: list[str]
    widths_mm: list[float]
    size_mm: tuple[int, int]


def read(pdf: bytes) -> list[Sheet]:
    """Render every page and read it."""
    document = pypdfium2.PdfDocument(pdf)
    sheets = []
    for page in document:
        bitmap = page.render(scale=DOTS_PER_POINT, grayscale=True)
        pixels = memoryview(bytes(bitmap.buffer)).cast("B", (bitmap.height, bitmap.stride))
        found = sorted(zxingcpp.read_barcodes(pixels), key=lambda code: code.text)
        wide = [
            (code.position.top_right.x - code.position.top_left.x) / DOTS_PER_POINT * MM_PER_POINT for code in found
        ]
        size = (round(page.get_width() * MM_PER_POINT), round(page.get_height() * MM_PER_POINT))
        text = " ".join(page.get_textpage().get_text_range().split())
        sheets.append(Sheet(text, [code.text for code in found], wide, size))
    return sheets
