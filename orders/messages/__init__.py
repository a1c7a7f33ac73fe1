"""Messages to customers: what is written, by which way, and what they answer through their link."""

from orders.messages.answers import (
    LinkGone,
    NoSuchHour,
    NothingToAnswer,
    Question,
    answer_cancel,
    answer_confirm,
    answer_later,
    see_question,
)
from orders.messages.deciding import Outgoing, decide, digest_of, give_up, mark, waiting
from orders.messages.repeating import NotToRepeat, repeat
from orders.messages.rules import (
    NewRule,
    NewText,
    NoWayChosen,
    RuleSeen,
    save_rule,
    save_text,
    see_rules,
)
from orders.messages.wording import ALLOWED, language_of, preview

__all__ = [
    "ALLOWED",
    "LinkGone",
    "NewRule",
    "NewText",
    "NoSuchHour",
    "NoWayChosen",
    "NotToRepeat",
    "NothingToAnswer",
    "Outgoing",
    "Question",
    "RuleSeen",
    "answer_cancel",
    "answer_confirm",
    "answer_later",
    "decide",
    "digest_of",
    "give_up",
    "language_of",
    "mark",
    "preview",
    "repeat",
    "save_rule",
    "save_text",
    "see_question",
    "see_rules",
    "waiting",
]
