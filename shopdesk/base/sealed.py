"""Secrets that the desk must be able to read again, such as those that webhooks are signed with (SEC-21).

AES-256-GCM under a key derived from FIELD_KEY. Each sealed text names its key, so that FIELD_KEY may be changed: the
old one goes to FIELD_KEY_FALLBACKS, and what it sealed is read until it is sealed anew. `purpose` is bound into the
seal: a text that was moved to another row or column does not open there.
"""

import base64
import secrets
from functools import lru_cache

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256, Hash
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

VERSION = "s1"
NONCE_BYTES = 12
ENDPOINT_SECRET_BYTES = 32  # Standard Webhooks: 24 to 64


class Unsealable(Exception):
    """The text was sealed under a key that is gone, for another purpose, or was changed since."""


def seal(text: str, *, purpose: str) -> str:
    """Encrypt a text for one purpose, such as "webhook:12". Twice the same text gives two different seals."""
    secret = settings.FIELD_KEY
    nonce = secrets.token_bytes(NONCE_BYTES)
    sealed = _cipher(secret).encrypt(nonce, text.encode(), purpose.encode())
    return f"{VERSION}.{_name(secret)}.{base64.urlsafe_b64encode(nonce + sealed).decode()}"


def unseal(sealed: str, *, purpose: str) -> str:
    """Decrypt what `seal` gave for the same purpose. Raises Unsealable."""
    version, _, rest = sealed.partition(".")
    name, _, body = rest.partition(".")
    secret = next((one for one in _secrets() if _name(one) == name), None)
    if version != VERSION or secret is None:
        raise Unsealable("sealed under a key that is neither FIELD_KEY nor one of FIELD_KEY_FALLBACKS")
    try:
        raw = base64.urlsafe_b64decode(body)
        return _cipher(secret).decrypt(raw[:NONCE_BYTES], raw[NONCE_BYTES:], purpose.encode()).decode()
    except (InvalidTag, ValueError):
        raise Unsealable("changed, or sealed for another purpose") from None


def is_old(sealed: str) -> bool:
    """Tell whether a text is sealed under a former key, and is to be sealed anew."""
    return not sealed.startswith(f"{VERSION}.{_name(settings.FIELD_KEY)}.")


def new_endpoint_secret() -> str:
    """Make the secret of a webhook's endpoint, as Standard Webhooks writes it."""
    return "whsec_" + base64.b64encode(secrets.token_bytes(ENDPOINT_SECRET_BYTES)).decode()


def _secrets() -> list[str]:
    return [settings.FIELD_KEY, *settings.FIELD_KEY_FALLBACKS]


@lru_cache(maxsize=16)
def _cipher(secret: str) -> AESGCM:
    return AESGCM(HKDF(algorithm=SHA256(), length=32, salt=None, info=b"shopdesk sealed").derive(secret.encode()))


@lru_cache(maxsize=16)
def _name(secret: str) -> str:
    """Name a key without saying anything of it."""
    digest = Hash(SHA256())
    digest.update(b"shopdesk key name" + secret.encode())
    return digest.finalize().hex()[:8]
