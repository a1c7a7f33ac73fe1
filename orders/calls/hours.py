"""The hours and limits of calls: when customers may be rung, how often, and by when something follows."""

from collections.abc import Mapping
from datetime import datetime, time
from typing import Any, Final

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from orders import journal
from orders.models import Shop
from orders.models.shop import MissedCallback
from shopdesk.base.access import Actor
from shopdesk.base.errors import FieldError, Malformed

CLOCKS: Final = ("calls_from", "calls_until", "calls_weekend_from", "calls_weekend_until")
# The least and the most of each figure: minutes, hours, days and times a day, as their names say.
FIGURES: Final = {
    "calls_a_day": (1, 20), "contacts_a_day": (1, 50), "own_first_minutes": (0, 1_440),
    "first_call_limit_minutes": (1, 10_080), "escalate_after_minutes": (1, 10_080), "follow_up_after_days": (0, 90),
    "missed_callback_after_minutes": (1, 10_080), "confirm_within_hours": (1, 2_160), "pay_within_hours": (1, 2_160),
    "confirm_manual_within_hours": (1, 2_160), "call_leads_after_minutes": (0, 10_080),
}  # fmt: skip
OTHERS: Final = ("calls_weekdays", "calls_on_holidays", "missed_callback")
SETTINGS: Final = (*CLOCKS, *OTHERS, *FIGURES)
WEEK: Final = "1234567"  # ISO: 1 is Monday


def see_hours() -> Mapping[str, Any]:
    """Give the hours and limits as they are set now."""
    shop = Shop.current()
    return {name: getattr(shop, name) for name in SETTINGS}


@transaction.atomic(durable=True)
def set_hours(wanted: Mapping[str, Any], *, by: Actor, at: datetime) -> Shop:
    """Set hours and limits of calls, those that are named; the hours that tasks have already stay. Raises Malformed.

    The same again changes nothing and is not journalled.
    """
    shop = Shop.objects.select_for_update(no_key=True).first() or Shop.current()
    changed = {name: value for name, value in wanted.items() if getattr(shop, name) != value}
    _refuse_wrong({name: getattr(shop, name) for name in SETTINGS} | changed)
    if not changed:
        return shop
    for name, value in changed.items():
        setattr(shop, name, value)
    shop.save()
    said = {name: value.isoformat("minutes") if isinstance(value, time) else value for name, value in changed.items()}
    journal.record([journal.Entry("calls.hours", data=said, subject=("shop", shop.pk))], by=by, at=at)
    return shop


def _refuse_wrong(values: Mapping[str, Any]) -> None:
    """Refuse hours and limits that cannot be kept, with everything that is wrong in them."""
    errors = [
        FieldError(f"/{name}", "unknown", _("There is no such setting.")) for name in values if name not in SETTINGS
    ]
    errors += _wrong_hours(values)
    for name, (least, most) in FIGURES.items():
        if not isinstance(values[name], int) or not least <= values[name] <= most:
            errors.append(FieldError(f"/{name}", "max_value", _("That figure is out of its bounds.")))
    if values["missed_callback"] not in MissedCallback.values:
        errors.append(FieldError("/missed_callback", "invalid_choice", _("There is no such rule.")))
    if errors:
        raise Malformed(errors)


def _wrong_hours(values: Mapping[str, Any]) -> list[FieldError]:
    """Say what is wrong with the hours: nobody could be rung in them, or only one end of a weekend is named."""
    errors = []
    days = values["calls_weekdays"]
    if not days or not set(days) <= set(WEEK) or len(days) != len(set(days)):
        errors.append(FieldError("/calls_weekdays", "required", _("Choose a day on which customers may be rung.")))
    backwards = _("The hours end before they begin.")
    if values["calls_from"] is None or values["calls_until"] is None or values["calls_from"] >= values["calls_until"]:
        errors.append(FieldError("/calls_until", "min_value", backwards))
    opens, closes = values["calls_weekend_from"], values["calls_weekend_until"]
    if (opens is None) != (closes is None):
        errors.append(FieldError("/calls_weekend_until", "required", _("Name both hours of the weekend, or neither.")))
    elif opens is not None and opens >= closes:
        errors.append(FieldError("/calls_weekend_until", "min_value", backwards))
    return errors
