"""Signing in with a password: counted tries, one answer for everybody, letters, links (SEC-10, 12, 13, 17)."""

import re

import pytest
from django.contrib.auth import hashers
from django.contrib.auth.password_validation import validate_password
from django.core import mail
from django.core.cache import cache
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command
from django.test import Client

from shopdesk import logs
from shopdesk.accounts import door
from shopdesk.people.models import Session
from tests import make
from tests.shopdesk.accounts.seats import PASSWORD, code_of, fresh, give_app, sign_in

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def no_kept_limits():
    cache.clear()


def test_right_password_opens():
    person = make.manager()
    assert sign_in(person.email).url == "/"
    assert Session.objects.filter(person=person).count() == 1


def test_door_rests_with_429_and_says_for_how_long():
    person = make.manager()
    assert {sign_in(person.email, "wrong").status_code for _ in range(5)} == {200}
    answer = sign_in(person.email)
    assert answer.status_code == 429
    assert 0 < int(answer["Retry-After"]) <= 31
    assert Session.objects.filter(person=person).count() == 0


def test_unknown_person_meets_the_same_door():
    make.manager(email="here@shop.example")
    answers = [[sign_in(email, "wrong") for _ in range(6)] for email in ("here@shop.example", "nobody@shop.example")]
    assert [[one.status_code for one in row] for row in answers] == [[200] * 5 + [429]] * 2
    texts = [re.sub(r'value="[^"]*"|X-CSRFToken[^}]*|nonce="[^"]*"', "", row[0].content.decode()) for row in answers]
    assert texts[0] == texts[1]


def test_unknown_person_takes_as_much_work(monkeypatch):
    """The same number of slow hashes for who is here, who is not, and who was invited but has no password."""
    make.manager(email="here@shop.example")
    invited = make.manager(email="invited@shop.example")
    invited.set_unusable_password()
    invited.save()
    worked = []
    hasher = type(hashers.get_hasher())
    encode = hasher.encode
    monkeypatch.setattr(hasher, "encode", lambda *args, **more: worked.append(1) or encode(*args, **more))
    spent = []
    for email in ("here@shop.example", "nobody@shop.example", "invited@shop.example"):
        worked.clear()
        sign_in(email, "wrong")
        spent.append(len(worked))
    assert spent == [1, 1, 1]


def test_browser_that_is_known_is_free_of_what_strangers_did():
    person, own = make.manager(), Client()
    sign_in(person.email, client=own)
    own.post("/accounts/logout/")
    for n in range(12):
        sign_in(person.email, "wrong", REMOTE_ADDR=f"198.51.100.{n}")
        sign_in(person.email, "wrong")  # beside them, behind the same router
    assert sign_in(person.email, REMOTE_ADDR="198.51.100.99").status_code == 429
    assert sign_in(person.email).status_code == 429
    assert sign_in(person.email, client=own).status_code == 302


def test_guessing_in_a_known_browser_rests_too():
    person, own = make.manager(), Client()
    sign_in(person.email, client=own)
    own.post("/accounts/logout/")
    assert [sign_in(person.email, "wrong", client=own).status_code for _ in range(6)] == [200] * 5 + [429]


def test_browser_does_not_make_itself_known():
    person, stranger = make.manager(), Client()
    stranger.cookies[door.KNOWN] = door._mark_of(person.email)
    for n in range(10):
        sign_in(person.email, "wrong", REMOTE_ADDR=f"198.51.100.{n}")
    assert sign_in(person.email, client=stranger).status_code == 429


@pytest.mark.parametrize("weak", ["short one 1", "password1234", "qwertyuiop123", "x" * 129])
def test_weak_password_is_refused(weak):
    """V6.2.1 V6.2.4 V6.2.12."""
    with pytest.raises(ValidationError):
        validate_password(weak, make.owner())


@pytest.mark.parametrize("good", ["four words in a row", "ключ под ковриком у двери", "x7" * 64])
def test_long_password_of_any_kind_is_taken(good):
    """V6.2.5 V6.2.8 V6.2.9."""
    validate_password(good, make.owner())


