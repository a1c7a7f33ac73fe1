"""Two at once at the door: parallel guesses, owners who end each other, one code on two desks."""

import pytest
from django.utils import timezone

from shopdesk.accounts import secondstep, staff
from shopdesk.people import lockout, papercodes
from shopdesk.people.lockout import DoorRests
from shopdesk.people.models import Role, User
from tests import make
from tests.shopdesk.accounts.seats import code_of, give_app

pytestmark = [pytest.mark.postgres, pytest.mark.usefixtures("real_commits")]


def test_many_guesses_at_once_are_no_more_than_one_after_another(side_by_side):
    counted = lockout.at_the_second_step(1)
    results = side_by_side(*[lambda: lockout.count(counted, at=make.AT)] * 12)
    assert len([one for one in results if one is None]) == 5
    assert len([one for one in results if isinstance(one, DoorRests)]) == 7


def test_two_owners_who_end_each_other_leave_one(side_by_side):
    one, other, at = make.owner(), make.owner(), timezone.now()
    results = side_by_side(
        lambda: staff.end(one.pk, by=other.subject.actor, at=at),
        lambda: staff.end(other.pk, by=one.subject.actor, at=at),
    )
    assert sorted(type(result).__name__ for result in results) == ["LastOwner", "User"]
    assert User.objects.filter(role=Role.OWNER, is_active=True).count() == 1


def test_one_code_opens_one_of_two_doors(side_by_side):
    person = make.manager()
    code = code_of(give_app(person))
    results = side_by_side(*[lambda: secondstep.spend_app_code(person, code)] * 4)
    assert len([one for one in results if one is not None]) == 1


def test_one_paper_code_opens_one_of_two_doors(side_by_side):
    person, at = make.manager(), timezone.now()
    code = papercodes.make(person.pk, at=at)[0]
    results = side_by_side(*[lambda: papercodes.spend(person.pk, code, at=at)] * 4)
    assert sorted(results) == [False, False, False, True]


def test_one_invitation_joins_once(side_by_side):
    at = timezone.now()
    person, secret = staff.invite("a@shop.example", "A", staff.Terms(Role.PACKER), by=make.BY, at=at)
    words = [f"four words in a row {n}" for n in range(3)]
    results = side_by_side(*[lambda word=word: staff.join(secret, word, at=at) for word in words])
    assert sorted(type(result).__name__ for result in results) == ["LinkSpent", "LinkSpent", "User"]
    person.refresh_from_db()
    assert person.has_usable_password()
