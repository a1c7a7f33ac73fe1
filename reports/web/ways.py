"""The ways between the pages of the report: its sections, of the same days."""

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import pgettext_lazy

from reports import sections
from reports.section import Section
from reports.sections import SECTIONS
from reports.web.asking import Wanted
from reports.web.meanings import Words

PARTS: Mapping[str, Words] = {
    "day": pgettext_lazy("report", "By day"),
    "week": pgettext_lazy("report", "By week"),
    "month": pgettext_lazy("report", "By month"),
}


def tabs(wanted: Wanted, here: str) -> list[dict[str, Any]]:
    """Give the way to each section of the same days."""
    found: list[dict[str, Any]] = [{"label": _("Overview"), "url": wanted.path(), "on": not here}]
    found += [
        {"label": one.name, "url": path_to_section(wanted, one), "on": one.code == here} for one in SECTIONS.values()
    ]  # fmt: skip
    return [*found, {"label": _("Cash with couriers"), "url": reverse("reports-cash"), "on": False}]


def path_to_section(
    wanted: Wanted, section: Section, group: str = "", only: Sequence[tuple[str, str]] = ()
) -> str:  # fmt: skip
    """Give the address of a section of these days, told apart by `group`, narrowed to `only`."""
    more = {"group": group, "only": sections.write_only(only)}
    asked = urlencode({name: value for name, value in more.items() if value})
    return at_section(section, wanted.path()) + (f"&{asked}" if asked else "")


def at_section(section: Section, path: str) -> str:
    """Turn the address of the overview of some days into that of a section."""
    return f"{reverse('reports-section', args=[section.code])}?{path.partition('?')[2]}"
