"""What a password must be, beyond what the framework asks (SEC-10)."""

import re

from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from shopdesk.people.models import User

LONGEST = 128
FEWEST_LEFT = 8  # characters that must be left when the words of the place are taken out
SHORTEST_WORD = 4


class MaximumLengthValidator:
    """Refuses what is longer than anybody types: a hash of megabytes would only keep the desk busy."""

    def validate(self, password: str, user: User | None = None) -> None:
        """Refuse a password of more than 128 characters. Raises ValidationError."""
        if len(password) > LONGEST:
            raise ValidationError(self.get_help_text(), code="password_too_long")

    def get_help_text(self) -> str:
        """Say the rule."""
        return _("A password has at most %(longest)d characters.") % {"longest": LONGEST}


class WordsOfThePlaceValidator:
    """Refuses what is little more than the names of the desk, the shop and its host: guessing begins with those."""

    def validate(self, password: str, user: User | None = None) -> None:
        """Refuse a password that is short without those words. Raises ValidationError."""
        left = password.casefold()
        for word in words_of_the_place():
            left = left.replace(word, "")
        if len(left) < min(FEWEST_LEFT, len(password)):
            raise ValidationError(self.get_help_text(), code="password_of_the_place")

    def get_help_text(self) -> str:
        """Say the rule."""
        return _("A password is more than the name of the shop.")


def words_of_the_place() -> list[str]:
    """Give the words that stand on the door, the longest first."""
    names = ["shopdesk", *re.split(r"\W+", f"{settings.SHOP_NAME} {settings.PUBLIC_HOST}".casefold())]
    return sorted({name for name in names if len(name) >= SHORTEST_WORD}, key=len, reverse=True)
