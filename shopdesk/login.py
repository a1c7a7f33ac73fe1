"""Signing in: people are added by the owner, nobody adds themselves."""

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _


class ClosedSignup(DefaultAccountAdapter):  # type: ignore[misc]  # allauth ships no types
    """Closes the sign-up page, and refuses in the desk's words."""

    error_messages = DefaultAccountAdapter.error_messages | {
        "email_password_mismatch": _("That e-mail and password do not match."),
        "too_many_login_attempts": _("Too many tries. This door rests for a while."),
        "incorrect_password": _("That is not the password."),
        "enter_current_password": _("That is not the password."),
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Answer no, always."""
        return False
