"""Regions of Russia in the ways people write them; the code and the zone of each are those of the fixture."""

import csv
from pathlib import Path

import pytest

from shopdesk.base.places import Region, region_in, region_of, zone_of_region

pytestmark = pytest.mark.once
FIXTURE = Path(__file__).resolve().parents[4] / "shared" / "fixtures" / "places" / "ru_regions_timezones.csv"


def rows() -> list[dict[str, str]]:
    with FIXTURE.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize("row", rows(), ids=lambda row: row["iso_3166_2"])
def test_every_region_of_the_fixture_is_known(row):
    wanted = Region(row["iso_3166_2"], row["iana_zone"])
    name = row["name"]
    spellings = [row["iso_3166_2"], row["iso_3166_2"].lower(), row["iso_3166_2"][3:], name, name.upper()]
    spellings += [name.replace("'", ""), " ".join(reversed(name.split(", ")))]
    assert {spelling: region_of(spelling, "RU") for spelling in spellings} == dict.fromkeys(spellings, wanted)


@pytest.mark.parametrize(
    ("code", "spellings"),
    [
        ("RU-MOW", "Москва|г. Москва|Москва г|г Москва|город Москва|MOSCOW|Moskva|Moscow City"),
        ("RU-MOS", "Московская область|Московская обл.|обл Московская|МО|Подмосковье|Moscow Oblast|Moskovskaya obl"),
        ("RU-SPE", "Санкт-Петербург|СПб|г.Санкт-Петербург|С-Петербург|Saint Petersburg|St. Petersburg|Sankt-Peterburg"),
        ("RU-LEN", "Ленинградская область|Ленинградская обл|Ленобласть|Leningradskaya oblast"),
        ("RU-ALT", "Алтайский край|край Алтайский|Altayskiy kray|Алтайский кр."),
        ("RU-AL", "Республика Алтай|Респ. Алтай|Алтай Респ|Горный Алтай"),
        ("RU-TA", "Татарстан|Республика Татарстан|Татарстан Респ|респ Татарстан|Tatarstan"),
        ("RU-SA", "Саха (Якутия)|Республика Саха (Якутия)|Якутия|Саха /Якутия/ Респ"),
        ("RU-KHM", "ХМАО|ХМАО-Югра|Ханты-Мансийский АО|Ханты-Мансийский Автономный округ - Югра АО"),
        ("RU-YAN", "ЯНАО|Ямало-Ненецкий АО|Ямало-Ненецкий автономный округ"),
        ("RU-NEN", "НАО|Ненецкий АО"),
        ("RU-SE", "Северная Осетия|Респ. Северная Осетия - Алания"),
        ("RU-KEM", "Кемеровская область - Кузбасс|Кузбасс|кемеровская обл"),
        ("RU-CU", "Чувашия|Чувашская Республика|Чувашская Республика - Чувашия"),
        ("RU-NIZ", "Нижегородская|нижегородская обл.|Nizhny Novgorod"),
        ("RU-YEV", "ЕАО|Еврейская АО|Еврейская автономная область|Еврейская Аобл"),
        ("RU-PRI", "Приморье|Приморский край|PRIMORSKIY KRAY"),
    ],
)
def test_people_write_regions_in_many_ways(code, spellings):
    found = {spelling: getattr(region_of(spelling, "RU"), "code", None) for spelling in spellings.split("|")}
    assert found == dict.fromkeys(spellings.split("|"), code)


@pytest.mark.parametrize(
    "text", ["", "  ", "Нарния", "область", "край", "12345", "Moscow, Idaho", "\u202e", "обл. " * 50]
)
def test_what_is_no_region_is_none(text):
    assert region_of(text, "RU") is None
    assert zone_of_region(text, "RU") == ""


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("420111, Республика Татарстан, г. Казань, ул. Баумана, 5", "RU-TA"),
        ("Москва, Садовая 1, кв. 5", "RU-MOW"),
        ("190000, Россия, г Санкт-Петербург, Невский пр., 1", "RU-SPE"),
        ("Новосибирская обл., Бердск, Московская, 3", "RU-NVS"),
        ("Бердск, ул. Московская, 3", None),
        ("Бердск, Московская, 3", None),
    ],
)
def test_region_is_found_in_an_address_of_one_line(text, code):
    assert getattr(region_in(text, "RU"), "code", None) == code


def test_other_countries_are_left_as_they_are():
    assert region_of("София", "BG") is None
    assert region_of("CA", "US") is None
