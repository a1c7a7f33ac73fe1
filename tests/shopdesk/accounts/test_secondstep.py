"""The second step: asked of owner and manager, codes that open once, codes on paper (SEC-11, SEC-14)."""

import pytest
from allauth.mfa.models import Authenticator
from django.core import mail
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from shopdesk.accounts import secondstep
from shopdesk.people import papercodes
from shopdesk.people.models import RecoveryCode, Role
from tests import make
from tests.shopdesk.accounts.seats import code_of, fresh, give_app, shown_by, sign_in

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def asked(settings):
    cache.clear()
    settings.SECOND_STEP_ASKED = True


def at_the_step(person) -> Client:
    client = Client()
    assert sign_in(person.email, client=client).url == "/accounts/2fa/authenticate/"
    return client


def answer(client: Client, code: str) -> int:
    return client.post("/accounts/2fa/authenticate/", {"code": code}).status_code


@pytest.mark.parametrize("role", [Role.OWNER, Role.MANAGER])
def test_owner_and_manager_are_led_to_the_set_up_first(role):
    """V6.3.3."""
    client = Client()
    client.force_login(make.person(role))
    for page in ("/", "/orders", "/calls", "/my/account"):
        assert client.get(page).url == "/my/second-step"
    assert client.get("/my/second-step").status_code == 200


def test_json_door_refuses_their_session_until_then():
    client = Client()
    client.force_login(make.manager())
    assert client.get("/api/v1/orders").json()["code"] == "second_step_missing"


def test_packer_and_courier_are_not_asked():
    for person in (make.packer(), make.courier_person()):
        client = Client()
        client.force_login(person)
        assert client.get("/my/account").status_code == 200


def test_demo_shop_asks_nobody():
    make.shop(demo=True)
    client = Client()
    client.force_login(make.owner())
    assert client.get("/my/account").status_code == 200


def test_app_then_codes_then_the_desk():
    person = make.owner()
    client = fresh(person)
    page = client.get("/accounts/2fa/totp/activate/").content.decode()
    assert "data:image/svg+xml" in page
    code = shown_by(client.session["mfa.totp.secret"])
    assert client.post("/accounts/2fa/totp/activate/", {"code": code}).status_code == 302
    assert client.get("/").url == "/my/second-step"
    shown = client.post("/my/second-step/codes").content.decode()
    assert shown.split('class="codes"')[1].split("</ul>")[0].count("<li>") == 10
    assert client.get("/my/account").status_code == 200
    assert len(mail.outbox) == 1  # the app itself is told of after the commit


def test_secret_lies_sealed():
    app = give_app(make.owner())
    assert "JBSWY3DP" not in str(app.data)


def test_code_opens_once():
    """V6.5.1."""
    person = make.manager()
    app = give_app(person)
    code = code_of(app)
    assert answer(at_the_step(person), code) == 302
    assert answer(at_the_step(person), code) == 200


def test_code_of_before_is_refused_after_a_newer_one():
    """V6.5.5."""
    person = make.manager()
    app = give_app(person)
    older, newer = code_of(app), code_of(app, steps=1)
    assert answer(at_the_step(person), newer) == 302
    assert answer(at_the_step(person), older) == 200


@pytest.mark.parametrize(("steps", "status"), [(-1, 302), (1, 302), (-3, 200), (3, 200)])
def test_clock_of_the_phone_may_be_half_a_minute_off(steps, status):
    """V6.5.5."""
    person = make.manager()
    app = give_app(person)
    assert answer(at_the_step(person), code_of(app, steps=steps)) == status


def test_guessing_codes_rests():
    person = make.manager()
    app = give_app(person)
    client = at_the_step(person)
    wrong = "000000" if code_of(app) != "000000" else "111111"
    assert [answer(client, wrong) for _ in range(6)] == [200] * 5 + [429]
    assert answer(client, code_of(app)) == 429


def test_paper_code_opens_once_and_its_owner_is_told():
    """V6.5.1."""
    person = make.manager()
    give_app(person)
    code = papercodes.make(person.pk, at=timezone.now())[3]
    assert answer(at_the_step(person), code.lower()) == 302
    assert mail.outbox[-1].to == [person.email]
    assert answer(at_the_step(person), code) == 200
    assert papercodes.left(person.pk) == 9


def test_paper_codes_are_hashed_and_anothers_open_nothing():
    """V6.5.2."""
    person, other = make.manager(), make.manager()
    code = papercodes.make(other.pk, at=timezone.now())[0]
    assert not papercodes.spend(person.pk, code, at=timezone.now())
    kept = RecoveryCode.objects.filter(person=other).values_list("secret_hash", flat=True)
    assert not any(code[5:9] in one for one in kept)
    assert papercodes.spend(other.pk, code.replace("-", " "), at=timezone.now())


def test_new_codes_end_the_old_ones():
    person = make.manager()
    old = papercodes.make(person.pk, at=timezone.now())
    papercodes.make(person.pk, at=timezone.now())
    assert not any(papercodes.spend(person.pk, code, at=timezone.now()) for code in old)


def test_last_second_step_stays():
    person = make.manager()
    app = give_app(person)
    papercodes.make(person.pk, at=timezone.now())
    fresh(person).post("/accounts/2fa/totp/deactivate/")
    assert Authenticator.objects.filter(pk=app.pk).exists()


def test_second_step_is_changed_only_by_somebody_who_shows_who_they_are():
    """V7.5.1."""
    person = make.packer()
    stale = fresh(person, minutes_ago=16)
    assert stale.get("/accounts/2fa/totp/activate/").url.startswith("/accounts/reauthenticate/")
    assert fresh(person).get("/accounts/2fa/totp/activate/").status_code == 200


def test_without_the_spent_mark_a_code_opens_twice(monkeypatch):
    """Negative control for the code that opens once."""
    person = make.manager()
    code = code_of(give_app(person))
    answer(at_the_step(person), code)
    app = Authenticator.objects.get(user=person)
    app.data["spent"] = 0
    app.save()
    assert answer(at_the_step(person), code) == 302


def test_without_the_question_nobody_is_led(settings):
    """Negative control for the set-up."""
    settings.SECOND_STEP_ASKED = False
    client = Client()
    client.force_login(make.owner())
    assert not secondstep.lacks_second_step(client.get("/my/account").wsgi_request)
