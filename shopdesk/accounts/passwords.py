"""Changing one's own password: the password of now is counted as at the door."""

from allauth.account.forms import ChangePasswordForm
from allauth.core import context
from allauth.core.exceptions import ImmediateHttpResponse
from django.utils import timezone

from shopdesk.accounts.door import show_rest
from shopdesk.people import lockout


class ChangeMyPassword(ChangePasswordForm):  # type: ignore[misc]  # allauth ships no types
    """Asks for the password of now. Whoever finds a desk left open guesses no more here than at the sign-in."""

    def clean_oldpassword(self) -> str:
        """Give the password of now when it is right. Answers 429 while the door rests."""
        at, counted = timezone.now(), lockout.at_the_old_password(self.user.pk)
        try:
            lockout.count(counted, at=at)
        except lockout.DoorRests as rests:
            raise ImmediateHttpResponse(show_rest(context.request, rests)) from None
        right = str(super().clean_oldpassword())
        lockout.take_back(counted, at=at)
        return right
