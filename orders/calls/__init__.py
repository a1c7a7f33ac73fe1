"""The call desk: take the next conversation, say how it ended, and what follows from it."""

from orders.calls.board import Board, see_board
from orders.calls.conversations import (
    Conversation,
    DailyCapReached,
    NothingDue,
    NotYourCall,
    NotYourHour,
    QueueBusy,
    TaskGone,
    heartbeat,
    skip,
    take,
    take_next,
)
from orders.calls.leases import PhoneBusy
from orders.calls.outcomes import NewAttempt, OrderOutcome, QuietThen, Result, confirm, settle
from orders.calls.reminders import remind, remind_due

__all__ = [
    "Board",
    "Conversation",
    "DailyCapReached",
    "NewAttempt",
    "NotYourCall",
    "NotYourHour",
    "NothingDue",
    "OrderOutcome",
    "PhoneBusy",
    "QueueBusy",
    "QuietThen",
    "Result",
    "TaskGone",
    "confirm",
    "heartbeat",
    "remind",
    "remind_due",
    "see_board",
    "settle",
    "skip",
    "take",
    "take_next",
]
