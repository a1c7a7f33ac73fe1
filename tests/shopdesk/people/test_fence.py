"""A role that the owner tied to addresses is used from nowhere else (X1)."""

import pytest
from django.contrib.auth.hashers import make_password
from django.core.cache import cache
from django.core.management import call_command
from django.test import Client

from shopdesk.accounts.roles import desk
from shopdesk.limits.models import LimitSet, limits_of
from shopdesk.people import station
from shopdesk.people.models import Session
from shopdesk.trail.models import TrailEntry
from tests import make
from tests.shopdesk.accounts.seats import fresh, sign_in

pytestmark = pytest.mark.django_db
SHOP, ELSEWHERE = "203.0.113.7", "198.51.100.9"
REFUSED = "may not be used from this address"


@pytest.fixture(autouse=True)
def english_shop():
    cache.clear()
    make.shop(language="en")


def fenced(role: str = "manager", *networks: str) -> LimitSet:
    return LimitSet.objects.create(role=role, addresses=list(networks) or [f"{SHOP}/32"])


def came() -> list[tuple[str, str]]:
    """Give who came from elsewhere, as the trail has it, and from where."""
    rows = TrailEntry.objects.filter(deed="sign_in.elsewhere").order_by("pk")
    return [(f"{row.target_kind} {row.target_id}", row.values.get().new) for row in rows]


def test_sign_in_from_elsewhere_is_refused_and_noted():
    lena = make.manager()
    fenced()

    refused = sign_in(lena.email, REMOTE_ADDR=ELSEWHERE)

    assert refused.status_code == 403
    assert REFUSED in refused.content.decode()
    assert not Session.objects.filter(person=lena).exists()
    assert came() == [(f"person {lena.pk}", ELSEWHERE)]
    assert sign_in(lena.email, REMOTE_ADDR=SHOP).url == "/"


def test_wrong_password_from_elsewhere_tells_nothing_of_addresses():
    lena = make.manager()
    fenced()

    assert REFUSED not in sign_in(lena.email, "wrong", REMOTE_ADDR=ELSEWHERE).content.decode()
    assert came() == []


def test_open_session_ends_when_it_comes_from_elsewhere():
    lena = make.manager()
    page = fresh(lena)
    fenced()

    refused = page.get("/orders", REMOTE_ADDR=ELSEWHERE)

    assert refused.status_code == 403
    assert REFUSED in refused.content.decode()
    assert not Session.objects.filter(person=lena).exists()
    assert page.get("/orders", REMOTE_ADDR=SHOP).status_code == 302, "it is over, not only there"
    assert came() == [(f"person {lena.pk}", ELSEWHERE)]


def test_session_goes_on_inside_and_without_a_list():
    lena = make.manager()
    page = fresh(lena)
    assert page.get("/orders", REMOTE_ADDR=ELSEWHERE).status_code == 200
    fenced("manager", "203.0.113.0/24")
    assert page.get("/orders", REMOTE_ADDR=SHOP).status_code == 200


def test_json_door_by_session_and_by_a_persons_key_is_shut_too():
    lena = make.manager()
    page, text = fresh(lena), make.token(lena)
    fenced()

    by_session = page.get("/api/v1/orders", headers={"X-Requested-With": "desk"}, REMOTE_ADDR=ELSEWHERE)
    key = {"Authorization": f"Bearer {text}"}
    by_key = Client().get("/api/v1/orders", headers=key, REMOTE_ADDR=ELSEWHERE)

    assert by_session.status_code == by_key.status_code == 403
    assert by_session.json()["code"] == by_key.json()["code"] == "not_from_here"
    assert Client().get("/api/v1/orders", headers=key, REMOTE_ADDR=SHOP).status_code == 200
    shop = {"Authorization": f"Bearer {make.token(make.channel())}"}
    assert Client().get("/api/v1/orders", headers=shop, REMOTE_ADDR=ELSEWHERE).status_code == 200, "no role's"


def test_pin_from_elsewhere_does_not_sit_down():
    packer = make.packer()
    packer.pin_hash = make_password("382915")
    packer.save()
    _device, secret = station.enrol("table", "packing", by=make.owner().subject.actor, at=make.AT)
    fenced("packer")
    client = Client()
    client.cookies[station.COOKIE] = secret

    assert client.post(f"/station/{packer.pk}", {"pin": "382915"}, REMOTE_ADDR=ELSEWHERE).status_code == 403
    assert not Session.objects.filter(person=packer).exists()
    assert client.post(f"/station/{packer.pk}", {"pin": "382915"}, REMOTE_ADDR=SHOP).url == "/packing"


