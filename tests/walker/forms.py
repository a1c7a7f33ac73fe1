"""More of what the walker sends: settings, registers, files, labels, privacy."""

from django.core.files.uploadedfile import SimpleUploadedFile

from shopdesk.base.access import Kind
from shopdesk.people.models import User
from tests import make
from tests.walker.bodies import Body, plainly

LABEL = {"name": "Looked at", "position": "1"}
LIMITS = {"discount_percent": "10", "statuses": ["new", "confirmed"], "channels": ["shop"]}
PLAN = {"mode": "confirm", "outcome": "no_answer", "steps": "+2h", "most_in_all": "3", "ends": "hold"}
PDF = b"%PDF-1.4\n%%EOF\n"


def file(name: str, content: bytes, kind: str) -> SimpleUploadedFile:
    """A file that somebody lays down."""
    return SimpleUploadedFile(name, content, kind)


def _somebody() -> str:
    """An owner's key: on PostgreSQL numbers go on from what the tests before had made."""
    return str(User.objects.filter(role=Kind.OWNER).values_list("pk", flat=True)[0])


MORE_JSON: dict[str, Body] = {
    "api:order-label": plainly(code="walked"),
    "api:phone-events": plainly(call_id="w1", state="ringing", at="2026-11-24T08:00:00Z"),
    "api:remittances": plainly(courier="own", reference="W-1", lines=[{"waybill": "P-1-1", "amount": "1.00"}]),
    "api:remittance-line": plainly(note="the courier paid it"),
}
MORE_FORMS: dict[str, Body] = {
    "packing-prints": plainly(what="label", size="a6"),
    "packing-printer": plainly(size="a6"),
    "acts-copies": lambda pick: {"copy": file("act.pdf", PDF, "application/pdf")},
    "returns-photos": lambda pick: {"photo": file("box.jpg", make.photo(), "image/jpeg")},
    "stock-receipt-papers": lambda pick: {"paper": file("bill.pdf", PDF, "application/pdf")},
    "imports": lambda pick: {"what": "orders", "channel": "", "file": file("o.csv", b"number,name\n1,A\n", "text/csv")},
    "tracking-register-new": lambda pick: {
        "courier": "own", "reference": "W-1", "waybill": "waybill", "amount": "amount",
        "file": file("r.csv", b"waybill,amount\nP-1-1,1.00\n", "text/csv"),
    },
    "calls-give": lambda pick: {"task": [pick("task")]},
    "calls-presence": plainly(state="off"),
    "count-limits": plainly(pieces="2", sum="1000"),
    "enquiry": lambda pick: {"asked": "a blue one", "product": pick("product"), "quantity": "1"},
    "exports-new": plainly(format="csv", filter=""),
    "keys": plainly(name="A key", holder="channel:shop"),
    "keys-replacement": plainly(overlap="week"),
    "my-email": plainly(email="mine@shop.example"),
    "my-keys": plainly(name="A key"),
    "my-keys-replacement": plainly(overlap="week"),
    "labels": plainly(status="new", code="", **LABEL),
    "labels-label": plainly(**LABEL),
    "message-words": plainly(language="en", subject="", text=""),
    "no-call-judge": plainly(verdict="right"),
    "no-call-rule": plainly(
        what="prepaid", least_delivered="3", most_refused="0", refusal_percent="20", sample_percent="5"
    ),
    "orders-labels": lambda pick: {"number": [pick("order")], "label": ""},
    "phone-line": plainly(dials="tel", missed="retry"),
    "phone-seat": lambda pick: {"person": _somebody(), "code": "101"},
    "privacy-erasures": lambda pick: {"orders": str(pick("order")), "ground": "request"},
    "privacy-periods": plainly(contact="1095", said="1095", past="365", answer="30"),
    "reports-books": lambda pick: {"closing": pick("closing"), "reason": "forgotten"},
    "reports-letter-settlement": plainly(settle="leave"),
    "reports-plan": plainly(orders="30"),
    "reports-subscription": plainly(change="pause"),
    "reports-subscriptions": lambda pick: {
        "recipient": _somebody(), "every": "week", "hour": "8", "zone": "Europe/Moscow", "language": "en",
    },
    "retry-plan": plainly(**PLAN),
    "retry-plan-group": plainly(name="Regions"),
    "retry-plan-preview": plainly(**PLAN),
    "returns-new": lambda pick: {"order": pick("order"), "kind": "after_delivery", f"line-{pick('order line')}": "1"},
    "returns-scan": lambda pick: {"parcel": pick("parcel")},
    "call-script-lines": plainly(about="vip", text="Thank them"),
    "call-outcome-words": plainly(busy="engaged"),
    "roles": plainly(**LIMITS),
    "roles-addresses": plainly(packer="203.0.113.0/24"),
    "roles-person": plainly(**LIMITS),
    "tracking-hand-in": plainly(courier="own", counted="129.00"),
    "tracking-news": lambda pick: {"parcel": pick("parcel"), "code": "delivery_failed", "event_id": "w1"},
    "tracking-register-line": plainly(note="the courier paid it"),
}  # fmt: skip
