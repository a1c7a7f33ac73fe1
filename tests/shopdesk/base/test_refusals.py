import json

import pytest
from django.core.exceptions import PermissionDenied, SuspiciousOperation
from django.core.handlers.wsgi import WSGIRequest
from django.db import IntegrityError, InterfaceError, OperationalError
from django.test import Client, RequestFactory
from django.urls import path
from django.urls.exceptions import Resolver404
from django.utils.translation import gettext_lazy as _
from rest_framework import exceptions
from rest_framework.authentication import BaseAuthentication
from rest_framework.response import Response
from rest_framework.views import APIView

from shopdesk.base import refusals, strict
from shopdesk.base.errors import DomainError, KeyReused, Missing, Stale, TooLarge, UnsupportedMedia
from shopdesk.base.requests import StrictRequest

PHONE = "+79161234567"


class WrongItem(DomainError):
    sentence = _("This is not in order %(number)s.")
    next_step = _("Put it back and scan the next one.")


class Throttled(exceptions.Throttled):
    def __init__(self):
        super().__init__(wait=17.2)


class Nobody(BaseAuthentication):
    def authenticate(self, request):
        return None

    def authenticate_header(self, request):
        return "Bearer"


RAISED = {
    "wrong": lambda: WrongItem(detail={"number": 1042}),
    "stale": lambda: Stale({"city": ("Sofia", "Varna")}),
    "missing": Missing,
    "key": KeyReused,
    "large": TooLarge,
    "media": UnsupportedMedia,
    "throttled": Throttled,
    "unsigned": exceptions.NotAuthenticated,
    "forbidden": PermissionDenied,
    "unknown": Resolver404,
    "suspicious": lambda: SuspiciousOperation(f"bad {PHONE}"),
    "unicode": lambda: "\ud83d".encode(),
    "locked": lambda: OperationalError("database is locked"),
    "cancelled": lambda: OperationalError("canceling statement due to lock timeout"),
    "gone": lambda: InterfaceError("connection already closed"),
    "our_sql": lambda: OperationalError(f"no such table: {PHONE}"),
    "bug": lambda: IntegrityError(f"UNIQUE constraint failed {PHONE}"),
}


class Body(strict.StrictSerializer):
    quantity = strict.QuantityField()
    phone = strict.PhoneTextField(required=False)


class Door(APIView):
    authentication_classes = (Nobody,)
    permission_classes = ()
    parser_classes = (strict.StrictJSONParser,)

    def get_exception_handler(self):
        return refusals.problem

    def get(self, request, name):
        if name == "fine":
            return Response({"q": request.query_params.get("q")})
        raise RAISED[name]()

    def post(self, request, name):
        reader = Body(data=request.data)
        reader.is_valid(raise_exception=True)
        return Response({}, status=201)


def page(request, name):
    raise RAISED[name]()


urlpatterns = [path("api/v1/<name>", Door.as_view()), path("api/v5/<name>", page), path("pages/<name>", page)]
handler400 = "shopdesk.base.refusals.bad_request"
handler403 = "shopdesk.base.refusals.forbidden"
handler404 = "shopdesk.base.refusals.not_found"
handler500 = "shopdesk.base.refusals.server_error"


@pytest.fixture(autouse=True)
def _doors(settings):
    settings.ROOT_URLCONF = __name__
    settings.DEBUG = False
    settings.ALLOWED_HOSTS = ["*"]
    settings.MIDDLEWARE = [
        "shopdesk.base.refusals.ProblemMiddleware",
        "shopdesk.base.strict.StrictQueryMiddleware",
        "django.middleware.csrf.CsrfViewMiddleware",
    ]


@pytest.fixture
def desk():
    return Client(raise_request_exception=False)


def told(response):
    assert response["Content-Type"] == "application/problem+json"
    document = json.loads(response.content)
    assert document["status"] == response.status_code
    assert document["type"].endswith(document["code"])
    assert document["title"]
    assert document["detail"]
    assert document["request_id"]
    assert PHONE not in response.content.decode()
    return document


