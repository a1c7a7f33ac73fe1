"""The owner names who is told, sees how it goes, and sends again."""

import pytest
from django.core.cache import caches
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from shopdesk.base.sealed import unseal
from shopdesk.webhooks import endpoints, planning
from shopdesk.webhooks.endpoints import Terms
from shopdesk.webhooks.kinds import Kind
from shopdesk.webhooks.models import Endpoint, Message
from shopdesk.webhooks.pausing import pause
from tests import make

pytestmark = pytest.mark.django_db
URL = "https://erp.example/hook"
WANTED = {"name": "ERP", "url": URL, "channel": "", "kinds": [Kind.ORDER_TAKEN, Kind.STATUS_CHANGED]}


@pytest.fixture
def owner(client):
    person = make.owner()
    client.force_login(person)
    session = client.session
    session["account_authentication_methods_user"] = str(person.pk)
    session["account_authentication_methods"] = [{"method": "password", "at": timezone.now().timestamp()}]
    session.save()
    return client


def endpoint(**fields):
    terms = Terms("ERP", URL, [Kind.ORDER_TAKEN], **fields)
    return endpoints.make(terms, by=make.BY, at=timezone.now())[0]


def test_owner_names_an_address_and_sees_its_secret_once(owner):
    page = owner.post("/settings/webhooks", WANTED).content.decode()
    made = Endpoint.objects.get()
    secret = unseal(made.secret, purpose=made.purpose)

    assert secret in page
    for path in ("/settings/webhooks", f"/settings/webhooks/{made.pk}"):
        assert secret not in owner.get(path).content.decode()
    assert made.kinds == sorted(WANTED["kinds"])


def test_what_cannot_be_told_is_refused_with_its_reason(owner):
    answer = owner.post("/settings/webhooks", WANTED | {"url": "http://10.0.0.1/", "kinds": ["order.eaten"]})
    assert answer.status_code == 400
    assert owner.post("/settings/webhooks", WANTED | {"url": "http://10.0.0.1/"}).status_code == 409
    assert not Endpoint.objects.exists()


def test_nobody_else_sees_or_changes_it(client):
    made = endpoint()
    client.force_login(make.manager())
    for path in ("", f"/{made.pk}", f"/{made.pk}/messages/1"):
        assert client.get(f"/settings/webhooks{path}").status_code == 404
    for deed in ("secret", "pause", "resumption", "end", "test", "again"):
        assert client.post(f"/settings/webhooks/{made.pk}/{deed}").status_code == 404


def test_list_says_what_was_not_taken_and_what_waits(owner):
    made, now = endpoint(), timezone.now()
    for _ in range(3):
        endpoints.send_test(made.pk, at=now)
    assert "in order" in (page := owner.get("/settings/webhooks").content.decode())
    assert "3 to be sent" in page

    Message.objects.filter(pk=Message.objects.earliest("pk").pk).update(attempts=2)
    page = owner.get("/settings/webhooks").content.decode()
    assert "no answer so far" in page
    assert "in order" not in page

    Message.objects.filter(attempts=2).update(state=Message.State.DEAD)
    assert "1 not taken" in owner.get("/settings/webhooks").content.decode()


def test_owner_pauses_resumes_tries_changes_and_ends(owner):
    made = endpoint()
    path = f"/settings/webhooks/{made.pk}"

    owner.post(f"{path}/pause")
    assert "Nothing is sent at the moment" in owner.get(path).content.decode()
    owner.post(f"{path}/resumption")
    owner.post(f"{path}/test")
    message = Message.objects.get()
    assert "desk.test" in owner.get(f"{path}/messages/{message.pk}").content.decode()
    owner.post(path, WANTED | {"name": "Store"})
    made.refresh_from_db()
    assert (made.name, made.paused_at) == ("Store", None)
    owner.post(f"{path}/end")
    assert owner.get(path).status_code == 404
    assert "Store" in owner.get("/settings/webhooks").content.decode()


def test_every_page_of_the_owner_says_that_somebody_is_not_told(owner):
    made = endpoint()
    pause(made.pk, Endpoint.Paused.GONE, by=make.BY, at=timezone.now())
    caches["nearby"].clear()
    assert "is told nothing" in owner.get("/orders").content.decode()
    owner.post(f"/settings/webhooks/{made.pk}/resumption")
    caches["nearby"].clear()
    assert "is told nothing" not in owner.get("/orders").content.decode()


def test_what_was_not_taken_is_sent_again_by_one_click(owner):
    make.product("A", 10)
    made = endpoint()
    make.order()
    planning.plan(at=timezone.now())
    Message.objects.update(state=Message.State.DEAD)

    path = f"/settings/webhooks/{made.pk}"
    assert "not taken" in owner.get(path).content.decode().casefold()
    owner.post(f"{path}/again", {"all": "1"})
    assert Message.objects.get().state == Message.State.WAITING
    assert owner.post(f"{path}/again", {"message": "999999"}).status_code == 404


def test_queries_do_not_grow_with_what_was_told(owner):
    make.product("A", 100)
    made = endpoint()
    path = f"/settings/webhooks/{made.pk}"
    counted = []
    for times in (1, 20):
        for _ in range(times):
            make.order()
        planning.plan(at=timezone.now())
        caches["nearby"].clear()
        with CaptureQueriesContext(connection) as asked:
            owner.get(path)
        counted.append(len(asked))

    assert counted[0] == counted[1]
