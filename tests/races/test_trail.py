"""Side by side: the chain of the trail, the first use of a key, replacing one key twice. On PostgreSQL, with locks."""

import pytest
from django.db import transaction

from shopdesk.accounts.keys import desk
from shopdesk.people import tokens
from shopdesk.people.models import ApiToken
from shopdesk.trail import audit, chain
from shopdesk.trail.deeds import Deed
from shopdesk.trail.ledger import Note, note
from shopdesk.trail.models import TrailEntry, TrailPlace
from tests import make

pytestmark = [pytest.mark.postgres, pytest.mark.usefixtures("real_commits")]


def test_many_publishers_place_each_entry_once(side_by_side):
    with transaction.atomic():
        note(*[Note(Deed.SETTINGS_CHANGED, after={"n": n}) for n in range(200)], by=make.BY, at=make.AT)

    placed = side_by_side(*[chain.publish] * 8)

    assert sum(placed) == 200
    assert chain.head()[0] == TrailPlace.objects.count() == 200
    assert audit.broken("default").broken == 0


def test_the_first_use_of_a_key_is_noted_once(side_by_side):
    row, _text = tokens.make(name="k", kind=ApiToken.Owner.USER, user=make.owner(), at=make.AT)

    side_by_side(*[lambda: tokens.see(row, at=make.after(hours=1))] * 6)

    assert TrailEntry.objects.filter(deed=Deed.TOKEN_FIRST_USED).count() == 1


def test_a_key_replaced_twice_at_once_has_one_follower(side_by_side):
    row, _text = tokens.make(name="k", kind=ApiToken.Owner.USER, user=make.owner(), at=make.AT)

    def replace():
        return desk.replace(row.pk, overlap=make.after(days=1) - make.AT, by=make.BY, at=make.AT)

    results = side_by_side(*[replace] * 4)

    assert sum(isinstance(one, desk.ReplacedAlready) for one in results) == 3
    assert ApiToken.objects.count() == 2
