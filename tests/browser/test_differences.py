"""A manager settles what the courier left open on an act, parcel by parcel, with a picture of what is missing."""

import pytest

from delivery import handoff
from delivery.models import ActProof, Handoff
from orders.models import JournalEvent, Parcel
from shopdesk.management.commands.audit import all_checks
from tests import make
from tests.browser.watching import listen, sit_down

pytestmark = [pytest.mark.browser, pytest.mark.once]


def test_a_difference_is_settled_parcel_by_parcel_with_its_evidence(real_commits, served, page, tmp_path):
    make.product("A", 9)
    orders = [make.packed() for _ in range(4)]
    taken, missed, scanned, stranger = (make.parcel_of(order).number for order in orders)
    act = make.closed_act(*orders[:3])
    courier = make.courier_person().subject.actor
    handoff.accept(act.number, handoff.Acceptance([taken], extra=[stranger]), by=courier, at=make.AT)
    picture = tmp_path / "empty-shelf.jpg"
    picture.write_bytes(make.photo())
    complaints = listen(page)
    page.set_default_timeout(20_000)
    sit_down(page, served, make.manager())

    page.goto(f"{served}/acts/{act.number}")
    page.get_by_text(f"The courier has parcels that are not on this act: {stranger}").wait_for()
    page.locator(f"tr[data-row='{missed}'] input[type=checkbox]").check()
    page.locator("[data-bulk] button", has_text="Missing").click()
    page.locator("#differences").wait_for()
    page.locator(f"tr[data-row='{missed}']").get_by_text("Missing").wait_for()
    page.wait_for_selector("#scan:focus")
    page.keyboard.type(scanned)
    page.keyboard.press("Enter")
    page.locator(f"tr[data-row='{scanned}']").get_by_text("✓").wait_for()
    difference = page.locator("section[aria-labelledby=differences]")
    difference.locator("input[type=file]").set_input_files(picture)
    difference.get_by_role("button", name="Keep as evidence").click()
    difference.get_by_role("link", name="photo").wait_for()
    shown = page.context.request.get(served + difference.get_by_role("link", name="photo").get_attribute("href"))

    assert (shown.status, shown.headers["content-type"]) == (200, "image/jpeg")
    settled = Handoff.objects.get(pk=act.pk)
    assert settled.state == Handoff.State.DIFFERENT
    lines = settled.lines.order_by("pk").values_list("parcel__number", "state")
    assert dict(lines) == {taken: "accepted", missed: "missing", scanned: "accepted"}
    proof = ActProof.objects.get()
    assert (proof.line.parcel.number, proof.kind) == (missed, "photo")
    assert Parcel.objects.get(number=missed).state == Parcel.objects.get(number=stranger).state == "inside"
    said = [event.data for event in JournalEvent.objects.filter(kind="act.accepted").order_by("pk")]
    assert [(one["accepted"], one["missing"], one["extra"], one["how"]) for one in said] == [
        ([taken], [], [stranger], "courier"), ([], [missed], [], "paper"), ([scanned], [], [], "paper"),
    ]  # fmt: skip
    assert make.open_act(missed).lines.count() == 1, "it goes on another act"
    assert [check.id for check in all_checks() if check.find("default").broken] == []
    assert complaints == []
