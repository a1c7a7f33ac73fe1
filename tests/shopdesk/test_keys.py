"""Keys of machines and people: what they open, until when, from where (SEC-20, SEC-05)."""

import re
import time
from datetime import timedelta

import pytest
from django.core.management import call_command
from django.db import connection
from django.test import Client, RequestFactory
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from shopdesk.base.whence import address_of
from shopdesk.declared import routes
from shopdesk.people import scopes, tokens
from shopdesk.people.models import ApiToken
from shopdesk.trail.deeds import Deed
from shopdesk.trail.models import TrailEntry
from tests import make

pytestmark = pytest.mark.django_db
PRODUCTS = "products"


def key(who=None, **terms):
    who = who or make.owner()
    return tokens.make(name="script", kind=ApiToken.Owner.USER, user=who, terms=tokens.Terms(**terms), at=make.AT)


def asks(text, path=PRODUCTS, method="GET", **meta):
    api = make.client()
    api.headers = {"Authorization": f"Bearer {text}"}
    return api.client.generic(method, f"/api/v1/{path}", b"", "application/json", headers=api.headers, **meta)


def test_a_channel_s_key_is_what_v5_clients_take_and_all_others_carry_a_checksum():
    """V11.5.1."""
    _row, machine = tokens.make(name="shop", kind=ApiToken.Owner.CHANNEL, code=make.channel().pk, at=make.AT)
    row, person = key()

    assert len(machine) == 32
    assert machine.isalnum()
    assert person.startswith("sdk_live_")
    assert len(person) == len("sdk_live_") + 43 + 8
    assert row.prefix == person[:16]
    assert row.secret_hash == tokens.hashed(person) != person


def test_a_mistyped_key_is_refused_without_asking_the_database(django_assert_num_queries):
    _row, text = key()
    wrong = text[:20] + ("a" if text[20] != "a" else "b") + text[21:]

    with django_assert_num_queries(0):
        assert tokens.find(wrong, at=make.AT) is None


def test_a_key_with_the_right_beginning_and_another_end_opens_nothing():
    """Negative control of the comparison: the beginning finds the row, only the whole text opens it."""
    row, text = key()
    ApiToken.objects.filter(pk=row.pk).update(secret_hash=tokens.hashed("another"))

    assert tokens.find(text, at=make.AT) is None


def test_a_revoked_key_opens_nothing_on_the_next_request():
    row, text = key()
    assert asks(text).status_code == 200

    ApiToken.objects.filter(pk=row.pk).update(revoked_at=timezone.now())

    assert asks(text).status_code == 401


def test_a_key_s_person_who_left_opens_nothing_on_the_next_request():
    person = make.manager()
    _row, text = key(person)
    assert asks(text).status_code == 200

    person.is_active = False
    person.save()

    assert asks(text).status_code == 401


def test_an_expired_key_opens_nothing():
    _row, text = key(expires_at=make.after(days=1))

    assert tokens.find(text, at=make.after(hours=23))
    assert tokens.find(text, at=make.after(days=1)) is None


def test_a_key_for_reading_writes_nothing():
    _row, text = key(scopes=["stock:read"])

    assert asks(text, "products").status_code == 200
    assert asks(text, "products", "POST").status_code == 403
    assert asks(text, "orders").status_code == 403


def test_a_scope_gives_no_right_that_its_owner_lacks():
    _row, text = key(make.packer(), scopes=["orders:write"])

    assert asks(text, "orders").status_code == 403


def test_an_unknown_scope_is_refused():
    with pytest.raises(scopes.UnknownScope):
        key(scopes=["orders:all"])


@pytest.mark.once
def test_every_route_of_the_api_belongs_to_an_area():
    names = {name for name, _pattern in routes() if name.startswith("api:")}
    open_ones = {f"api:{name}" for name in scopes.OPEN}

    assert {name for name in names - open_ones if not scopes.area_of(name)} == set()


@pytest.mark.parametrize(
    ("kept", "asked", "opens"),
    [
        (["203.0.113.0/24"], "203.0.113.7", True),
        (["203.0.113.0/24"], "203.0.114.7", False),
        (["203.0.113.7"], "::ffff:203.0.113.7", True),
        (["2001:db8::/32"], "2001:db8::5", True),
        (["2001:db8::/32"], "", False),
        ([], "198.51.100.9", True),
    ],
)
def test_a_key_opens_from_its_own_addresses_only(kept, asked, opens):
    _row, text = key(addresses=kept)

    assert bool(tokens.find(text, at=make.AT, address=asked)) is opens


def test_the_door_compares_the_address_of_the_request():
    _row, text = key(addresses=["203.0.113.7"])

    assert asks(text, REMOTE_ADDR="203.0.113.7").status_code == 200
    assert asks(text, REMOTE_ADDR="203.0.113.8").status_code == 401


@pytest.mark.once
@pytest.mark.parametrize(
    ("proxies", "named", "address"),
    [
        (0, "1.1.1.1", "10.0.0.1"),  # nobody is believed
        (1, "9.9.9.9, 1.1.1.1", "1.1.1.1"),  # 9.9.9.9 is what the client said of itself
        (2, "9.9.9.9, 1.1.1.1, 10.0.0.2", "1.1.1.1"),
        (2, "1.1.1.1", ""),  # one of our proxies said nothing: no address rather than an invented one
    ],
)
def test_only_our_own_proxies_name_the_client(settings, proxies, named, address):
    """V4.1.3."""
    settings.TRUSTED_PROXIES = proxies
    request = RequestFactory().get("/", REMOTE_ADDR="10.0.0.1", HTTP_X_FORWARDED_FOR=named)

    assert address_of(request) == address


