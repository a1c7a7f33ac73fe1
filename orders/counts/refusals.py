"""What counting refuses, in sentences."""

from django.utils.translation import gettext_lazy as _

from shopdesk.base.errors import DomainError


class AlreadyCounted(DomainError):
    """Somebody has an open count of the same bin."""

    sentence = _("Bin %(bin)s is being counted already, in count %(count)s.")
    next_step = _("Finish that count or drop it first.")


class CountEnded(DomainError):
    """The count is posted or dropped."""

    sentence = _("Count %(count)s is %(state)s.")


class NotInCount(DomainError):
    """A bin or a product was counted that this count is not about."""

    sentence = _("%(what)s is not part of count %(count)s.")


class CountedLater(DomainError):
    """A time was given that has not come yet."""

    sentence = _("It cannot have been counted later than now.")


class NothingCounted(DomainError):
    """The count has no line."""

    sentence = _("Nothing has been counted yet.")


class QuestionOpen(DomainError):
    """Goods moved about the minute of counting, and nobody said which came first."""

    sentence = _("Say of %(sku)s in %(bin)s whether the move of %(pieces)s pieces was before or after the counting.")
    next_step = _("Answer, or count it again.")


class NoQuestion(DomainError):
    """The line asks nothing."""

    sentence = _("This line has no open question.")


class SecondCountNeeded(DomainError):
    """A large variance was counted by one person only."""

    sentence = _("Somebody else must count %(sku)s in %(bin)s again.")


class SamePerson(DomainError):
    """Whoever counted cannot approve."""

    sentence = _("Whoever counted cannot approve the count.")


class ReasonMissing(DomainError):
    """In a shop of one the reason stands in for the second person."""

    sentence = _("Say why this is approved by the person who counted.")


class NotInReview(DomainError):
    """The count is not closed, or is settled."""

    sentence = _("Count %(count)s does not wait for approval.")


class NoShelf(DomainError):
    """Products were to be counted that lie nowhere and have no bin to be looked for in."""

    sentence = _("There is nothing to count: none of these products is known, or it is a service.")
    next_step = _("Name products of the catalogue, or choose bins.")
