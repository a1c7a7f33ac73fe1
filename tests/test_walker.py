"""Nobody meets at any door what is not theirs (SEC-01 to SEC-06, promise A1): the walker asks at all of them."""

from dataclasses import replace

import pytest
import time_machine
from django.db import connection

from delivery.models import Handoff, Return
from delivery.models.acts import HandoffRows
from orders.models import Order, Parcel
from orders.models.calls import CallTaskRows
from orders.models.customers import CustomerRows
from orders.models.orders import OrderRows
from orders.models.sight import within_limits
from orders.status import Status
from shopdesk import declared
from shopdesk.base import access, masks
from shopdesk.base.access import Kind
from shopdesk.base.rows import EVERYTHING
from tests import make
from tests.walker.walk import FOREIGN, OWN, walk, walk_states
from tests.walker.world import NEXT_DAY, build

# On PostgreSQL: it opens every page and door, and so shows that their queries are sound there too.
pytestmark = [pytest.mark.django_db, pytest.mark.postgres]

# What is taken away, and a door at which somebody must then meet what is not theirs.
SCOPES = [
    (OrderRows, Kind.STOREFRONT, "api:order"),
    (OrderRows, Kind.MANAGER, "orders-card"),
    (OrderRows, Kind.PACKER, "packing-take"),
    (CallTaskRows, Kind.MANAGER, "api:call-heartbeat"),
    (CustomerRows, Kind.MANAGER, "orders-new-customer"),
    (HandoffRows, Kind.COURIER, "api:courier-act-acceptance"),
]
MASKS = [
    ("order.phone", "courier_person", "courier"),
    ("hold.note", "storefront", "api:order"),
    ("product.cost", "packer", "stock-product"),
    ("report.cost", "manager", "api:reports-money"),
]

NOT_READ = {"POST orders-labels-undo": "it takes back only what the desk itself has signed a minute before"}
# Things of which nobody who may use their doors has a foreign one.
OWNERS, ALL, LINK = (
    "its doors are the owners'",
    "one shelf, one road: all who work there see all",
    "the link is the right",
)
NEVER_FOREIGN = dict.fromkeys(
    ("key", "label", "plan", "rule", "decision", "person", "manager", "absence", "subject", "erasure", "erased", "run",
     "reopening", "channel", "inbound", "shop side", "shop note", "endpoint", "webhook message", "closing",
     "courier", "slot", "tariff", "fee for a part", "courier message", "hook key", "script line"), OWNERS,
) | dict.fromkeys(
    ("act", "copy", "parcel", "sku", "product", "count", "count line", "move", "receipt", "paper", "transfer",
     "expected", "batch", "proof", "fine", "reason for a fine", "register", "register line", "device", "place"), ALL,
) | dict.fromkeys(
    ("customer", "customer beside", "conflict", "join"), "who sees their own orders only has no right to these doors"
) | {"secret": LINK, "invitation": LINK, "wish": LINK}  # fmt: skip

# Doors whose things others may not see elsewhere; here nobody who sees a part of them has a right.
ALL_OR_NOTHING = {"acts-given": "who sees their own orders only does not stand at the counter"}


def belongs_to_owners(route: str) -> bool:
    """Tell whether nobody but owners may use a door: what they see is everything."""
    return all(set(kinds) <= {Kind.OWNER} for kinds in access.rights()[route].values())


@pytest.fixture
def world():
    with connection.cursor() as cursor:  # five thousand calls in one transaction leave it much to step over
        cursor.execute("SET LOCAL statement_timeout = 0")
    with time_machine.travel(NEXT_DAY, tick=False):
        yield build()


def test_nobody_meets_what_is_not_theirs(world):
    """V8.1.2 V8.2.1 V8.2.2 V8.2.3 V8.4.1."""
    found = walk(world)

    print(f"\n{found.calls} calls, {len(found.routes)} routes, {len(found.wrong)} leaks, {dict(found.statuses)}")  # noqa: T201
    print("not read by the door:", found.unread)  # noqa: T201
    print("never own:", found.never(OWN), "never foreign:", found.never(FOREIGN))  # noqa: T201
    assert found.wrong == []
    assert declared.undeclared() == []
    assert set(found.unread) <= set(NOT_READ)
    assert found.never(OWN) == []
    shared = [one for one in found.never(FOREIGN) if not belongs_to_owners(one) and one not in ALL_OR_NOTHING]
    unlike = {kind for route in shared for kind in found.named[route]} - set(NEVER_FOREIGN)
    assert unlike == set(), "nobody was tried with a foreign one of these: make one in tests/walker"


def test_orders_change_only_in_the_states_that_the_matrix_names(world):
    found = walk_states(world)

    assert found.wrong == []
    assert found.calls > len(access.states())


def of_any_channel(subject):
    """Give what a manager would see without the limit to some channels."""
    return within_limits(replace(subject, limits=replace(subject.limits, channels=None)))


def test_one_scope_one_mask_or_one_right_too_many_is_met(world, monkeypatch):
    """Negative controls: the walker sees each of them."""
    blind = []
    for rows, kind, route in SCOPES:
        with monkeypatch.context() as patch:
            patch.setitem(rows.scope, kind, EVERYTHING)
            blind += [] if walk(world, [route]).wrong else [f"{rows.__name__} for {kind}"]
    for field, kind, route in MASKS:
        with monkeypatch.context() as patch:
            patch.setitem(masks._table()[field], kind, "open")
            blind += [] if walk(world, [route]).wrong else [f"{field} for {kind}"]
    with monkeypatch.context() as patch:
        patch.setitem(OrderRows.scope, Kind.MANAGER, of_any_channel)
        blind += [] if walk(world, ["api:orders"], ["narrow"]).wrong else ["orders of other channels"]
    with monkeypatch.context() as patch:
        patch.setitem(access.rights()["api:orders"]["GET"], Kind.PACKER, "")
        blind += [] if walk(world, ["api:orders"], ["packer"]).wrong else ["a right of the packer"]
    assert blind == []


def test_states_that_the_matrix_names_exist():
    known = {
        "order": set(Status.values), "put_back": set(Status.values), "parcel": set(Parcel.State.values),
        "act": set(Handoff.State.values), "return": set(Return.State.values),
    }  # fmt: skip
    for thing, kinds in access._matrix()[access.SEES].items():
        for kind, states in kinds.items():
            assert set(states) <= known[thing], (thing, kind)
    for route, things in access.states().items():
        assert set(things) == {"order"}, route
        assert things["order"] <= known["order"], route


def test_a_limit_that_nobody_can_set_stops_the_desk():
    with pytest.raises(ValueError, match="unknown limit"):
        access._kinds(["manager if brave"])


def test_courier_person_without_a_service_sees_nobodys_parcels():
    make.product("A", 10)
    made = make.packed()
    rider = make.courier_person("").subject

    assert not Order.objects.for_subject(rider).exists()
    assert made.parcels.get().in_hands_of == ""
