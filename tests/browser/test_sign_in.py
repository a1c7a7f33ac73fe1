"""Whole stories at the door: the second step set up and used, a door that rests, sessions ended, a PIN at the table."""

import re
import time
from datetime import timedelta

import pytest
import time_machine
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from django.core import mail
from django.core.cache import cache
from django.utils import timezone

from shopdesk.accounts import staff
from shopdesk.limits.models import LimitSet
from tests import make
from tests.browser.watching import listen

pytestmark = [pytest.mark.browser, pytest.mark.once]
PASSWORD = "a long password 7"


def sign_in(page, served: str, email: str, password: str = PASSWORD) -> None:
    page.goto(f"{served}/accounts/login/")
    page.get_by_label("E-mail").fill(email)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Sign in").click()


def shown_by(secret: str, *, steps: int = 0) -> str:
    return format_hotp_value(hotp_value(secret, int(time.time()) // 30 + steps))


def test_manager_sets_the_second_step_up_and_signs_in_with_it(served, page, settings):
    settings.SECOND_STEP_ASKED = True
    cache.clear()
    person, complaints = make.manager(), listen(page)
    sign_in(page, served, person.email)
    page.wait_for_url("**/my/second-step")
    page.get_by_role("link", name="With an app on my phone").click()
    secret = page.locator("section.card b").inner_text()
    assert page.locator("img.qr").evaluate("image => image.naturalWidth > 0")
    page.get_by_label("The code from your phone").fill(shown_by(secret))
    page.get_by_role("button", name="Switch it on").click()
    page.goto(f"{served}/")
    page.get_by_role("button", name="Make ten codes").click()
    paper = page.locator(".codes li").first.inner_text()
    page.get_by_role("link", name="I have them on paper").click()
    assert page.get_by_role("heading", name="The day now").is_visible()

    sign_out(page)
    sign_in(page, served, person.email)
    page.get_by_label("The code from your phone").fill(shown_by(secret, steps=1))
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(f"{served}/")
    sign_out(page)
    sign_in(page, served, person.email)
    page.get_by_label("The code from your phone").fill(paper)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(f"{served}/")
    assert complaints == []


def test_door_rests_and_a_session_that_was_ended_meets_it(served, page):
    cache.clear()
    person = make.owner()
    for _ in range(6):
        sign_in(page, served, person.email, "not the password")
    assert page.get_by_role("heading", name="This door rests").is_visible()
    with time_machine.travel(timezone.now() + timedelta(minutes=1)):
        sign_in(page, served, person.email)
        page.wait_for_url(f"{served}/")
        other = page.context.browser.new_context().new_page()
        sign_in(other, served, person.email)
        other.wait_for_url(f"{served}/")
        page.goto(f"{served}/my/sessions")
        page.get_by_role("button", name="Sign out there").click()
        assert page.get_by_text("Signed out there.").is_visible()
        other.goto(f"{served}/my/account")
        assert other.url.startswith(f"{served}/accounts/login/")


def test_packer_sits_down_at_the_shared_device(served, page):
    cache.clear()
    owner, packer = make.owner(), make.packer()
    staff.choose_pin(packer.pk, "280461", by=owner.subject.actor, at=timezone.now())
    complaints = listen(page)
    sign_in(page, served, owner.email)
    page.goto(f"{served}/devices")
    page.get_by_label("Name of the device").fill("Table by the window")
    page.get_by_role("button", name="Enrol this device").click()
    page.get_by_role("heading", name="Who packs?").wait_for()
    page.keyboard.press("1")
    page.get_by_label("PIN").fill("111112")
    page.get_by_role("button", name="Sit down").click()
    assert page.get_by_role("alert").get_by_text("That is not the PIN.").is_visible()
    page.get_by_label("PIN").fill("280461")
    page.get_by_role("button", name="Sit down").click()
    page.wait_for_url("**/packing")
    page.locator("details.me summary").click()
    page.get_by_role("button", name="Somebody else packs").click()
    page.get_by_role("heading", name="Who packs?").wait_for()
    assert complaints == []


def test_own_e_mail_is_changed_by_the_link_of_a_letter(served, page):
    cache.clear()
    person = make.manager(email="elena@shop.example")
    complaints = listen(page)
    sign_in(page, served, person.email)
    page.goto(f"{served}/my/account")
    page.get_by_role("link", name="Change the e-mail").click()
    page.get_by_label("New e-mail").fill("elena.new@shop.example")
    page.get_by_role("button", name="Send the letter").click()
    page.get_by_text("A letter is on its way to elena.new@shop.example").wait_for()
    (letter,) = mail.outbox
    assert letter.to == ["elena.new@shop.example"]

    page.goto(served + re.search(r"/new-address/[\w-]+", letter.body)[0])
    page.get_by_role("button", name="Keep the new e-mail").click()
    page.get_by_text("You sign in with your new e-mail from now on.").wait_for()
    sign_out(page)
    sign_in(page, served, "elena@shop.example")
    assert page.get_by_text("do not match").is_visible()
    sign_in(page, served, "elena.new@shop.example")
    page.wait_for_url(f"{served}/")
    assert complaints == []


def test_session_of_a_role_that_is_tied_to_addresses_ends_elsewhere(served, page):
    cache.clear()
    complaints = listen(page)
    owner = make.owner()
    sign_in(page, served, owner.email)
    page.goto(f"{served}/settings/roles")
    field = page.get_by_label("Owner", exact=True)
    field.fill("203.0.113.7")
    page.get_by_role("button", name="Save").last.click()
    assert page.get_by_text("This list would shut you out").is_visible()
    field.fill("127.0.0.1\n203.0.113.7")
    page.get_by_role("button", name="Save").last.click()
    page.get_by_text("The addresses act from the next request on.").wait_for()

    LimitSet.objects.update(addresses=["203.0.113.7/32"])
    page.goto(f"{served}/settings/roles")
    assert page.get_by_text("Your role may not be used from this address.").is_visible()
    page.goto(f"{served}/orders")
    assert page.url.startswith(f"{served}/accounts/login/")
    assert complaints == []


def sign_out(page) -> None:
    page.locator("details.me summary").click()
    page.get_by_role("button", name="Sign out", exact=True).click()
    page.get_by_label("E-mail").wait_for()
