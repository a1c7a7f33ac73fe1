"""How numbers, money, hours and phones are written for people: by their language, in the shop's zone.

Formats come from Unicode CLDR through Babel. No-break spaces join a figure with its unit.
"""

from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from zoneinfo import ZoneInfo

import phonenumbers
from babel.dates import format_date, format_skeleton, get_timezone_location
from babel.numbers import format_compact_decimal, format_decimal
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from shopdesk.base.money import digits

NBSP = "\u00a0"
MINUS = "\u2212"
# English as written in Europe: 21 Nov, 1,284.50, and the sum before its currency like in the other two languages.
LOCALES = {"en": "en_150", "ru": "ru", "bg": "bg"}
SYMBOLS = {
    "RUB": "₽", "EUR": "€", "USD": "$", "GBP": "£", "BGN": "лв.", "KZT": "₸", "UAH": "₴", "TRY": "₺", "PLN": "zł",
    "CZK": "Kč", "GEL": "₾", "AMD": "֏", "AZN": "₼", "ILS": "₪", "INR": "₹", "JPY": "¥", "CNY": "CN¥",
}  # fmt: skip
# Nobody prices in hundredths of these; they are shown only when they are there.
WHOLE_PRICES = {"RUB", "KZT", "UAH", "AMD", "UZS", "KGS", "RSD", "HUF", "CZK"}
PERCENT = Decimal(100)
KEPT = 4_096  # sums and phones that are remembered as written
HOUR_MINUTES, DAY_MINUTES = 60, 24 * 60


def locale_of(language: str | None = None) -> str:
    """Give Babel's locale of a language, of the one in use when none is named."""
    return LOCALES.get((language or get_language() or "en")[:2], LOCALES["en"])


def number(value: int | Decimal, locale: str = "") -> str:
    """Write a number: 1 284,5 in Russian, 1,284.5 in English. Who writes hundreds asks for the locale once."""
    return _number(value, locale or locale_of())


@lru_cache(maxsize=KEPT)
def _number(value: int | Decimal, locale: str) -> str:
    written: str = format_decimal(value, locale=locale)
    return written.replace("-", MINUS).replace("\u202f", NBSP)


def money(minor: int, currency: str, locale: str = "") -> str:
    """Write minor units with their currency: 8 460 ₽, 112,40 €."""
    return _money(minor, currency, locale or locale_of())


@lru_cache(maxsize=KEPT)
def _money(minor: int, currency: str, locale: str) -> str:
    """A sum. Lists write the same sums and phones again and again, and Babel takes its time."""
    places = digits(currency)
    whole = currency in WHOLE_PRICES and minor % 10**places == 0
    pattern = "#,##0" if whole or not places else "#,##0." + "0" * places
    written: str = format_decimal(Decimal(minor).scaleb(-places), format=pattern, locale=locale)
    return f"{written.replace('-', MINUS)}{NBSP}{SYMBOLS.get(currency, currency)}"


def compact(minor: int, currency: str) -> str:
    """Write minor units in thousands or millions, for the edge of a picture: 269K, 269 тыс."""
    return _compact(int(Decimal(minor).scaleb(-digits(currency))), locale_of())


@lru_cache(maxsize=KEPT)
def _compact(amount: int, locale: str) -> str:
    written: str = format_compact_decimal(amount, locale=locale, fraction_digits=1 if abs(amount) < 10**4 else 0)
    return written.replace("-", MINUS).replace(" ", NBSP)


def kilograms(weight_g: int) -> str:
    """Write grams as kilograms: 0,74 кг."""
    written: str = format_decimal(Decimal(weight_g).scaleb(-3), format="#,##0.00", locale=locale_of())
    return _("%(kilograms)s kg") % {"kilograms": written}


def percent(share: Decimal, *, places: int = 1) -> str:
    """Write a share of one as a percentage: 0.842 is 84,2 %."""
    written: str = format_decimal(share * PERCENT, format="#,##0." + "#" * places, locale=locale_of())
    return f"{written.replace('-', MINUS)}{NBSP}%"


def clock(at: datetime, zone: str) -> str:
    """Write the hour of an instant in a zone: 14:32."""
    return at.astimezone(ZoneInfo(zone)).strftime("%H:%M")


def clocked(seconds: int) -> str:
    """Write a short span as a clock counts it: 1:05."""
    return f"{seconds // 60}:{seconds % 60:02}"


def hour_or_day(at: datetime, *, now: datetime, zone: str) -> str:
    """Write today's hour, else the date; the year when it is another one."""
    there, here = at.astimezone(ZoneInfo(zone)), now.astimezone(ZoneInfo(zone))
    return there.strftime("%H:%M") if there.date() == here.date() else short_day(there.date(), today=here.date())


def day_and_hour(at: datetime, *, now: datetime, zone: str) -> str:
    """Write the hour, with the date before it when it is not today."""
    written = hour_or_day(at, now=now, zone=zone)
    hour = clock(at, zone)
    return hour if written == hour else f"{written}, {hour}"


def short_day(on: date, *, today: date) -> str:
    """Write a date: 20 Nov, 20 нояб.; with its year when that is not this year."""
    skeleton = "MMMd" if on.year == today.year else "yMMMd"
    return _short(on, skeleton, locale_of())


@lru_cache(maxsize=KEPT)
def _short(on: date, skeleton: str, locale: str) -> str:
    noon = datetime(on.year, on.month, on.day, 12, tzinfo=ZoneInfo("UTC"))
    written: str = format_skeleton(skeleton, noon, tzinfo=ZoneInfo("UTC"), locale=locale)
    return written.replace(" ", NBSP)


def long_day(on: date) -> str:
    """Write a date with its weekday: Saturday, 21 November."""
    written: str = format_date(on, "EEEE, d MMMM", locale=locale_of())
    return written[:1].upper() + written[1:]


def city_of(zone: str) -> str:
    """Name the city whose clock a zone is: Moscow, Москва."""
    named: str = get_timezone_location(zone, locale=locale_of(), return_city=True)
    return named


def lasting(span: timedelta) -> str:
    """Write how long something lasted: 9 min, 2 h 10, 4 days."""
    minutes = max(0, int(span.total_seconds() // 60))
    if minutes < HOUR_MINUTES:
        return _("%(minutes)d min") % {"minutes": minutes}
    hours, rest = divmod(minutes, HOUR_MINUTES)
    if minutes < DAY_MINUTES:
        return _("%(hours)d h %(minutes)02d") % {"hours": hours, "minutes": rest}
    days = minutes // DAY_MINUTES
    return ngettext("%(days)d day", "%(days)d days", days) % {"days": days}


@lru_cache(maxsize=KEPT)
def phone(e164: str) -> str:
    """Write a number the way it is dialled, in one piece: +7 916 123-45-67. What is no number is left as it is."""
    try:
        parsed = phonenumbers.parse(e164)
    except phonenumbers.NumberParseException:
        return e164
    written = phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.INTERNATIONAL)
    return written.replace(" ", NBSP).replace("-", "\u2011")
