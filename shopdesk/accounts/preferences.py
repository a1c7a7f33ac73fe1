"""What a person chose for themselves: language, theme, letter keys. At the door the browser remembers the first two."""

from collections.abc import Callable

from django.db import transaction
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils import translation
from django.utils.translation import gettext_lazy as _

from shopdesk.base.errors import DomainError
from shopdesk.people.models import User

LANGUAGES = ("en", "ru", "bg")
THEMES = ("", "light", "dark")


class UnknownChoice(DomainError):
    """Neither a language nor a theme of the desk."""

    sentence = _("The desk has no such choice.")


@transaction.atomic(durable=True)
def choose(person: int, *, language: str | None = None, theme: str | None = None, letters: bool | None = None) -> None:
    """Keep what a person chose; what is None stays. Raises UnknownChoice. The same choice again changes nothing."""
    check(language=language, theme=theme)
    chosen = {"language": language, "theme": theme, "letter_keys": letters}
    kept = {name: value for name, value in chosen.items() if value is not None}
    if kept:
        User.objects.filter(pk=person).update(**kept)


def check(*, language: str | None = None, theme: str | None = None) -> None:
    """Refuse what the desk does not have. Raises UnknownChoice."""
    if (language is not None and language not in LANGUAGES) or (theme is not None and theme not in THEMES):
        raise UnknownChoice


class LanguageMiddleware:
    """Speaks the person's own language. Stands behind authentication; before it, the browser's choice is in force."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        user = request.user
        language = user.language if isinstance(user, User) else ""
        if language in LANGUAGES and language != translation.get_language():
            translation.activate(language)
            request.LANGUAGE_CODE = language
        return self.get_response(request)
