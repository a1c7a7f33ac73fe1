"""Tables that people take away: words stay words in every spreadsheet (SEC-37), and come back as they were.

What a buyer typed may begin like a formula. In CSV such a word gets an apostrophe before it, which a spreadsheet hides
and `restored` takes off again; in a workbook every cell is written as what it is, text or number.
"""

import csv
import io
import re
from collections.abc import Iterable

# The full-width forms are the very characters; some spreadsheets read them as the plain ones.
DANGEROUS = re.compile("[\\s\u00a0\ufeff]*[=+\\-@＝＋－＠]|[\t\r\n]")
BOM = "\ufeff"  # without it a spreadsheet takes Cyrillic for Latin-1
# How a workbook is opened: no text becomes a formula, a link or a number by its looks.
PLAIN_CELLS = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}


def guarded(word: str) -> str:
    """Give a word that no spreadsheet takes for a formula. Also for phones: +7… is a formula to a spreadsheet."""
    return f"'{word}" if DANGEROUS.match(word) else word


def restored(word: str) -> str:
    """Take off what `guarded` put on, so that a table that was taken away can be read in again."""
    return word[1:] if word.startswith("'") and DANGEROUS.match(word[1:]) else word


def csv_line(words: Iterable[str], *, figures: Iterable[str] = ()) -> bytes:
    """Write a row (RFC 4180, UTF-8): guarded words, then figures of ours as they are."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\r\n").writerow([*(guarded(word) for word in words), *figures])
    return text.getvalue().encode()
