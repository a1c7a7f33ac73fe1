"""What the auditor asks of what waits for its hour or its sweep: messages of shops, notes to them, reminders."""

from django.db.models import Count, F, Q

from orders.calls.reminders import MOST_TRIES
from orders.inbox.telling import TRIES as TOLD_AT_MOST
from orders.models import InboundMessage, JournalEvent, Reminder, ShopNote
from shopdesk.base import tries
from shopdesk.base.audit import Check, Finding, found, select

# What a told reminder writes into the journal, in the same transaction.
TOLD = {"callback": "call.due", "late": "call.late", "late_still": "call.late_still", "hold": "hold.late"}
# One order of a shop stands on one order here, and the message that says so agrees with it.
TWO_ORDERS = """
SELECT m.id, m.order_id, s.order_id FROM inbound_message m
JOIN shop_order s ON s.channel_id = m.channel_id AND s.external_id = m.external_id
WHERE m.state = 'applied' AND m.order_id IS NOT NULL AND s.order_id IS NOT NULL AND m.order_id <> s.order_id
  AND NOT EXISTS (SELECT 1 FROM order_alias a WHERE a.order_id = s.order_id AND a.channel_id = m.channel_id
    AND a.external_id = m.external_id)
"""


def checks() -> list[Check]:
    """Give the promises of what is due."""
    return [
        Check("E4", "What a shop sent is stored, applied at most once, or listed with a reason.", unheard),
        Check("T1", "What is due is decided once, never before its hour, and told as often as it was decided.", undue),
        Check("T4", "What fails again and again is listed after its tries, and is not tried for ever.", tried_for_ever),
    ]


def unheard(alias: str) -> Finding:
    """Find messages that were decided without a word why, or that stand for two orders."""
    messages = InboundMessage.objects.using(alias)
    decided = messages.exclude(state=InboundMessage.State.RECEIVED)
    silent = decided.filter(Q(reason="") | Q(decided_at=None))
    early = messages.filter(state=InboundMessage.State.RECEIVED).exclude(decided_at=None)
    offenders = [f"message {pk}: decided, and nobody can read why" for pk in silent.values_list("pk", flat=True)]
    offenders += [f"message {pk}: waits, and was decided" for pk in early.values_list("pk", flat=True)]
    offenders += [
        f"message {pk}: it made order {first}, and its shop's order is {second}"
        for pk, first, second in select(alias, TWO_ORDERS)
    ]
    return found(messages.count(), offenders)


def undue(alias: str) -> Finding:
    """Find reminders that were decided before their hour or without a moment, and what was told once too often."""
    rows = Reminder.objects.using(alias)
    early = rows.filter(decided_at__lt=F("due_at")).exclude(state=Reminder.State.WAITING)
    halves = rows.filter(Q(state=Reminder.State.WAITING) ^ Q(decided_at=None))
    offenders = [f"reminder {row}: decided before its hour" for row in early.values_list("pk", flat=True)]
    offenders += [f"reminder {row}: half decided" for row in halves.values_list("pk", flat=True)]
    told = JournalEvent.objects.using(alias).filter(kind__in=TOLD.values()).values("kind", "subject_id")
    done = rows.filter(state=Reminder.State.DONE, what__in=TOLD).values("what", "subject")
    due = {(TOLD[row["what"]], str(row["subject"])): row["n"] for row in done.annotate(n=Count("pk"))}
    for row in told.annotate(n=Count("pk")):
        if row["n"] > due.get((row["kind"], row["subject_id"]), 0):
            offenders.append(f"{row['kind']} {row['subject_id']}: told {row['n']} times")
    return found(rows.count(), offenders)


def tried_for_ever(alias: str) -> Finding:
    """Find rows that were tried more often than anything is tried."""
    messages = InboundMessage.objects.using(alias).filter(attempts__gt=tries.MOST)
    reminders = Reminder.objects.using(alias).filter(tries__gt=MOST_TRIES)
    offenders = [f"message {pk}" for pk in messages.values_list("pk", flat=True)]
    offenders += [f"reminder {pk}" for pk in reminders.values_list("pk", flat=True)]
    notes = ShopNote.objects.using(alias).filter(attempts__gt=TOLD_AT_MOST)
    offenders += [f"note {pk}" for pk in notes.values_list("pk", flat=True)]
    looked_at = InboundMessage.objects.using(alias).count() + Reminder.objects.using(alias).count()
    return found(looked_at, offenders)