@pytest.mark.parametrize(
    ("named", "status"), [(f"{SHOP}", 200), (f"{SHOP}, {ELSEWHERE}", 403), (f"{ELSEWHERE}, {SHOP}", 200), ("", 403)]
)
def test_behind_a_proxy_only_what_the_proxy_wrote_counts(settings, named, status):
    settings.TRUSTED_PROXIES = 1
    page = fresh(make.manager())
    fenced()

    assert page.get("/orders", HTTP_X_FORWARDED_FOR=named, REMOTE_ADDR=SHOP).status_code == status


def test_owner_cannot_shut_themselves_out():
    boss = fresh(make.owner())

    refused = boss.post("/settings/roles/addresses", {"owner": ELSEWHERE}, REMOTE_ADDR=SHOP)

    assert refused.status_code == 422
    assert "would shut you out" in refused.content.decode()
    assert SHOP in refused.content.decode()
    assert not LimitSet.objects.exists()


def test_owner_sets_the_lists_and_the_trail_knows():
    boss = fresh(make.owner())
    said = {"owner": f"{SHOP}\n2001:db8::/32", "packer": "203.0.113.0/24"}

    assert boss.post("/settings/roles/addresses", said, REMOTE_ADDR=SHOP).status_code == 302
    assert boss.post("/settings/roles/addresses", said, REMOTE_ADDR=SHOP).status_code == 302

    assert limits_of("owner", 0).addresses == (f"{SHOP}/32", "2001:db8::/32")
    assert limits_of("packer", 0).addresses == ("203.0.113.0/24",)
    assert limits_of("courier", 0).addresses == ()
    noted = TrailEntry.objects.filter(deed="limits.changed").order_by("target_id")
    assert [(row.target_id, row.after["addresses"]) for row in noted] == [
        ("owner", [f"{SHOP}/32", "2001:db8::/32"]), ("packer", ["203.0.113.0/24"]),
    ]  # fmt: skip
    assert boss.get("/settings/roles", REMOTE_ADDR=ELSEWHERE).status_code == 403


def test_what_is_no_address_is_refused_beside_its_field():
    boss = fresh(make.owner())
    refused = boss.post("/settings/roles/addresses", {"packer": "the office"})
    assert refused.status_code == 422
    assert "the is no network address" in refused.content.decode()
    assert not LimitSet.objects.exists()


def test_person_with_limits_of_their_own_keeps_the_addresses_of_the_role():
    lena = make.manager()
    boss = fresh(make.owner())
    fenced()
    typed = {"discount_percent": "40", "write_off_minor": "", "statuses": ["new"], "export": "on"}

    boss.post(f"/settings/roles/people/{lena.pk}", typed)
    assert lena.subject.limits.addresses == (f"{SHOP}/32",)
    boss.post(f"/settings/roles/people/{lena.pk}", typed | {"addresses": ELSEWHERE})
    assert lena.subject.limits.addresses == (f"{ELSEWHERE}/32",)
    assert fresh(lena).get("/orders", REMOTE_ADDR=ELSEWHERE).status_code == 200
    boss.post("/settings/roles", typed)
    assert limits_of("manager", 0).addresses == (f"{SHOP}/32",), "the role's limits leave its addresses alone"


def test_whoever_runs_the_desk_lets_a_role_in_again():
    fenced("owner")
    boss = make.owner()
    assert fresh(boss).get("/orders", REMOTE_ADDR=ELSEWHERE).status_code == 403

    call_command("lift_addresses", "owner")

    assert fresh(boss).get("/orders", REMOTE_ADDR=ELSEWHERE).status_code == 200
    assert TrailEntry.objects.get(deed="limits.changed").actor_kind == "command"


def test_only_owners_set_lists():
    assert fresh(make.manager()).post("/settings/roles/addresses", {"owner": SHOP}).status_code == 404
    with pytest.raises(desk.LockedOut):
        desk.set_addresses(
            {"owner": [SHOP]}, asked=desk.Asked("owner", ""), by=make.BY, at=make.AT
        )  # an address that the proxies did not name lies in no list
