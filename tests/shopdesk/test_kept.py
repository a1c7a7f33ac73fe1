"""Parts of pages that are kept: they show what is named, and to each their own."""

import re

import pytest
from django.template import Context, Template
from django.utils import translation
from django.utils.functional import SimpleLazyObject

from shopdesk.templatetags import kept
from tests import make


@pytest.fixture(autouse=True)
def nothing_kept(monkeypatch):
    monkeypatch.setattr(kept, "_parts", {})


def shown(text: str, **values: object) -> str:
    return Template("{% load i18n kept %}" + text).render(Context(values))


def test_part_knows_nothing_that_is_not_named():
    text = '{% kept "part" kind=kind %}{{ kind }}, {{ name }}.{% endkept %}'

    assert shown(text, kind="owner", name="Anna") == "owner, ."


def test_part_is_rendered_once_for_the_same_values_and_anew_for_others():
    text = '{% kept "part" kind=kind %}{{ kind }} {{ kind.seen }}{% endkept %}'

    class Kind(str):
        seen = "first"

    assert shown(text, kind=Kind("owner")) == "owner first"
    assert shown(text, kind="owner") == "owner first"  # as it was kept: this one never saw anything
    assert shown(text, kind="packer") == "packer "


def test_part_speaks_each_language():
    text = '{% kept "part" %}{% translate "Orders" %}{% endkept %}'

    with translation.override("en"):
        assert shown(text) == "Orders"
    with translation.override("ru"):
        assert shown(text) == "Заказы"


def test_what_is_each_ones_own_is_written_anew_and_escaped():
    text = '{% kept "part" each_path=path %}<a href="{{ path }}">{% endkept %}'

    assert shown(text, path="/a") == '<a href="/a">'
    assert shown(text, path='/b"><b>') == '<a href="/b&quot;&gt;&lt;b&gt;">'
    assert shown(text) == '<a href="">'
    assert len(kept._parts) == 1


def test_form_in_a_kept_part_has_the_token_of_whoever_reads():
    text = '{% kept "part" %}{% csrf_token %}{% endkept %}'

    tokens = [re.findall(r'value="(\w+)"', shown(text, csrf_token=token)) for token in ("one", "two")]

    assert tokens == [["one"], ["two"]]


@pytest.mark.django_db
def test_page_kept_for_one_person_shows_nothing_of_them_to_another(client):
    def page(person) -> str:
        client.force_login(person)
        return client.get("/orders?q=secret-of-the-first").content.decode()

    first, second = make.manager(), make.owner()
    assert first.name in page(first)

    client.force_login(second)
    other = client.get("/orders").content.decode()

    assert second.name in other
    assert f"<span>{first.name}</span>" not in other
    assert "secret-of-the-first" not in other


def test_keeping_ends_where_it_would_grow_for_ever(monkeypatch):
    monkeypatch.setattr(kept, "MOST", 3)

    for n in range(10):
        shown('{% kept "part" n=n %}{{ n }}{% endkept %}', n=n)

    assert 0 < len(kept._parts) <= 3


def test_lazy_value_is_kept_as_what_it_stands_for():
    shown('{% kept "part" stages=stages %}{{ stages|length }}{% endkept %}', stages=SimpleLazyObject(lambda: (1, 2)))

    assert next(iter(kept._parts))[2] == ((1, 2),)
    assert type(next(iter(kept._parts))[2][0]) is tuple
