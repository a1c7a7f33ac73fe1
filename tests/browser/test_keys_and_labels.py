"""The owner's story: a key is made, works, is revoked; orders are labelled and as before; the trail tells it."""

from typing import Any

import pytest

from orders.models import Order
from tests import make
from tests.browser.watching import listen, sit_down

pytestmark = pytest.mark.browser
PATIENCE_MS = 20_000


def ask(served: str, page: Any, key: str) -> int:
    """Ask the API with a key and nothing else. Gives the status."""
    with_key = {"Authorization": f"Bearer {key}"}
    answer: int = page.context.request.get(f"{served}/api/v1/orders", headers=with_key).status
    return answer


def test_keys_labels_and_what_the_trail_tells_of_them(served: str, page: Any) -> None:
    make.shop(language="en", name="Shopdesk")
    make.channel("web", name="Web shop")
    orders = [make.order() for _ in range(2)]
    page.set_default_timeout(PATIENCE_MS)
    complaints = listen(page)
    owner = make.owner()
    sit_down(page, served, owner)

    # A key, shown once, to somebody who showed just now who they are.
    page.goto(f"{served}/settings/keys")
    page.get_by_role("link", name="Show that it is you").click()
    page.locator("input[type=password]").fill("a long password 7")
    page.keyboard.press("Enter")
    page.get_by_label("What it is for").fill("Web shop")
    page.get_by_label("Whose").select_option(label="Web shop")
    page.get_by_role("button", name="Make the key").click()
    text = page.get_by_label("The new key").input_value()
    assert ask(served, page, text) == 200
    page.reload()
    assert text not in page.content()

    # Revoked: the next request is refused.
    page.get_by_role("button", name="Revoke…").click()
    page.get_by_role("button", name="Revoke the key").click()
    page.get_by_text("opens nothing any more").wait_for()
    assert ask(served, page, text) == 401

    # A label of one's own, put on all chosen orders by keys, taken back by z.
    page.goto(f"{served}/settings/labels")
    page.get_by_label("Name", exact=True).fill("Gift wrap")
    page.get_by_role("button", name="Make the label").click()
    page.get_by_role("link", name="Gift wrap").wait_for()
    page.goto(f"{served}/orders")
    page.get_by_label("Select all on this page").check()
    page.keyboard.press("l")
    page.locator("#many-label-label").select_option(label="Gift wrap")
    page.get_by_role("button", name="Put the label on").click()
    page.get_by_text("2 orders labelled.").wait_for()
    assert page.locator("td .chip", has_text="Gift wrap").count() == 2
    page.keyboard.press("z")
    page.get_by_text("2 orders as before.").wait_for()
    assert not Order.objects.exclude(label=None).exists()

    # The trail tells it, and leads to the order.
    page.goto(f"{served}/settings/trail?by=person:{owner.pk}")
    for deed in ("Key revoked", "Key made", "Label made"):
        page.get_by_role("rowheader", name=deed).wait_for()
    page.goto(f"{served}/orders/{orders[0].number}")
    page.get_by_role("link", name="Audit trail").click()
    page.get_by_role("rowheader", name="Taken in").wait_for()
    assert page.get_by_role("rowheader", name="Label").count() == 2
    assert complaints == []
