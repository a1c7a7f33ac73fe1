"""What a password must be, beyond what the framework asks (SEC-10)."""

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from shopdesk.people.models import User

LONGEST = 128


class MaximumLengthValidator:
    """Refuses what is longer than anybody types: a hash of megabytes would only keep the desk busy."""

    def validate(self, password: str, user: User | None = None) -> None:
        """Refuse a password of more than 128 characters. Raises ValidationError."""
        if len(password) > LONGEST:
            raise ValidationError(self.get_help_text(), code="password_too_long")

    def get_help_text(self) -> str:
        """Say the rule."""
        return _("A password has at most %(longest)d characters.") % {"longest": LONGEST}
