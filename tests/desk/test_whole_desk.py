"""The whole desk against a model of it in plain Python: the same deeds over the API, the same answers, the same end.

`DESK_SEQUENCES=5000` makes it a soak. The same sequences run on both databases against the same model, so the databases
do the same as well.
"""

import logging
import os
from datetime import UTC, datetime

import pytest
import time_machine
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from tests import make
from tests.desk.day import MORNING, PRICES, SHELF, TRIED, Day
from tests.desk.truth import Desk

pytestmark = pytest.mark.django_db
SEQUENCES, STEPS = int(os.environ.get("DESK_SEQUENCES", "8")), 30


def test_desk_does_what_the_model_says_whatever_is_asked_of_it() -> None:
    TRIED.update(dict.fromkeys(TRIED, 0))
    with time_machine.travel(MORNING, tick=False):
        make.shop()
        for sku, pieces in SHELF.items():
            make.product(sku, pieces, price=str(PRICES[sku]), at=MORNING)
        Day.clients = {
            "manager": make.client(make.manager()), "packer": make.client(make.packer()),
            "storefront": make.client(make.channel("shop")), "courier": make.client(make.courier("own")),
        }  # fmt: skip
        Day.clients["now"] = lambda: datetime.now(UTC)
    run_state_machine_as_test(
        Day,
        settings=settings(
            max_examples=SEQUENCES, stateful_step_count=STEPS, deadline=None, derandomize=SEQUENCES < 100,
            suppress_health_check=list(HealthCheck), database=None,
            phases=[Phase.generate],
        ),
    )  # fmt: skip
    logging.getLogger("soak").warning("%s", TRIED)
    assert TRIED["sequences"] >= SEQUENCES
    assert min(TRIED.values()) > 0


def test_model_that_promises_more_than_there_is_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """The comparison sees a difference: a model that sells pieces twice does not agree with the desk."""
    monkeypatch.setattr(Desk, "free", lambda self, sku: 99)
    with pytest.raises(AssertionError):
        test_desk_does_what_the_model_says_whatever_is_asked_of_it()
