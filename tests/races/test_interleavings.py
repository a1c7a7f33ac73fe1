"""Eighteen pairs that meet at a chosen moment, in both orders (promises.md, "Interleavings chosen, not hoped for").

Each time with the first one stopped before its commit; `INTERLEAVINGS=all` stops it at its first write too.
"""

import os

import pytest

from orders.models import Order
from shopdesk.management.commands.audit import all_checks
from tests import make
from tests.races import interleaving, pairs
from tests.races.interleaving import AT_COMMIT, AT_WRITE

pytestmark = pytest.mark.usefixtures("real_commits")
FAILPOINTS = [AT_COMMIT, AT_WRITE] if os.environ.get("INTERLEAVINGS") == "all" else [AT_COMMIT]


@pytest.mark.parametrize("failpoint", FAILPOINTS)
@pytest.mark.parametrize("turned", [False, True], ids=["as named", "turned"])
@pytest.mark.parametrize("pair", pairs.ALL, ids=[one.__name__ for one in pairs.ALL])
def test_both_end_right_whoever_comes_first(pair, turned, failpoint, settings):
    settings.OUTGOING_TO_THIS_MACHINE = True
    made = pair()
    first, second = (made.second, made.first) if turned else (made.first, made.second)
    try:
        met = interleaving.meet(first, second, failpoint)
        wrong = [*met.wrong, *([made.look(met)] if made.look(met) else [])]
    finally:
        made.end()

    assert wrong == [], met.ends
    assert [check.id for check in all_checks() if check.find("default").broken] == []


def test_the_first_stands_still_while_the_second_comes():
    """Negative control: without a failpoint nothing is stopped, and with one the second has to wait for the order."""
    make.product("A", 5)
    order = make.picked()

    free = interleaving.meet(lambda: Order.objects.count(), lambda: None, AT_COMMIT)
    held = interleaving.meet(lambda: pairs.seal(order), lambda: pairs.cancel(order), AT_COMMIT)

    assert (free.stopped, held.stopped, held.waited) == (False, True, True)
