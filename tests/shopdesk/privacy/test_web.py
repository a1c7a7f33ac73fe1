"""The owner's pages: what is kept is shown first, then given out or erased; nobody else comes in."""

import json

import pytest
from django.test import Client

from shopdesk.accounts import fresh
from shopdesk.privacy import erasure, retention
from shopdesk.privacy.models import Erasure
from shopdesk.trail.deeds import Deed
from shopdesk.trail.models import TrailEntry
from tests import make
from tests.shopdesk.privacy import canaries

pytestmark = pytest.mark.django_db


@pytest.fixture
def owner():
    make.shop()
    return make.owner()


@pytest.fixture
def canary(owner):
    make.product("A", 5)
    return canaries.lived_order(owner.subject.actor)


@pytest.fixture
def just_asked(monkeypatch):
    """Whoever acts has shown who they are a moment ago."""
    monkeypatch.setattr(fresh, "is_fresh", lambda request: True)


def browser(person) -> Client:
    client = Client()
    client.force_login(person)
    return client


def path_of(order) -> str:
    return f"/privacy/people/c{order.customer_id}"


def test_person_is_found_by_phone_name_mail_and_number(owner, canary):
    page = browser(owner)
    for text in ("777-88-99", "канарейкина", canaries.MAIL, str(canary.number)):
        assert path_of(canary) in page.get("/privacy", {"q": text}).content.decode(), text
    assert path_of(canary) not in page.get("/privacy", {"q": "nobody"}).content.decode()


def test_page_shows_what_will_go_before_it_goes(owner, canary):
    shown = browser(owner).get(path_of(canary)).content.decode()

    assert canaries.NAME in shown
    assert str(sum(erasure.foresee(erasure.of_key(f"c{canary.customer_id}")).values())) in shown


def test_open_order_takes_the_button_away(owner):
    made = canaries.order()

    assert f"{path_of(made)}/erasure" not in browser(owner).get(path_of(made)).content.decode()


def test_own_data_are_handed_out_as_json_and_paper(owner, canary, just_asked):
    page = browser(owner)

    told = json.loads(page.post(f"{path_of(canary)}/data", {"format": "json"}).content)
    paper = page.post(f"{path_of(canary)}/data", {"format": "pdf"})

    assert told["kept"]["customer"][0]["name"] == canaries.NAME
    assert paper.content.startswith(b"%PDF")
    assert paper["Cache-Control"] == "no-store, private"
    assert TrailEntry.objects.filter(deed=Deed.SUBJECT_EXPORTED).count() == 2


def test_erasing_on_the_page_writes_an_act(owner, canary, just_asked):
    page = browser(owner)

    page.post(f"{path_of(canary)}/erasure", {"ground": "request"})

    act = Erasure.objects.get()
    assert page.get(f"/privacy/erasures/{act.pk}.pdf").content.startswith(b"%PDF")
    assert canaries.NAME not in page.get("/privacy").content.decode()
    assert page.get(path_of(canary)).status_code == 200


def test_without_a_fresh_sign_in_nothing_is_erased_or_given_out(owner, canary, monkeypatch):
    monkeypatch.setattr(fresh, "is_fresh", lambda request: False)
    page = browser(owner)

    for deed, said in (("erasure", {"ground": "request"}), ("data", {"format": "json"})):
        assert page.post(f"{path_of(canary)}/{deed}", said).status_code == 302
    assert not Erasure.objects.exists()
    assert not TrailEntry.objects.filter(deed=Deed.SUBJECT_EXPORTED).exists()


def test_several_are_asked_for_and_approved_by_another(owner, canary, just_asked):
    browser(owner).post("/privacy/erasures", {"orders": f"{canary.number}, 999", "ground": "consent"})
    row = Erasure.objects.get()
    assert browser(owner).post(f"/privacy/erasures/{row.pk}/approval").status_code == 409

    assert browser(make.owner()).post(f"/privacy/erasures/{row.pk}/approval").status_code == 302

    assert Erasure.objects.get().state == Erasure.State.DONE


def test_periods_are_set_on_the_page(owner, just_asked):
    page = browser(owner)

    page.post("/privacy/periods", {"contact": "700", "said": "600", "past": "100", "answer": "10"})
    assert retention.periods() == {"contact": 700, "said": 600, "past": 100, "answer": 10}

    assert page.post("/privacy/periods", {"contact": "x"}).status_code == 400


@pytest.mark.parametrize("who", [make.manager, make.packer, make.courier_person])
def test_only_the_owner_comes_in(owner, canary, who):
    page = browser(who())
    for path in ("/privacy", path_of(canary)):
        assert page.get(path).status_code == 404


def test_list_of_exports_and_its_button(owner, just_asked):
    make.order()
    page = browser(owner)

    assert "1" in page.get("/exports/new?status=new").content.decode()
    page.post("/exports/new", {"filter": "status=new", "format": "csv"})

    assert "CSV" in page.get("/exports").content.decode()


@pytest.mark.parametrize("many", [1, 20])
def test_pages_ask_the_same_however_long_the_lists(owner, many, django_assert_max_num_queries):
    for n in range(many):
        Erasure.objects.create(code=f"{n}", ground="request", asked_by=owner, asked_at=make.AT)
    page = browser(owner)
    page.get("/privacy")

    with django_assert_max_num_queries(22):
        page.get("/privacy")
