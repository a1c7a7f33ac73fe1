"""What is said besides, and what outcomes are called (C7, C10)."""

import pytest
import time_machine
from django.core.cache import caches

from orders import calls, changes, sayings, scripts
from orders.models import CallTask, Customer, JournalEvent, OutcomeWord
from orders.status import CancelReason, HoldReason, Status
from shopdesk.base.errors import Malformed, Missing
from shopdesk.base.placeholders import UnknownPlaceholder
from tests import make
from tests.shopdesk.accounts.seats import fresh

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def words_of_the_desk():
    """The desk's own words, a few minutes into the day."""
    make.shop(language="en")
    make.product("A", 50)
    make.product("B", 50)
    caches["nearby"].clear()
    with time_machine.travel(make.after(minutes=2), tick=False):
        yield
    caches["nearby"].clear()


def besides(about: str, text: str, sku: str = ""):
    return scripts.add_line(scripts.NewLine(about, text, sku), by=make.BY, at=make.AT)


def said(order) -> str:
    """Give the script of an order's call, as its card says it."""
    client = fresh(make.owner())
    calls.take(CallTask.objects.get(order=order, closed_at=None).pk, person=int(client.session["_auth_user_id"]),
               at=make.after(minutes=1))  # fmt: skip
    return client.get("/calls").content.decode()


def test_product_has_its_own_step_and_others_do_not():
    besides("product", "Ask {name} for the size.", "A")
    besides("product", "Say how it is charged.", "B")

    page = said(make.order(name="Анна"))

    assert "Ask Анна for the size." in page
    assert "how it is charged" not in page


@pytest.mark.parametrize("about", ["first", "vip", "blocked", "refused", "risk"])
def test_customer_who_gives_reason_is_spoken_to_with_care(about):
    besides(about, "Mind this one.")
    if about == "refused":
        before = make.order()
        changes.cancel(before.pk, CancelReason.PRICE, by=make.BY, at=make.AT)
        type(before).objects.filter(pk=before.pk).update(status=Status.RETURNED)
    order = make.order(at=make.after(seconds=1))
    if about in ("vip", "blocked"):
        Customer.objects.filter(pk=order.customer_id).update(mark=about)
    if about == "risk":
        changes.hold(order.pk, HoldReason.HIGH_RISK, by=make.BY, at=make.after(seconds=2))

    assert "Mind this one." in said(order)


def test_customer_who_gives_none_is_not():
    for about in ("vip", "blocked", "refused", "risk"):
        besides(about, "Mind this one.")

    assert "Mind this one." not in said(make.order())


def test_step_goes_with_the_shops_own_script_too():
    scripts.change_script(scripts.NewScript("confirm", "Hello.", []), by=make.BY, at=make.AT)
    besides("first", "Welcome them.")

    page = said(make.order())

    assert page.index("Hello.") < page.index("Welcome them.")


def test_what_cannot_be_said_is_refused():
    with pytest.raises(UnknownPlaceholder):
        besides("vip", "{secret}")
    with pytest.raises(scripts.NoSuchProduct):
        besides("product", "x", "NOPE")
    with pytest.raises(Malformed):
        besides("weather", "x")
    assert scripts.lines() == []


def test_step_is_taken_away_once():
    line = besides("vip", "Thank them")
    scripts.drop_line(line.pk, by=make.BY, at=make.AT)
    with pytest.raises(Missing):
        scripts.drop_line(line.pk, by=make.BY, at=make.AT)


def test_owner_adds_a_step_and_renames_an_outcome_on_the_page(django_capture_on_commit_callbacks):
    boss = fresh(make.owner())
    assert boss.post("/settings/script-lines", {"about": "vip", "sku": "", "text": "Thank them"}).status_code == 302
    with django_capture_on_commit_callbacks(execute=True):
        assert boss.post("/settings/outcome-words", {"no_answer": "silence"}).status_code == 302
    page = boss.get("/settings/scripts").content.decode()
    assert "Thank them" in page
    assert 'value="silence"' in page
    assert fresh(make.manager()).get("/settings/scripts").status_code == 404
    assert fresh(make.manager()).post("/settings/outcome-words", {"busy": "x"}).status_code == 404


def test_renamed_outcome_is_called_so_everywhere_and_means_the_same(django_capture_on_commit_callbacks):
    lena = make.manager()
    assert sayings.outcome("no_answer") == "no answer"
    with django_capture_on_commit_callbacks(execute=True):
        scripts.name_outcomes({"no_answer": "silence", "busy": ""}, by=make.BY, at=make.AT)
    order = make.order()
    talk = calls.take_next(lena.pk, at=make.after(minutes=1))
    client = fresh(lena)
    assert "Silence" in client.get("/calls").content.decode()

    calls.settle(talk.task.pk, calls.NewAttempt("no_answer"), by=lena.subject.actor, person=lena.pk,
                 at=make.after(minutes=2))  # fmt: skip

    task = CallTask.objects.get(order=order)
    assert task.stage == CallTask.Stage.RETRY, "it is rung again, whatever it is called"
    card = client.get(f"/orders/{order.number}").content.decode()
    assert card.count("ilence") >= 2, "in the table of attempts and in the journal"
    assert sayings.outcomes()["busy"] == "busy"
    assert "silence" in client.get("/calls").content.decode().casefold()


def test_the_same_words_again_are_not_noted_and_no_outcome_is_added():
    scripts.name_outcomes({"busy": "engaged"}, by=make.BY, at=make.AT)
    scripts.name_outcomes({"busy": "engaged"}, by=make.BY, at=make.AT)
    assert JournalEvent.objects.filter(kind="calls.outcome_words").count() == 1
    with pytest.raises(Malformed):
        scripts.name_outcomes({"sold": "x"}, by=make.BY, at=make.AT)
    scripts.name_outcomes({}, by=make.BY, at=make.AT)
    assert not OutcomeWord.objects.exists()
