"""The bar, the home page, and what a person chose for themselves."""

import pytest
from django.core.cache import caches
from django.test import Client

from shopdesk.accounts import preferences
from shopdesk.base.errors import DomainError
from shopdesk.people.models import User
from tests import make

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def no_kept_counts():
    caches["nearby"].clear()


def seated(person: User) -> Client:
    client = Client()
    client.force_login(person)
    return client


def test_home_is_closed_to_strangers():
    answer = Client().get("/")
    assert answer.status_code == 302
    assert answer.url.startswith("/accounts/login/")


@pytest.mark.parametrize("language", ["en", "ru", "bg"])
def test_home_speaks_the_persons_language(language):
    person = make.owner(language=language)
    page = seated(person).get("/").content.decode()
    assert f'<html lang="{language}"' in page
    assert {"en": "The day now", "ru": "День сейчас", "bg": "Денят сега"}[language] in page


def test_choice_is_kept_with_the_person_and_with_the_browser():
    person = make.manager()
    client = seated(person)
    answer = client.post("/my/choices", {"language": "bg", "theme": "dark", "letters": "off", "next": "/kit?a=1"})
    person.refresh_from_db()
    assert (person.language, person.theme, person.letter_keys) == ("bg", "dark", False)
    assert answer.url == "/kit?a=1"
    page = client.get("/").content.decode()
    assert 'data-theme="dark"' in page
    assert 'data-letters="off"' in page
    assert client.cookies["theme"].value == "dark"


def test_stranger_chooses_the_language_of_the_door():
    client = Client()
    client.post("/my/choices", {"language": "ru"})
    assert "Войти" in client.get("/accounts/login/").content.decode()
    assert User.objects.count() == 0


def test_choice_never_leads_to_another_site():
    """V3.7.2."""
    answer = seated(make.manager()).post("/my/choices", {"theme": "dark", "next": "https://elsewhere.example/"})
    assert answer.url == "/"


@pytest.mark.parametrize("chosen", [{"language": "xx"}, {"theme": "pink"}])
def test_unknown_choice_is_refused_and_nothing_kept(chosen):
    person = make.manager(language="ru", theme="dark")
    assert seated(person).post("/my/choices", chosen).status_code == 409
    with pytest.raises(DomainError):
        preferences.choose(person.pk, **chosen)
    person.refresh_from_db()
    assert (person.language, person.theme) == ("ru", "dark")


def test_kit_is_the_owners():
    assert seated(make.owner()).get("/kit").status_code == 200
    assert seated(make.manager()).get("/kit").status_code == 404


def test_bar_shows_desks_of_the_role_alone():
    owner, packer = (seated(one).get("/bar").content.decode() for one in (make.owner(), make.packer()))
    assert 'id="stage-home"' in owner
    assert 'id="stage-home"' not in packer
    assert 'id="stage-reports"' not in packer


def test_pages_carry_no_inline_style_or_script():
    """V1.2.3."""
    page = seated(make.owner()).get("/kit").content.decode()
    assert " style=" not in page
    assert " onclick=" not in page
    assert "<style" not in page
    assert "<script>" not in page
