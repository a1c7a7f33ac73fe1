"""Joining what was drawn piece by piece into one PDF, page behind page."""

from collections.abc import Sequence
from pathlib import Path

import pypdfium2


def join(parts: Sequence[Path], whole: Path) -> int:
    """Write the pages of all parts into one file. Only ever papers of our own. Gives how many pages."""
    joined = pypdfium2.PdfDocument.new()
    try:
        for path in parts:
            part = pypdfium2.PdfDocument(path)
            try:
                joined.import_pages(part)
            finally:
                part.close()
        joined.save(whole)
        return len(joined)
    finally:
        joined.close()
