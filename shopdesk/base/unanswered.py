"""Why another program did not answer as it should: a stable word in the rows, a sentence for whoever looks."""

from typing import Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

WORDS: Final = {
    "name": gettext_lazy("its address is not known in the network"),
    "certificate": gettext_lazy("its certificate is not valid"),
    "time": gettext_lazy("it did not answer in time"),
    "connect": gettext_lazy("it cannot be reached"),
    "answer": gettext_lazy("its answer broke off"),
    "characters": gettext_lazy("its address cannot be read"),
    "scheme": gettext_lazy("its address does not begin with https://"),
    "host": gettext_lazy("its address names no host"),
    "port": gettext_lazy("the port of its address is not allowed"),
    "address": gettext_lazy("its address is inside the network"),
    "too_large": gettext_lazy("its answer is too large"),
    "not_json": gettext_lazy("it answered something that is no JSON"),
    "not_a_list": gettext_lazy("it answered no list"),
}
REFUSED_KEYS: Final = {"401", "403"}


def tell(reason: str) -> str:
    """Put a reason into words: a status of HTTP by its number, an unknown word as it is, nothing for none."""
    if reason in REFUSED_KEYS:
        return _("it refused the key (%(status)s)") % {"status": reason}
    if reason.isascii() and reason.isdigit():
        return _("it answered %(status)s") % {"status": reason}
    return str(WORDS.get(reason, reason))