def test_the_first_use_is_noted_once():
    row, text = key()

    asks(text)
    asks(text)

    assert TrailEntry.objects.filter(deed=Deed.TOKEN_FIRST_USED, target_id=str(row.pk)).count() == 1


def test_refusals_are_told_to_the_security_log(caplog):
    """V16.3.2."""
    _row, text = key(make.manager())

    asks("sdk_live_wrong")
    asks(text, "orders/999999")

    told = [record.msg for record in caplog.records if record.name == "security"]
    assert [line["deed"] for line in told] == [Deed.TOKEN_REFUSED, Deed.DENIED]
    assert told[1]["asked_number"] == 999999
    assert text not in str(told)


# --- the pages ---


def fresh(person):
    """Give a browser in which this person signed in a moment ago."""
    browser = Client()
    browser.force_login(person)
    session = browser.session
    session["account_authentication_methods"] = [{"method": "password", "at": time.time()}]
    session["account_authentication_methods_user"] = str(person.pk)
    session.save()
    return browser


def text_of(answer):
    [shown] = re.findall(r'value="([^"]+)"[^>]*data-made', answer.content.decode())
    return shown


def test_the_owner_makes_a_key_that_is_shown_once_and_works():
    make.channel("web")
    browser = fresh(make.owner())

    made = browser.post("/settings/keys", {"name": "Web shop", "holder": "channel:web", "may_orders": "write"})

    text = text_of(made)
    assert asks(text, "orders").status_code == 200
    assert asks(text, "products").status_code == 403
    assert text not in browser.get("/settings/keys").content.decode()
    entry = TrailEntry.objects.get(deed=Deed.TOKEN_MADE)
    assert entry.after["scopes"] == ["orders:write"]
    assert text not in str(entry.after)


def test_replacing_lets_both_work_until_the_overlap_is_over():
    old, text = key(make.owner())
    browser = fresh(old.user)

    new = text_of(browser.post(f"/settings/keys/{old.pk}/replacement", {"overlap": "day"}))

    assert asks(text).status_code == asks(new).status_code == 200
    assert tokens.find(text, at=timezone.now() + timedelta(days=1)) is None
    assert tokens.find(new, at=timezone.now() + timedelta(days=1))


def test_no_third_key_beside_two_in_force():
    old, _text = key(make.owner())
    browser = fresh(old.user)
    browser.post(f"/settings/keys/{old.pk}/replacement", {"overlap": "week"})
    new = ApiToken.objects.latest("pk")

    for again in (old, new):
        assert browser.post(f"/settings/keys/{again.pk}/replacement", {"overlap": "week"}).status_code == 409
    assert ApiToken.objects.count() == 2


def test_revoking_on_the_page_ends_it_on_the_next_request_and_is_noted_once():
    row, text = key(make.owner())
    browser = fresh(row.user)

    browser.post(f"/settings/keys/{row.pk}/revocation")
    browser.post(f"/settings/keys/{row.pk}/revocation")

    assert asks(text).status_code == 401
    assert TrailEntry.objects.filter(deed=Deed.TOKEN_REVOKED).count() == 1


def test_a_manager_has_own_keys_and_neither_sees_nor_touches_another_s():
    other, _text = key(make.owner())
    browser = fresh(make.manager())

    text = text_of(browser.post("/my/keys", {"name": "my script"}))

    assert asks(text, "orders").status_code == 200
    assert other.prefix not in browser.get("/my/keys").content.decode()
    assert browser.get("/settings/keys").status_code == 404
    assert browser.post(f"/my/keys/{other.pk}/revocation").status_code == 404
    assert browser.post("/my/keys", {"name": "x", "holder": "channel:web"}).status_code == 200
    assert set(ApiToken.objects.filter(kind="channel")) == set()


def test_keys_are_given_to_somebody_who_showed_lately_who_they_are():
    """SEC-16. Negative control: a sign-in of an hour ago is asked again."""
    browser = Client()
    browser.force_login(make.owner())

    answer = browser.post("/my/keys", {"name": "script"})

    assert answer.status_code == 302
    assert "reauthenticate" in answer["Location"]
    assert not ApiToken.objects.exists()


@pytest.mark.once
def test_the_page_asks_the_database_as_often_for_twenty_keys_as_for_one():
    owner = make.owner()
    browser = fresh(owner)
    key(owner)
    browser.get("/settings/keys")
    with CaptureQueriesContext(connection) as one:
        browser.get("/settings/keys")
    for _ in range(19):
        key(owner)

    with CaptureQueriesContext(connection) as twenty:
        browser.get("/settings/keys")
    assert len(twenty) == len(one)


def test_a_key_made_by_the_command_stands_in_the_trail(capsys):
    call_command("create_token", "first shop", "--for", "channel:web", "--scope", "orders:write")

    text = capsys.readouterr().out.strip()
    entry = TrailEntry.objects.get(deed=Deed.TOKEN_MADE)
    assert (entry.source, entry.after["code"], entry.after["scopes"]) == ("command", "web", ["orders:write"])
    assert tokens.find(text, at=timezone.now())
