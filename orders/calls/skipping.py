"""The rules by which an order needs no call: tried on past orders first, then switched on, sampled ever after."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from orders import journal, nocall
from orders.models import NoCallDecision, NoCallRule
from orders.nocall import Trial
from shopdesk.base.access import Actor
from shopdesk.base.errors import DomainError, FieldError, Malformed, Missing

FIGURES: Final = (
    "most_total_minor", "least_delivered", "most_refused", "call_minor", "refusal_minor", "refusal_percent",
    "sample_percent",
)  # fmt: skip
PERCENT: Final = frozenset({"refusal_percent", "sample_percent"})
LARGEST: Final = 10**12


class NotTried(DomainError):
    """The rule was not tried as it is now."""

    sentence = _("This rule was not tried on past orders yet.")
    next_step = _("Try it first, and look at what it would have skipped.")


@transaction.atomic(durable=True)
def set_rule(
    rule_id: int | None, *, what: str, figures: Mapping[str, int | None], by: Actor, at: datetime
) -> NoCallRule:  # fmt: skip
    """Write a rule, a new one without an id. A changed one is off until tried again. Raises Malformed, Missing."""
    _refuse_wrong(what, figures)
    row = NoCallRule(changed_at=at) if rule_id is None else _locked(rule_id)
    row.what, row.changed_at, row.active = what, at, False
    for name, value in figures.items():
        setattr(row, name, value)
    row.save()
    said: dict[str, Any] = {"what": what, **figures}
    journal.record([journal.Entry("calls.rule_set", data=said, subject=("no_call_rule", row.pk))], by=by, at=at)
    return row


@transaction.atomic(durable=True)
def try_rule(rule_id: int, *, at: datetime) -> Trial:
    """Try a rule on the last three months, and keep the counts with it. Raises Missing."""
    row = _locked(rule_id)
    trial = nocall.look_back(row, at=at)
    row.tried_at = at
    row.tried = {"of": trial.of, "skipped": trial.skipped, "went_wrong": trial.went_wrong}
    row.save(update_fields=["tried_at", "tried"])
    return trial


@transaction.atomic(durable=True)
def switch_rule(rule_id: int, *, on: bool, by: Actor, at: datetime) -> NoCallRule:
    """Switch a rule on or off; the same again changes nothing. Raises NotTried for one not tried as it is, Missing."""
    row = _locked(rule_id)
    if on and (row.tried_at is None or row.tried_at < row.changed_at):
        raise NotTried
    if row.active != on:
        row.active = on
        row.save(update_fields=["active"])
        said: dict[str, journal.Code] = {"on": on, "tried": row.tried}
        entry = journal.Entry("calls.rule_switched", data=said, subject=("no_call_rule", row.pk))
        journal.record([entry], by=by, at=at)
    return row


@transaction.atomic(durable=True)
def judge(decision_id: int, verdict: str, *, person: int, at: datetime) -> NoCallDecision:
    """Say whether a sampled decision was right; the last word counts. Raises Missing, Malformed."""
    if verdict not in {NoCallDecision.Verdict.RIGHT, NoCallDecision.Verdict.WRONG}:
        raise Malformed([FieldError("/verdict", "invalid_choice", _("Say whether it was right or wrong."))])
    row = NoCallDecision.objects.locked(pk=decision_id).first()
    if row is None:
        raise Missing
    row.verdict, row.looked_by_id, row.looked_at = verdict, person, at
    row.save(update_fields=["verdict", "looked_by", "looked_at"])
    return row


def _locked(rule_id: int) -> NoCallRule:
    row = NoCallRule.objects.locked(pk=rule_id).first()
    if row is None:
        raise Missing
    return row


def _refuse_wrong(what: str, figures: Mapping[str, int | None]) -> None:
    errors = []
    if what not in NoCallRule.What.values:
        errors.append(FieldError("/what", "invalid_choice", _("There is no such rule.")))
    for name, value in figures.items():
        if name not in FIGURES or (value is None and name != "most_total_minor"):
            errors.append(FieldError(f"/{name}", "unknown", _("A rule has no such figure.")))
        elif value is not None and not 0 <= value <= (100 if name in PERCENT else LARGEST):
            errors.append(FieldError(f"/{name}", "max_value", _("That figure is out of its bounds.")))
    if errors:
        raise Malformed(errors)