def test_password_is_kept_as_argon2id(settings):
    """V11.4.2."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
    assert make.owner().password.startswith("argon2$argon2id$")


def ask_for_link(email: str, **how) -> str:
    Client().post("/accounts/password/reset/", {"email": email}, **how)
    found = re.search(r"https?://\S+/password/reset/\S+", mail.outbox[-1].body) if mail.outbox else None
    return found[0] if found else ""


def test_link_sets_a_password_once_and_ends_sessions(settings):
    """V6.4.3."""
    person, signed_in, browser = make.manager(), Client(), Client()
    signed_in.force_login(person)
    link = ask_for_link(person.email)
    form = browser.get(link.removeprefix(settings.PUBLIC_URL), follow=True)
    said = {"password1": "four words in a row", "password2": "four words in a row"}
    browser.post(form.request["PATH_INFO"], said)
    assert signed_in.get("/my/account").status_code == 302
    assert sign_in(person.email).status_code == 200
    assert sign_in(person.email, "four words in a row").status_code == 302
    again = Client().get(link.removeprefix(settings.PUBLIC_URL), follow=True)
    assert "<form" not in again.content.decode().split("<section")[1].split("</section")[0]


def test_link_names_the_shops_own_host(settings):
    settings.ALLOWED_HOSTS = [*settings.ALLOWED_HOSTS, "evil.example"]
    link = ask_for_link(make.manager().email, headers={"host": "evil.example"})
    assert link.startswith(settings.PUBLIC_URL)


def test_reset_link_does_not_pass_by_the_second_step(settings):
    """V6.4.3."""
    person, browser = make.manager(), Client()
    give_app(person)
    form = browser.get(ask_for_link(person.email).removeprefix(settings.PUBLIC_URL), follow=True)
    browser.post(form.request["PATH_INFO"], {"password1": "four words in a row", "password2": "four words in a row"})
    assert browser.get("/my/account").status_code == 302
    assert sign_in(person.email, "four words in a row", client=browser).url == "/accounts/2fa/authenticate/"


def test_stranger_gets_the_same_page_and_no_letter():
    person = make.manager()
    pages = [
        Client().post("/accounts/password/reset/", {"email": mail_}).url for mail_ in (person.email, "x@y.example")
    ]
    assert pages[0] == pages[1]
    assert [letter.to for letter in mail.outbox] == [[person.email]]


def test_old_password_is_not_guessed_at_a_desk_left_open():
    client = fresh(make.manager())
    new = {"password1": "four words in a row", "password2": "four words in a row"}
    answers = [client.post("/accounts/password/change/", {"oldpassword": f"x{n}"} | new).status_code for n in range(6)]
    assert answers == [200] * 5 + [429]
    assert client.post("/accounts/password/change/", {"oldpassword": PASSWORD} | new).status_code == 429


def test_nobodys_box_is_filled_by_strangers():
    person = make.manager()
    for n in range(8):
        ask_for_link(person.email, REMOTE_ADDR=f"198.51.100.{n}")
    assert len(mail.outbox) == 3


@pytest.mark.parametrize(("language", "said"), [("ru", "Ваш пароль изменён."), ("bg", "Паролата ви е сменена.")])
def test_person_is_told_in_their_language(language, said):
    person, client = make.manager(language=language), Client()
    sign_in(person.email, client=client)
    new = {"oldpassword": PASSWORD, "password1": "four words in a row", "password2": "four words in a row"}
    client.post("/accounts/password/change/", new)
    assert mail.outbox[-1].subject == said
    assert "127.0.0.1" in mail.outbox[-1].body


def test_person_is_told_of_a_new_browser_but_not_of_their_own():
    person, own = make.manager(), Client()
    sign_in(person.email, client=own)
    own.post("/accounts/logout/")
    sign_in(person.email, client=own)
    assert mail.outbox == []
    sign_in(person.email)
    assert len(mail.outbox) == 1


def test_nobody_changes_who_they_are():
    """allauth's own pages about addresses and sign-up are not the desk's."""
    client = Client()
    client.force_login(make.manager())
    assert {client.get(f"/accounts/{page}/").status_code for page in ("email", "signup", "sessions")} == {404}


def test_code_of_the_app_signs_in(settings):
    person, client = make.manager(), Client()
    app = give_app(person)
    sign_in(person.email, client=client)
    assert client.get("/my/account").status_code == 302
    assert client.post("/accounts/2fa/authenticate/", {"code": code_of(app)}).url == "/"
    assert client.get("/my/account").status_code == 200


def test_secret_of_a_link_stays_out_of_the_log():
    """SEC-23. V14.2.1."""
    for path in ("/invited/abcSECRETdef", "/new-address/abcSECRETdef", "/accounts/password/reset/key/3-abcSECRETdef/"):
        written = logs.hide_personal(None, "", {"request": f"GET {path}", "event": f"Not Found: {path}"})
        assert "SECRET" not in str(written)


def test_first_owner_comes_by_a_link_that_opens_once(capsys, settings):
    """V6.3.2."""
    call_command("create_owner", "first@shop.example")
    link = capsys.readouterr().out.strip().removeprefix(settings.PUBLIC_URL)
    assert sign_in("first@shop.example", link).status_code == 200
    assert Client().post(link, {"password": "four words in a row"}).url == "/accounts/login/"
    assert Client().get(link).status_code == 404
    assert sign_in("first@shop.example", "four words in a row").status_code == 302
    with pytest.raises(CommandError):
        call_command("create_owner", "FIRST@shop.example")
