"""What is kept of the settings is what the database says now, on both databases, and made anew only when it changed."""

from datetime import UTC, datetime, time

import pytest
from django.db import connection
from django.forms.models import model_to_dict
from django.test.utils import CaptureQueriesContext

from orders import intake, lifecycle, nocall, sourcing
from orders.intake import SETTINGS
from orders.models import Location, NoCallRule, Shop, StatusLabel
from orders.models.shop import FIRST_SHOP
from shopdesk.base.kept import Kept
from tests import make

pytestmark = pytest.mark.django_db


@pytest.fixture
def settings_of_all_kinds():
    make.shop(
        name='Ё "a" \\b {c} %s', day_cutoff=time(3, 30), demo_until=datetime(2026, 1, 2, 3, 4, 5, 678, tzinfo=UTC)
    )
    Location.objects.create(code="SOUTH", name="Юг", position=2, near="россия\nсочи")
    Location.objects.create(code="NORTH", name="North", position=1)
    Location.objects.create(code="SHOP", name="Shop", serves=False)
    StatusLabel.objects.create(code="x", status="new", name="X", is_default=True)
    StatusLabel.objects.create(code="y", status="new", name="Y")
    NoCallRule.objects.create(
        what="loyal", active=True, changed_at=make.AT, tried={"of": 812, "ё": ['"', None, True]}, most_total_minor=2**40
    )
    NoCallRule.objects.create(what="prepaid", changed_at=make.AT)


@pytest.mark.parametrize("reading", SETTINGS.readings)
def test_what_is_kept_is_what_a_query_set_says(settings_of_all_kinds, reading):
    asked = reading.all()
    with SETTINGS.held():
        kept = reading.all()

    assert [model_to_dict(one) for one in kept] == [model_to_dict(one) for one in asked]
    assert [vars(one).keys() for one in kept] == [vars(one).keys() for one in asked]
    values = [getattr(one, field.attname) for one in kept for field in one._meta.concrete_fields]
    assert [type(value) for value in values] == [
        type(getattr(one, field.attname)) for one in asked for field in one._meta.concrete_fields
    ]
    assert len(kept) == {Shop: 1, Location: 2, StatusLabel: 1, NoCallRule: 1}[reading.model]


def test_all_is_asked_in_one_statement_and_made_once(settings_of_all_kinds):
    with SETTINGS.held():
        before = [sourcing.SERVING.all(), nocall.ACTIVE.all(), lifecycle.NEW_LABEL.all(), FIRST_SHOP.all()]
    with CaptureQueriesContext(connection) as asked, SETTINGS.held():
        again = [sourcing.SERVING.all(), nocall.ACTIVE.all(), lifecycle.NEW_LABEL.all(), FIRST_SHOP.all()]

    assert len(asked) == 1
    assert [[id(one) for one in some] for some in again] == [[id(one) for one in some] for some in before]


def test_what_was_changed_is_seen_at_once_and_what_was_changed_back_too(settings_of_all_kinds):
    for name in ("Other", "Third", "Other"):
        Shop.objects.update(name=name)
        Location.objects.filter(code="SOUTH").update(serves=name == "Third")
        with SETTINGS.held():
            assert Shop.current().name == name
            assert [one.code for one in sourcing.serving()] == ["NORTH", "SOUTH"][: 1 + (name == "Third")]


def test_what_was_rolled_back_is_not_kept(settings_of_all_kinds):
    with make.undone():
        Shop.objects.update(name="Never")
        with SETTINGS.held():
            assert Shop.current().name == "Never"
    with SETTINGS.held():
        assert Shop.current().name != "Never"


def test_without_any_setting_there_is_nothing_kept():
    Location.objects.all().delete()
    Shop.objects.all().delete()
    with SETTINGS.held():
        assert (sourcing.serving(), nocall.rules(), lifecycle.NEW_LABEL.all()) == ([], [], [])
        assert Shop.current().pk is None


def test_what_is_kept_without_looking_is_old(settings_of_all_kinds, monkeypatch):
    """Negative control: the comparison of the texts is what keeps an order from being taken in by old settings."""
    with SETTINGS.held():
        label = StatusLabel.objects.get(is_default=True)
    label.is_default = False
    label.save()
    make.product("A", 5)
    assert intake.take_in(make.new_order(external_id="1"), by=make.BY, at=make.AT).order.label_id is None

    label.is_default = True
    label.save()
    monkeypatch.setattr(Kept, "_built", lambda self, place, text: self._rows[connection.vendor, place][1])
    assert intake.take_in(make.new_order(external_id="2"), by=make.BY, at=make.AT).order.label_id is None
