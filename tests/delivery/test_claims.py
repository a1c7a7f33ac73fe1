"""Whose question an open line is, what a courier calls its columns, and the letter that claims what is late."""

import csv
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from delivery import claims, documents, remittance
from delivery.models import Register, RegisterColumns, RegisterLine
from delivery.registers import Columns, Said, UnknownColumns, read_register
from orders import changes, payments
from orders.models import Credit, JournalEvent
from orders.status import CancelReason
from tests import make, printed

pytestmark = [pytest.mark.django_db, pytest.mark.once]
LATER = make.after(days=9)


@pytest.fixture(autouse=True)
def shop():
    make.courier("own", name="Наши курьеры")
    make.product("A", on_hand=50)
    return make.shop(name="Северная лавка", language="ru")


def taken_in(*lines, by=make.BY):
    said = [Said(place, *line) for place, line in enumerate(lines, start=1)]
    new = remittance.NewRegister("own", "R-1", "RUB", said, bank_reference="PAY 77")
    return remittance.take_in(new, by=by, at=LATER)[0]


def table(folder, *rows, name="register.csv"):
    path = folder / name
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file, delimiter=";").writerows(rows)
    return path


def test_open_line_has_an_owner_from_the_first_minute():
    boss = make.owner()
    person = make.manager()
    order = make.delivered()

    by_machine = taken_in((f"P-{order.number}-1", 10000, 0))
    assert by_machine.lines.get().owner == boss

    line = by_machine.lines.get()
    remittance.assign(line.pk, person.pk, by=make.BY, at=LATER)
    assert RegisterLine.objects.get(pk=line.pk).owner == person


def test_closed_line_is_nobodys():
    make.owner()
    order = make.delivered()
    assert taken_in((f"P-{order.number}-1", 12900, 0)).lines.get().owner is None


def test_columns_of_a_courier_are_said_once(client, tmp_path):
    client.force_login(make.manager())
    first, second = make.delivered(), make.delivered()
    for place, order in enumerate([first, second]):
        rows = [["Nº envío", "Neto", "Cargo"], [f"P-{order.number}-1", "126,00", "3,00"], ["Total", "126,00", "3,00"]]
        content = table(tmp_path, *rows).read_bytes()
        said = {"waybill": "Nº envío", "amount": "neto", "fee": "CARGO", "net": "on"} if place == 0 else {}
        body = {"courier": "own", "reference": f"R-{place}", "bank_reference": "PAY 77", **said}
        file = SimpleUploadedFile("register.csv", content)
        assert client.post(reverse("tracking-register-new"), body | {"file": file}).status_code == 302

    assert RegisterColumns.objects.count() == 1
    lines = RegisterLine.objects.order_by("pk").values_list("outcome", "amount_minor", "fee_minor", "remitted_minor")
    assert list(lines) == [("matched", 12900, 300, 12600)] * 2
    assert set(Register.objects.values_list("bank_reference", flat=True)) == {"PAY 77"}


def test_unknown_columns_are_named_to_whoever_has_to_say_which_they_are(tmp_path):
    with pytest.raises(UnknownColumns) as refused:
        read_register(table(tmp_path, ["Nº envío", "Neto"], ["X", "1"]), "RUB")
    assert "nº envío, neto" in refused.value.fill(refused.value.next_step)


def test_net_sums_get_their_fee_added(tmp_path):
    columns = Columns.named("w", "n", "f", net=True)
    path = table(tmp_path, ["W", "N", "F"], ["P-1", "10.00", "0.50"], ["total", "10.00", "0.50"])
    assert read_register(path, "RUB", columns) == [Said(2, "P-1", 1050, 50)]


def test_claim_names_what_is_late_short_and_lost_with_its_proofs():
    late, short, home = (make.delivered() for _ in range(3))
    lost = make.handed_over()
    make.said(lost, "lost", at=make.after(hours=3))
    taken_in((f"P-{short.number}-1", 10000, 0), (f"P-{home.number}-1", 12900, 0))

    found = claims.claim("own", "RUB", at=LATER)

    assert {item.order: item.owed_minor for item in found.items} == {
        late.number: 12900, short.number: 2900, lost.number: 12900,
    }  # fmt: skip
    assert found.total_minor == 28700
    (item,) = [one for one in found.items if one.order == short.number]
    assert (item.registers, len(item.acts), len(item.events)) == ([("R-1", 1, 10000)], 1, 1)


def test_money_that_is_young_is_not_claimed():
    make.delivered()
    with pytest.raises(claims.NothingToClaim):
        claims.claim("own", "RUB", at=make.after(days=6))
    assert claims.owed_by_courier(at=make.after(days=6)) == []
    assert claims.owed_by_courier(at=LATER) == [("own", "Наши курьеры", "RUB", 1)]


def test_letter_says_the_sum_and_each_proof_and_is_journalled():
    order = make.delivered()

    (sheet,) = printed.read(documents.print_claim("own", "RUB", by=make.BY, at=LATER))

    text = sheet.text.replace("\u00a0", " ")
    act = order.parcels.get().act_lines.get().handoff
    for words in ("Северная лавка", "Наши курьеры", f"P-{order.number}-1", "129 ₽", act.hash[:16], "delivered"):
        assert words in text
    assert JournalEvent.objects.get(kind="claim.printed").data["sum"] == 12900


def test_pages_of_questions_and_claims(client):
    person = make.manager()
    client.force_login(person)
    order = make.delivered()
    line = taken_in((f"P-{order.number}-1", 10000, 0)).lines.get()

    assert f"P-{order.number}-1" in client.get(reverse("tracking-questions")).content.decode()
    assert client.post(reverse("tracking-register-owner", args=[line.pk])).status_code == 302
    assert RegisterLine.objects.get().owner == person
    assert client.get(reverse("tracking-claim", args=["own", "RUB"])).headers["Content-Type"] == "application/pdf"
    assert client.get(reverse("tracking-claim", args=["nobody", "RUB"])).status_code == 404
    page = client.get(reverse("tracking-custody")).content.decode()
    assert "Наши курьеры" in page
    assert "✓" in page


def test_credit_has_an_age_and_whoever_gives_it_back(client):
    person = make.manager()
    client.force_login(person)
    order = make.order(payment_method="prepaid")
    payments.record(order.number, 12900, account="prepaid", by=make.BY, at=make.AT - timedelta(days=10))
    changes.cancel(order.number, CancelReason.PRICE, by=make.BY, at=make.AT)
    credit = Credit.objects.get()

    assert client.post(reverse("orders-credit-owner", args=[credit.pk])).status_code == 302
    assert Credit.objects.get().owner == person
    assert person.name in client.get(reverse("orders-credits"), headers={"HX-Request": "true"}).content.decode()
    assert client.post(reverse("orders-credit-writeoff", args=[credit.pk])).status_code == 302
    assert Credit.objects.get().state == "written_off"
    assert client.post(reverse("orders-credit-payment", args=[credit.pk])).status_code == 409