@pytest.mark.parametrize(
    ("name", "status", "code"),
    [
        ("wrong", 409, "wrong_item"),
        ("stale", 409, "stale"),
        ("missing", 404, "missing"),
        ("key", 422, "key_reused"),
        ("large", 413, "too_large"),
        ("media", 415, "unsupported_media"),
        ("throttled", 429, "too_many_requests"),
        ("unsigned", 401, "not_signed_in"),
        ("forbidden", 403, "forbidden"),
        ("unknown", 404, "missing"),
        ("suspicious", 400, "malformed"),
        ("unicode", 400, "malformed"),
        ("locked", 503, "busy"),
        ("cancelled", 503, "busy"),
        ("gone", 503, "busy"),
        ("our_sql", 500, "failed"),
        ("bug", 500, "failed"),
    ],
)
def test_every_refusal_is_a_problem_document(desk, name, status, code):
    response = desk.get(f"/api/v1/{name}")

    assert response.status_code == status
    assert told(response)["code"] == code
    assert ("Retry-After" in response) == (status in {429, 503})


def test_a_bug_is_not_hidden_from_the_log_or_the_tests():
    """V16.3.4."""
    with pytest.raises(IntegrityError):
        Client().get("/api/v1/bug")


def test_a_refusal_says_why_and_what_to_do(desk):
    document = told(desk.get("/api/v1/wrong"))

    assert document["detail"] == "This is not in order 1042."
    assert document["next_step"] == "Put it back and scan the next one."
    assert document["number"] == 1042
    assert document["instance"] == "/api/v1/wrong"


def test_a_stale_change_shows_what_differs(desk):
    assert told(desk.get("/api/v1/stale"))["differs"] == {"city": {"was": "Sofia", "now": "Varna"}}


def test_missing_and_foreign_look_the_same(desk):
    ours, framework = told(desk.get("/api/v1/missing")), told(desk.get("/api/v1/unknown"))

    for document in (ours, framework):
        del document["instance"], document["request_id"]
    assert ours == framework


def test_headers_that_say_how_to_go_on_are_kept(desk):
    assert desk.get("/api/v1/throttled")["Retry-After"] == "18"
    assert desk.get("/api/v1/unsigned")["WWW-Authenticate"] == "Bearer"
    assert "POST" in desk.put("/api/v1/wrong")["Allow"]


def send(desk, body, content_type="application/json"):
    return desk.generic("POST", "/api/v1/fine", body, content_type=content_type)


@pytest.mark.parametrize(
    ("body", "content_type", "status"),
    [
        (b'{"quantity": 1}', "application/json", 201),
        (b'{"quantity": 1}', "application/json; charset=utf-8", 201),
        (b'{"quantity": 1}', "application/json; charset=nonsense", 415),
        (b"<a/>", "application/xml", 415),
        (b"quantity=1", "application/x-www-form-urlencoded", 415),
        (b'{"quantity": ' + b"[" * 100_000, "application/json", 400),
        (b" " * 3_000_000, "application/json", 413),
        ('{"quantity": 1}'.encode("utf-16"), "application/json", 400),
    ],
)
def test_a_body_is_taken_or_refused_in_words(desk, body, content_type, status):
    response = send(desk, body, content_type)

    assert response.status_code == status
    if status != 201:
        told(response)


def test_every_wrong_field_is_named_and_no_value_is_repeated(desk):
    document = told(send(desk, json.dumps({"quantity": 0, "phone": PHONE * 9, "mail": PHONE})))

    assert sorted((error["pointer"], error["code"]) for error in document["errors"]) == [
        ("/mail", "unknown_field"),
        ("/phone", "too_long"),
        ("/quantity", "min_value"),
    ]


def test_a_malformed_body_names_its_places(desk):
    document = told(send(desk, b'{"quantity": NaN, "phone": "\\u0000"}'))

    assert [(error["pointer"], error["code"]) for error in document["errors"]] == [
        ("/quantity", "invalid_number"),
        ("/phone", "invalid_characters"),
    ]


