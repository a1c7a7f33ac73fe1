"""Refusals the desk can show: a stable code, a sentence for the person, and what to do next."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

MAX_ERRORS = 50


@dataclass(frozen=True)
class FieldError:
    """One thing wrong with what was sent: where (JSON pointer, or `?name` for a query), a code, a sentence."""

    pointer: str
    code: str
    detail: str | Promise


class Refusal(Exception):
    """What every refusal has: `code`, `sentence`, `detail` (codes and numbers, never personal values), `next_step`.

    A sentence may name entries of `detail` as `%(name)s`; they are filled in when it is shown.
    """

    code: ClassVar[str] = "refused"
    sentence: str | Promise = _("This cannot be done.")
    next_step: str | Promise = ""

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        if "code" not in vars(cls):
            cls.code = re.sub(r"(?<!^)(?=[A-Z])", "_", cls.__name__).lower()

    def __init__(
        self,
        sentence: str | Promise | None = None,
        *,
        detail: Mapping[str, Any] | None = None,
        next_step: str | Promise | None = None,
    ) -> None:
        super().__init__(sentence)
        self.detail: dict[str, Any] = dict(detail or {})
        if sentence is not None:
            self.sentence = sentence
        if next_step is not None:
            self.next_step = next_step

    def __str__(self) -> str:
        return self.fill(self.sentence)

    def fill(self, sentence: str | Promise) -> str:
        """Put the numbers and codes of `detail` into a sentence."""
        text = str(sentence)
        return text % self.detail if "%(" in text else text


class DomainError(Refusal):
    """The desk says no, and says why."""


class Stale(DomainError):
    """Somebody changed it meanwhile. `differs`: field -> (what the caller saw, what it is now)."""

    sentence = _("Somebody changed this while you had it open.")
    next_step = _("Look at what differs and repeat your change.")

    def __init__(self, differs: Mapping[str, tuple[Any, Any]], sentence: str | Promise | None = None) -> None:
        super().__init__(sentence)
        self.differs = dict(differs)


class Missing(DomainError):
    """There is no such thing, or it is not this person's to see: the two look the same."""

    sentence = _("There is no such thing here.")


class KeyReused(DomainError):
    """One idempotency key came with two different bodies."""

    sentence = _("This idempotency key was already used for another body.")
    next_step = _("Take a new key for a new request.")


class Malformed(Refusal):
    """What was sent cannot be read. Carries every error found, at most 50."""

    sentence = _("What was sent cannot be read.")

    def __init__(self, errors: Sequence[FieldError], sentence: str | Promise | None = None) -> None:
        super().__init__(sentence)
        self.errors = list(errors)[:MAX_ERRORS]

    def __str__(self) -> str:
        found = ", ".join(f"{error.pointer or '/'} {error.code}" for error in self.errors)
        return f"{super().__str__()} ({found})"


class TooLarge(Refusal):
    """The body is larger than this door takes."""

    sentence = _("This is larger than the desk takes at once.")


class UnsupportedMedia(Refusal):
    """The body is of a kind or in a character set that this door does not read."""

    sentence = _("The desk does not read this kind of content.")


class TooFast(Refusal):
    """Somebody asks more often than this door answers. `wait_s`: when it answers again."""

    code = "too_many_requests"
    sentence = _("Too many requests; wait a little.")

    def __init__(self, wait_s: int) -> None:
        super().__init__(detail={"wait_s": wait_s})
        self.wait_s = wait_s


class Busy(Refusal):
    """Something the desk needs for this answer does not work at the moment."""

    sentence = _("The desk is busy; try again in a moment.")


class NotFromHere(Refusal):
    """The owner named the addresses that this role comes from, and this is none of them."""

    sentence = _("Your role may not be used from this address.")
    next_step = _("Come from one of the shop's own addresses, or ask the owner: Settings, Roles.")


class OpenLine(Refusal):
    """A machine sends its key over a line that anybody may read."""

    sentence = _("This desk speaks https only. The key you sent may have been read: replace it.")
