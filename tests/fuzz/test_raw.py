"""Nothing that a shop or a courier's machine sends makes a sweep stumble; all of it by `BAD_INPUTS=1000000`."""

import os
import random
from collections.abc import Callable
from typing import Any

import pytest

from tests import make
from tests.fuzz import raw
from tests.fuzz.test_doors import note

pytestmark = pytest.mark.django_db
SHARE, SEED = int(os.environ.get("BAD_INPUTS", "900")) // 6, int(os.environ.get("FUZZ_SEED", "1"))


def stumbles(questions: list[tuple[str, str, bytes]], ask: Callable[[str, bytes], str]) -> list[str]:
    """Ask so many of them. Gives what went wrong, in sentences."""
    random.Random(SEED).shuffle(questions)
    wrong = []
    for kind, what, body in questions[:SHARE]:
        with make.undone():
            try:
                found = ask(kind, body)
            except Exception as error:  # that is what is looked for
                found = f"{type(error).__name__}: {str(error)[:200]}"
        wrong += [f"{kind}: {what}: {found}"] if found else []
        note(wrong)
    print(f"\n{min(SHARE, len(questions))} of {len(questions)} messages, {len(wrong)} wrong")  # noqa: T201
    return wrong


@pytest.fixture
def places() -> dict[str, Any]:
    return raw.furnish()


def test_no_message_of_a_shop_makes_the_sweep_stumble(places):
    assert stumbles(list(raw.of_shops()), lambda kind, body: raw.hear(places[kind], body)) == []


def test_no_message_of_a_courier_makes_the_sweep_stumble(places):
    assert stumbles(list(raw.of_couriers()), lambda kind, body: raw.listen(kind, places[kind], body)) == []
