"""What browsers tell of pages that broke the policy (SEC-30): a line in the log, and nothing that somebody typed."""

import json

import pytest
from django.test import Client
from structlog.testing import capture_logs

pytestmark = [pytest.mark.django_db, pytest.mark.once]

OLD = {"csp-report": {"document-uri": "https://desk.example/orders?q=79161234567", "violated-directive": "script-src",
                      "blocked-uri": "https://evil.example/x.js?stolen=1"}}  # fmt: skip
NEW = [{"type": "csp-violation", "body": {"documentURL": "https://desk.example/orders?q=79161234567",
        "effectiveDirective": "script-src", "blockedURL": "https://evil.example/x.js?stolen=1"}}]  # fmt: skip


@pytest.mark.parametrize(("kind", "told"), [("application/csp-report", OLD), ("application/reports+json", NEW)])
def test_report_of_a_browser_is_a_line_in_the_log(kind, told):
    """V3.4.7: the rule, the page and the host; nothing that somebody typed."""
    with capture_logs() as lines:
        answer = Client(enforce_csrf_checks=True).post("/policy-reports", json.dumps(told), content_type=kind)

    assert answer.status_code == 204
    heard = [line for line in lines if line["event"] == "kept_out"]
    assert [(line["rule"], line["page"], line["blocked"]) for line in heard] == [
        ("script-src", "/orders", "https://evil.example")
    ]


@pytest.mark.parametrize(
    ("kind", "body"),
    [("text/plain", "{}"), ("application/csp-report", "{"), ("application/csp-report", "[1]"),
     ("application/csp-report", '{"csp-report": 5}'), ("application/csp-report", "x" * 100_000),
     ("application/reports+json", '[{"body": []}, 7, null]'), ("application/reports+json", "[" * 5000)],
)  # fmt: skip
def test_nonsense_is_dropped(kind, body):
    with capture_logs() as lines:
        assert Client().post("/policy-reports", body, content_type=kind).status_code == 204
    assert [line for line in lines if line["event"] == "kept_out"] == []


def test_reports_are_limited():
    client = Client()
    answers = [client.post("/policy-reports", "{}", content_type="application/csp-report") for _ in range(61)]
    assert answers[-1].status_code == 429
