"""The second step at sign-in: codes of an app, codes on paper; asked of owner and manager (SEC-11, SEC-14)."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from allauth.account.adapter import get_adapter
from allauth.account.internal.flows.login import record_authentication
from allauth.core import context
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.core.internal.cryptokit import compare_user_code
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.base.forms import AuthenticateForm, ReauthenticateForm
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value, yield_hotp_counters_from_time
from allauth.mfa.utils import decrypt
from django.conf import settings
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from orders.models import Shop
from shopdesk.accounts import post
from shopdesk.accounts.door import show_rest
from shopdesk.base import securitylog
from shopdesk.base.errors import DomainError
from shopdesk.base.refusals import answer
from shopdesk.base.sealed import seal, unseal
from shopdesk.people import lockout, papercodes
from shopdesk.people.models import RecoveryCode, Role, User
from shopdesk.trail.deeds import Deed
from shopdesk.trail.ledger import Note, note

ASKED_OF = (Role.OWNER, Role.MANAGER)
HAVE = "second_step"  # in the session: they have it, or the desk asks nobody
PURPOSE = "second-step"
FREE = ("account_", "mfa_", "second-step", "choose", "livez", "readyz", "metrics")


class SecondStepMissing(DomainError):
    """An owner or a manager without a second step asks a JSON door by their session."""

    sentence = _("Set up the second step at sign-in first.")
    next_step = _("Open the desk in a browser; it leads you there.")


class SecondStepMiddleware:
    """Leads owner and manager to the set-up of their second step before anything else; not in the demo shop."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: Any, args: Any, kwargs: Any) -> HttpResponse | None:
        """Let pass whoever has it, whoever needs none, and the pages that set it up."""
        match = request.resolver_match
        if match is None or match.view_name.startswith(FREE) or not lacks_second_step(request):
            return None
        if match.view_name.startswith("api:"):
            return answer(request, SecondStepMissing())
        return HttpResponseRedirect(reverse("second-step"))


def lacks_second_step(request: HttpRequest) -> bool:
    """Whether this person is asked for a second step and has not set it up, codes on paper included."""
    user = request.user
    if not settings.SECOND_STEP_ASKED or not isinstance(user, User) or user.role not in ASKED_OF:
        return False
    if request.session.get(HAVE):
        return False
    if Shop.current().demo:
        return False
    has_it = has_app_or_key(user) and RecoveryCode.objects.filter(person=user).exists()
    if has_it:
        request.session[HAVE] = True
    return not has_it


def who_have_it(people: Sequence[User]) -> set[int]:
    """Give those of these people who set an app or a key up."""
    return set(Authenticator.objects.filter(user__in=people).values_list("user", flat=True))


def has_app_or_key(user: User) -> bool:
    """Whether an app or a key is set up."""
    return bool(Authenticator.objects.filter(user=user).exists())


class SecondStep(DefaultMFAAdapter):  # type: ignore[misc]  # allauth ships no types
    """Keeps the secrets of apps sealed, and the last second step of those who are asked for one."""

    error_messages = DefaultMFAAdapter.error_messages | {
        "cannot_delete_authenticator": _("Your role needs a second step. Set up another one first."),
        "incorrect_code": _("That is not a code that works now."),
    }

    def encrypt(self, text: str) -> str:
        """Seal the secret with the key of the environment."""
        return seal(text, purpose=PURPOSE)

    def decrypt(self, encrypted_text: str) -> str:
        """Open what `encrypt` sealed."""
        return unseal(encrypted_text, purpose=PURPOSE)

    def can_delete_authenticator(self, authenticator: Authenticator) -> bool:
        """Refuse to take the last one off an owner or a manager."""
        user = authenticator.user
        others = Authenticator.objects.filter(user=user).exclude(pk=authenticator.pk)
        asked = settings.SECOND_STEP_ASKED and user.role in ASKED_OF and not Shop.current().demo
        return not asked or others.exists()


class CodeForm:
    """Judges a code of the app or of the paper; each opens once, and tries are counted."""

    user: User
    cleaned_data: dict[str, Any]

    def clean_code(self) -> str:
        """Give the code when it is right. Answers 429 while the door rests."""
        at, code = timezone.now(), str(self.cleaned_data["code"])
        counted = lockout.at_the_second_step(self.user.pk)
        try:
            lockout.count(counted, at=at)
        except lockout.DoorRests as rests:
            raise ImmediateHttpResponse(show_rest(context.request, rests)) from None
        self.authenticator = spend_app_code(self.user, code)
        self.on_paper = self.authenticator is None and papercodes.spend(self.user.pk, code, at=at)
        if self.authenticator is None and not self.on_paper:
            securitylog.tell(Deed.SECOND_FACTOR_FAILED, by=self.user.subject.actor)
            raise get_adapter().validation_error("incorrect_code")
        lockout.take_back(counted, at=at)
        return code

    def save(self) -> None:
        """Remember how they showed who they are; a code on paper is told to its owner."""
        if not self.on_paper:
            super().save()  # type: ignore[misc]  # of the form beside us
            return
        again = {"reauthenticated": True} if isinstance(self, ReauthenticateForm) else {}
        record_authentication(context.request, self.user, "mfa", type="recovery_codes", **again)
        securitylog.tell(Deed.RECOVERY_CODE_USED, by=self.user.subject.actor)
        get_adapter()._tell(self.user, post.CODE_USED)


class SignInByCode(CodeForm, AuthenticateForm):  # type: ignore[misc]
    """The second step at sign-in."""


class ShowAgainByCode(CodeForm, ReauthenticateForm):  # type: ignore[misc]
    """The second step as a second look."""


def spend_app_code(user: User, code: str) -> Authenticator | None:
    """Give the app that shows this code now, at most half a minute off. The same code, or an older one, is refused."""
    with transaction.atomic():
        app = Authenticator.objects.select_for_update().filter(user=user, type=Authenticator.Type.TOTP).first()
        if app is None:
            return None
        secret = decrypt(app.data["secret"])
        shown = [
            counter
            for counter in yield_hotp_counters_from_time()
            if compare_user_code(actual=code, expected=format_hotp_value(hotp_value(secret, counter)))
        ]
        if not shown or max(shown) <= app.data.get("spent", 0):
            return None
        app.data["spent"] = max(shown)
        app.save(update_fields=["data"])
        app.user = user
        return app


def make_codes(user: User, *, at: datetime) -> list[str]:
    """Make ten codes on paper, to be shown once."""
    with transaction.atomic():
        codes = papercodes.make(user.pk, at=at)
        note(Note(Deed.RECOVERY_CODES_MADE, ("person", user.pk)), by=user.subject.actor, at=at)
    return codes
