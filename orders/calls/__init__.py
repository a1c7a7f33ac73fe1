"""The call desk: take the next conversation, say how it ended, and what follows from it."""

from orders.calls.board import Board, Depth, Seat, Today, Unmanned, see_board, tasks_of
from orders.calls.choosing import RANKS
from orders.calls.clock import free, free_due
from orders.calls.confirming import NobodyTalked, TalkFirst, confirm, needs_reason
from orders.calls.conversations import (
    Conversation,
    NothingDue,
    NotYourCall,
    QueueBusy,
    TaskGone,
    heartbeat,
    see_conversation,
    skip,
    take,
    take_next,
)
from orders.calls.decency import DailyCapReached, NotYourHour
from orders.calls.handing import TooManyCalls, note_missed, reassign
from orders.calls.hours import see_hours, set_hours
from orders.calls.leads import ring_leads
from orders.calls.leases import PhoneBusy
from orders.calls.missed import follow_missed
from orders.calls.outcomes import NewAttempt, OrderOutcome, QuietThen, Result, settle
from orders.calls.outlook import Ahead, Prospect, foresee, look_ahead, see_attempts, see_recent
from orders.calls.plangroups import drop_group, keep_group
from orders.calls.plans import NewPlan, PlanOfAll, Preview, Turn, change_plan, drop_plan, preview
from orders.calls.presence import Skills, StillTalking, set_skills, switch
from orders.calls.reminders import mark_seen, remind, remind_due, reminders_for, stuck
from orders.calls.skipping import NotTried, judge, set_rule, switch_rule, try_rule
from orders.calls.takeover import NobodyTalks, NotAllYours, StillInATalk, take_over, who_has

__all__ = [
    "RANKS",
    "Ahead",
    "Board",
    "Conversation",
    "DailyCapReached",
    "Depth",
    "NewAttempt",
    "NewPlan",
    "NobodyTalked",
    "NobodyTalks",
    "NotAllYours",
    "NotTried",
    "NotYourCall",
    "NotYourHour",
    "NothingDue",
    "OrderOutcome",
    "PhoneBusy",
    "PlanOfAll",
    "Preview",
    "Prospect",
    "QueueBusy",
    "QuietThen",
    "Result",
    "Seat",
    "Skills",
    "StillInATalk",
    "StillTalking",
    "TalkFirst",
    "TaskGone",
    "Today",
    "TooManyCalls",
    "Turn",
    "Unmanned",
    "change_plan",
    "confirm",
    "drop_group",
    "drop_plan",
    "follow_missed",
    "foresee",
    "free",
    "free_due",
    "heartbeat",
    "judge",
    "keep_group",
    "look_ahead",
    "mark_seen",
    "needs_reason",
    "note_missed",
    "preview",
    "reassign",
    "remind",
    "remind_due",
    "reminders_for",
    "ring_leads",
    "see_attempts",
    "see_board",
    "see_conversation",
    "see_hours",
    "see_recent",
    "set_hours",
    "set_rule",
    "set_skills",
    "settle",
    "skip",
    "stuck",
    "switch",
    "switch_rule",
    "take",
    "take_next",
    "take_over",
    "tasks_of",
    "try_rule",
    "who_has",
]
