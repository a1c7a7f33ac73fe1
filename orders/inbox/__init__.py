"""The inbox: what shops send is kept first, applied once, and nothing of it is lost."""

from orders.inbox.applying import MOST_REPLAYED, apply, apply_next, replay, waiting
from orders.inbox.keeping import Arrival, NotSigned, keep, keep_fetched, keep_test

__all__ = [
    "MOST_REPLAYED",
    "Arrival",
    "NotSigned",
    "apply",
    "apply_next",
    "keep",
    "keep_fetched",
    "keep_test",
    "replay",
    "waiting",
]
