"""The process that opens what somebody sent: `python -I child.py picture|workbook`, content in, clean content out.

It gives itself limits first, then reads. It knows no settings, no database and no network; whatever breaks here breaks
nothing else. Exit 3: not what it should be.
"""

import io
import json
import resource
import sys
import warnings

MEMORY_BYTES = 768 * 1024 * 1024
SECONDS = 25  # of the processor; the keeper waits a little longer
FILE_BYTES = 0  # nothing is written to the disk
MOST_PIXELS = 40_000_000
LONGEST_SIDE = 3_600  # an A4 sheet at 300 dots an inch; larger pictures are made smaller
MOST_OUT_BYTES = 50_000_000
MOST_ROWS, MOST_COLUMNS = 20_000, 200
UNREADABLE = 3


def main() -> int:
    """Do one work on the standard input."""
    limits = [(resource.RLIMIT_CPU, SECONDS), (resource.RLIMIT_FSIZE, FILE_BYTES), (resource.RLIMIT_CORE, 0)]
    if sys.platform != "darwin":  # there the kernel refuses this one; the bound of pixels and the time are left
        limits.append((resource.RLIMIT_AS, MEMORY_BYTES))
    for what, most in limits:
        resource.setrlimit(what, (most, most))
    work = {"picture": redraw, "workbook": read_rows}[sys.argv[1]]
    try:
        out = work(sys.stdin.buffer.read())
    except BaseException:  # whatever a hostile file does, there is one answer
        return UNREADABLE
    if len(out) > MOST_OUT_BYTES:
        return UNREADABLE
    sys.stdout.buffer.write(out)
    return 0


def redraw(content: bytes) -> bytes:
    """Decode a picture and draw it anew: what was hidden beside, behind or inside the pixels' file is gone."""
    from PIL import Image, ImageOps  # noqa: PLC0415  after the limits

    Image.MAX_IMAGE_PIXELS = MOST_PIXELS
    warnings.simplefilter("error", Image.DecompressionBombWarning)
    with Image.open(io.BytesIO(content), formats=[sys.argv[2]]) as picture:
        if picture.width * picture.height > MOST_PIXELS or getattr(picture, "n_frames", 1) > 1:
            raise ValueError
        turned = ImageOps.exif_transpose(picture)  # a phone keeps "this side up" in what is thrown away
        turned.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
        # Onto an empty sheet: a converted picture would keep its comments and take them along.
        clean = Image.new("RGB", turned.size, "white")
        clean.paste(turned.convert("RGB"))
    out = io.BytesIO()
    clean.save(out, "JPEG", quality=88, optimize=True)
    return out.getvalue()


def read_rows(content: bytes) -> bytes:
    """Read the first sheet as rows of words."""
    from python_calamine import CalamineWorkbook  # noqa: PLC0415  after the limits

    sheet = CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_index(0)
    if sheet.total_height > MOST_ROWS + 1 or sheet.total_width > MOST_COLUMNS:
        raise ValueError
    rows = [[written(cell) for cell in row] for row in sheet.to_python()]
    if len(rows) > MOST_ROWS + 1 or any(len(row) > MOST_COLUMNS for row in rows):
        raise ValueError
    return json.dumps(rows, ensure_ascii=False).encode("utf-8", "surrogatepass")


def written(cell: object) -> str:
    """Give a cell as a person would write it: a spreadsheet keeps every number with a point."""
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell)


if __name__ == "__main__":
    sys.exit(main())
