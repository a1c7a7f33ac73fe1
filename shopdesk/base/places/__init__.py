"""Regions as people write them, told by ISO 3166-2 code, with the zone their clocks keep.

Russia's 83 regions are in `regions_ru.csv` (codes and zones are facts; names as they are written in addresses). Other
countries that keep one clock need no region for the hour: what is written there stays as it is.
"""

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path

KNOWN = {"RU": "regions_ru.csv"}
MARKS = re.compile(r"[\"'`«»“”„’ʹʺ()\[\].,;:/\\_–—-]+")
# What only says which kind of region it is; without it "обл. Московская" and "Московская область" are the same.
KINDS = frozenset(
    (
        *(
            "область",
            "обл",
            "край",
            "кр",
            "республика",
            "респ",
            "автономный",
            "автономная",
            "авт",
            "округ",
            "ао",
            "аобл",
        ),
        *("город", "гор", "г", "регион", "oblast", "obl", "kray", "krai", "respublika", "republic", "rep"),
        *("avtonomnyy", "avtonomnaya", "autonomous", "okrug", "district", "region", "gorod", "city", "federal"),
        *("territory", "of", "the"),
    )
)
ADJECTIVE = re.compile(r"(ск|sk|tsk)(ая|ий|ой|ое|ого|ую|aya|aja|iy|ij|y|oy|i|ii)$")
CITIES = frozenset({"RU-MOW", "RU-SPE"})
MOST_PARTS = 6  # of an address: the region stands before the street
SHORT = 12  # a code with or without the country
LATIN = re.compile(r"[a-z]")


@dataclass(frozen=True, slots=True)
class Region:
    """A region: its code such as RU-MOW, and its IANA zone."""

    code: str
    zone: str


def region_of(text: str, country: str) -> Region | None:
    """Tell a region however it is written: by code, in full, shortened, in Russian or in Latin letters.

    None when it is not known, or is written in a way that fits several.
    """
    if country not in KNOWN or not text.strip():
        return None
    written = text.strip().upper()
    code = written if written.startswith(f"{country}-") else f"{country}-{written}"
    if len(code) <= SHORT and code in _by_code(country):
        return _by_code(country)[code]
    named = _by_name(country)
    # With its kind first: the Altai has a republic and a territory, Moscow a city and a region around it.
    return named.get(_key(text, whole=True)) or named.get(_key(text, whole=False))


def region_in(text: str, country: str) -> Region | None:
    """Find the region in an address written in one line: a part that names its kind, or a city that is a region."""
    for part in text.split(",")[:MOST_PARTS]:
        found = region_of(part, country)
        says_kind = bool(set(MARKS.sub(" ", part.casefold()).split()) & KINDS)
        if found and (says_kind or found.code in CITIES):
            return found
    return None


@lru_cache(4_096)
def key_of(text: str, code: str = "") -> str:
    """Give the one key by which regions are compared: the code where one is known, else the casefolded text."""
    if code or not text.strip():
        return code
    known = next((found.code for country in KNOWN if (found := region_of(text, country))), "")
    return known or text.strip().casefold()


def name_of(key: str) -> str:
    """Name a region by its code; a key that is no code names itself."""
    return next((names[1] for country in KNOWN for code, names in _named(country) if code == key), key)


def zone_of_region(text: str, country: str) -> str:
    """Give the zone of a region; empty when the region is not known."""
    found = region_of(text, country)
    return found.zone if found else ""


@cache
def _by_code(country: str) -> dict[str, Region]:
    return {region.code: region for region, _names in _read(country)}


@cache
def _named(country: str) -> list[tuple[str, list[str]]]:
    """Give each region's code with its names: in Latin letters first, then in its own."""
    return [(region.code, names) for region, names in _read(country)]


@cache
def _by_name(country: str) -> dict[str, Region]:
    """Give every way of writing a region that is nobody else's; a name as it stands outranks one without its kind."""
    found: dict[str, Region] = {}
    for whole in (True, False):
        here: dict[str, set[Region]] = {}
        for region, names in _read(country):
            for name in names:
                here.setdefault(_key(name, whole=whole), set()).add(region)
        found = {key: next(iter(ones)) for key, ones in here.items() if len(ones) == 1 and key} | found
    return found


def _read(country: str) -> Iterator[tuple[Region, list[str]]]:
    with Path(__file__).with_name(KNOWN[country]).open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            yield Region(row["code"], row["zone"]), row["names"].split("|")


def _key(text: str, *, whole: bool) -> str:
    """Give what two ways of writing one region share: no case, no marks, words in order, adjectives by their stem.

    `whole` keeps the kind of region.
    """
    plain = re.sub("[\"'`’ʹʺ]", "", text.casefold().replace("ё", "е"))
    words = MARKS.sub(" ", plain).split()
    kept = [_stem(word) for word in words if word not in KINDS]
    kinds = [_kind(word) for word in words if word in KINDS] if whole else []
    return " ".join(sorted(kept) + sorted(set(kinds)))


def _stem(word: str) -> str:
    return ADJECTIVE.sub(r"\1", word)


def _kind(word: str) -> str:
    """Give one word for the ways a kind is written."""
    same = {"обл": "область", "кр": "край", "респ": "республика", "гор": "г", "город": "г", "obl": "oblast"}
    same |= {"region": "oblast", "krai": "kray", "republic": "respublika", "rep": "respublika", "city": "gorod"}
    return same.get(word, word)