@pytest.mark.parametrize(
    "address", ["/api/v1/fine?q=%00", "/api/v1/fine?q=%ED%A0%80", "/api/v1/fine?%01=1", "/api/v1/a%00b"]
)
def test_no_address_with_what_cannot_be_stored_reaches_a_view(desk, address):
    response = desk.get(address)

    assert response.status_code == 400
    assert told(response)["errors"][0]["code"] == "invalid_characters"


def test_without_the_guard_such_an_address_reaches_the_view(desk, settings):
    settings.MIDDLEWARE = []

    assert desk.get("/api/v1/fine?q=%00").json() == {"q": "\x00"}


@pytest.mark.parametrize("charset", ["utf-7", "utf-16", "utf-8"])
def test_a_query_is_utf_8_whatever_the_body_claims(desk, charset):
    """V1.1.1."""
    response = desk.generic("GET", "/api/v1/fine?q=%2BAAA-", b" ", content_type=f"text/plain; charset={charset}")

    assert response.json() == {"q": "+AAA-"}


def test_without_the_guard_a_nul_comes_in_as_utf_7(desk, settings):
    settings.MIDDLEWARE = []

    response = desk.generic("GET", "/api/v1/fine?q=%2BAAA-", b" ", content_type="text/plain; charset=utf-7")

    assert response.json() == {"q": "\x00"}


@pytest.mark.parametrize("charset", ["charset*=nonsense''x", "charset=hex", "charset=undefined"])
def test_a_content_type_that_cannot_be_read_is_a_type_nobody_reads(charset):
    hostile = RequestFactory()._base_environ(CONTENT_TYPE=f"application/json; {charset}", QUERY_STRING="q=%2B")

    with pytest.raises((ValueError, LookupError)):
        WSGIRequest(dict(hostile)).GET  # noqa: B018
    assert StrictRequest(dict(hostile)).content_type == "application/octet-stream"
    assert StrictRequest(dict(hostile)).GET == {"q": ["+"]}


def test_an_ordinary_search_reaches_the_view(desk):
    assert desk.get("/api/v1/fine?q=%D0%90%0D%0Ab+c").json() == {"q": "А\r\nb c"}


def test_an_address_that_leads_nowhere_is_a_problem_document_too(desk):
    assert told(desk.get("/api/v1/no/such/place"))["code"] == "missing"


def test_another_protocol_keeps_its_own_words(desk):
    answer = desk.get("/api/v5/unknown")

    assert (answer.status_code, answer["Content-Type"]) == (404, "application/json")
    assert answer.json() == {"success": False, "errorMsg": "API method not found"}


@pytest.mark.parametrize(("name", "status"), [("wrong", 409), ("missing", 404), ("locked", 503)])
def test_a_person_gets_a_fragment_for_htmx_and_a_page_otherwise(desk, name, status):
    fragment = desk.get(f"/pages/{name}", headers={"HX-Request": "true"})
    whole = desk.get(f"/pages/{name}")

    assert fragment.status_code == whole.status_code == status
    assert fragment.content.strip().startswith(b'<div class="refusal" role="alert">')
    assert b"<html" in whole.content


def test_the_fragment_says_first_why_and_then_what_to_do(desk):
    text = desk.get("/pages/wrong", headers={"HX-Request": "true"}).content.decode()

    assert text.index("This is not in order 1042.") < text.index("Put it back and scan the next one.")


@pytest.mark.parametrize("name", ["bug", "our_sql", "unknown", "suspicious"])
def test_a_broken_page_tells_no_secrets(desk, name):
    """V16.5.1."""
    response = desk.get(f"/pages/{name}")

    assert response.status_code in {500, 404, 400}
    assert PHONE not in response.content.decode()


def fail_in_front(get_response):
    def middleware(request):
        raise OperationalError("connection refused")

    return middleware


@pytest.mark.parametrize("address", ["/api/v1/fine", "/pages/wrong"])
def test_a_database_that_fails_before_the_view_is_busy_and_not_broken(desk, settings, address):
    """V16.5.3."""
    settings.MIDDLEWARE = [*settings.MIDDLEWARE, f"{__name__}.fail_in_front"]

    response = desk.get(address)

    assert response.status_code == 503
    assert response["Retry-After"]
