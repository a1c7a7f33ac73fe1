"""A refusal that is kept is read in the reader's language, whoever's language it was said in."""

import json

from django.utils import translation

from orders.lifecycle import ForbiddenMove
from orders.status import Status
from shopdesk.base import retold
from shopdesk.base.errors import FieldError, Malformed, Missing

MOVE = ForbiddenMove(detail={"number": 7, "status": Status.PACKED.label, "to": Status.NEW.label})


def kept_in(language: str, refusal=MOVE) -> dict:
    with translation.override(language):
        return json.loads(json.dumps(retold.keep(refusal)))


def told(kept: dict, language: str) -> str:
    with translation.override(language):
        return retold.tell(kept)


def test_refusal_is_told_in_the_readers_language_and_not_in_the_one_it_was_said_in():
    for said_in in ("en", "ru", "bg"):
        kept = kept_in(said_in)
        for reader in ("en", "ru", "bg"):
            with translation.override(reader):
                assert retold.tell(kept) == str(MOVE)
    assert told(kept_in("en"), "ru") != told(kept_in("ru"), "en")


def test_what_was_wrong_is_named_by_its_place_and_its_code():
    kept = kept_in("ru", Malformed([FieldError("/items/0/quantity", "too_small", "1")]))
    assert told(kept, "en") == "What was sent cannot be read. (/items/0/quantity too_small)"


def test_sentence_of_a_moment_stands_as_it_was_said():
    assert told(kept_in("ru", Missing("Nobody is called Иван.")), "en") == "Nobody is called Иван."


def test_sentence_that_lacks_what_fills_it_is_told_bare():
    assert told({"says": ["%(gone)s is %(there)s."], "with": {"there": 1}}, "en") == "%(gone)s is %(there)s."


def test_what_json_cannot_hold_is_left_out():
    assert kept_in("en", Missing(detail={"who": object(), "n": 3}))["with"] == {"n": 3}
