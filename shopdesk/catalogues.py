"""Compile the translations with Babel, so that no machine needs msgfmt."""

from collections.abc import Iterable
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po


def compile_all(folders: Iterable[Path]) -> int:
    """Compile each catalogue that is newer than its compiled form. Gives how many were compiled."""
    compiled = 0
    for folder in folders:
        for source in sorted(Path(folder).glob("*/LC_MESSAGES/*.po")):
            compiled += compile_one(source)
    return compiled


def compile_one(source: Path) -> int:
    """Compile one catalogue; it appears whole or not at all, since a web process may be reading it."""
    target = source.with_suffix(".mo")
    if target.exists() and target.stat().st_mtime >= source.stat().st_mtime:
        return 0
    with source.open("rb") as file:
        catalogue = read_po(file, locale=source.parent.parent.name)
    unfinished = target.with_suffix(".mo.new")
    with unfinished.open("wb") as file:
        write_mo(file, catalogue)
    unfinished.replace(target)
    return 1
