"""Sealed texts open for their purpose only, under their key only, and keys can be changed."""

import base64

import pytest

from shopdesk.base import sealed

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
NEW_KEY = "q7Yb3LrVw0sZ2mXe9TnKc4Hd8Gf1Ju6Po5Ia-bQ"


def test_a_sealed_text_opens_again_and_shows_nothing():
    """V11.3.2."""
    one, two = (sealed.seal(SECRET, purpose="webhook:1") for _ in range(2))

    assert sealed.unseal(one, purpose="webhook:1") == SECRET
    assert SECRET not in one
    assert one != two


@pytest.mark.once
def test_a_text_moved_to_another_row_does_not_open():
    """V11.3.3."""
    one = sealed.seal(SECRET, purpose="webhook:1")

    with pytest.raises(sealed.Unsealable):
        sealed.unseal(one, purpose="webhook:2")


@pytest.mark.once
def test_a_changed_text_does_not_open():
    """V11.3.3."""
    one = sealed.seal(SECRET, purpose="webhook:1")
    place = len(one) // 2
    other = "A" if one[place] != "A" else "B"

    with pytest.raises(sealed.Unsealable):
        sealed.unseal(one[:place] + other + one[place + 1 :], purpose="webhook:1")


@pytest.mark.once
def test_keys_are_changed_without_losing_what_was_sealed(settings):
    """V11.2.2."""
    one = sealed.seal(SECRET, purpose="webhook:1")
    settings.FIELD_KEY, settings.FIELD_KEY_FALLBACKS = NEW_KEY, [settings.FIELD_KEY]

    assert sealed.unseal(one, purpose="webhook:1") == SECRET
    assert sealed.is_old(one)
    assert not sealed.is_old(sealed.seal(SECRET, purpose="webhook:1"))


@pytest.mark.once
def test_without_its_key_nothing_opens(settings):
    """Negative control: the key is what opens it."""
    one = sealed.seal(SECRET, purpose="webhook:1")
    settings.FIELD_KEY = NEW_KEY

    with pytest.raises(sealed.Unsealable):
        sealed.unseal(one, purpose="webhook:1")


@pytest.mark.once
def test_an_endpoint_s_secret_is_one_of_standard_webhooks():
    secret = sealed.new_endpoint_secret()

    assert secret.startswith("whsec_")
    assert 24 <= len(base64.b64decode(secret.removeprefix("whsec_"))) <= 64
