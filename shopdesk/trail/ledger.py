"""Writing the trail: in the transaction that makes the deed true, and into the security log once it is."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial

import structlog
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from shopdesk import logs
from shopdesk.base import securitylog
from shopdesk.base.access import Actor
from shopdesk.base.errors import DomainError
from shopdesk.base.wake import wake
from shopdesk.trail.deeds import Deed
from shopdesk.trail.models import TrailEntry, TrailUnplaced, TrailValue

Code = str | int | bool | None | Sequence["Code"] | Mapping[str, "Code"]


class PersonalInTrail(DomainError):
    """Codes of a note hold a phone or a mail. They belong into its `personal`, where they can be emptied."""

    sentence = _("The trail keeps personal values by reference only.")


@dataclass(frozen=True, slots=True)
class Note:
    """One deed to be noted. `target` is (kind, id). `before` and `after` hold codes, numbers and ids.

    `personal` holds (field, old, new): names, mails, phones, which an erasure empties.
    """

    deed: Deed
    target: tuple[str, object] = ("", "")
    before: Mapping[str, Code] = field(default_factory=dict)
    after: Mapping[str, Code] = field(default_factory=dict)
    personal: Sequence[tuple[str, str, str]] = ()


def note(*notes: Note, by: Actor, at: datetime) -> list[TrailEntry]:
    """Write deeds into the trail, and into the security log after the commit. Needs the deed's own transaction.

    The request's id and the door are taken from the request that runs. Raises PersonalInTrail.
    """
    for one in notes:
        _refuse_personal(one)
    entries = TrailEntry.objects.bulk_create([_entry(one, by, at) for one in notes])
    TrailUnplaced.objects.bulk_create([TrailUnplaced(entry=entry) for entry in entries])
    TrailValue.objects.bulk_create(
        TrailValue(entry=entry, field=name, old=old, new=new)
        for one, entry in zip(notes, entries, strict=True)
        for name, old, new in one.personal
    )
    for one in notes:
        transaction.on_commit(partial(securitylog.tell, one.deed, by=by, target=one.target), robust=True)
    wake("shopdesk.trail.tasks.publish")
    return entries


def source_of(by: Actor) -> str:
    """Name the door by which this is done now: a key's, a page, a task of the worker, a command."""
    running = structlog.contextvars.get_contextvars()
    if by.kind == "token":
        return TrailEntry.Source.API
    if "task_id" in running:
        return TrailEntry.Source.TASK
    return TrailEntry.Source.SCREEN if "request_id" in running else TrailEntry.Source.COMMAND


def _entry(one: Note, by: Actor, at: datetime) -> TrailEntry:
    kind, key = one.target
    return TrailEntry(
        deed=one.deed,
        actor_kind=by.kind,
        actor_id=by.id,
        target_kind=kind,
        target_id=str(key),
        before=dict(one.before),
        after=dict(one.after),
        source=source_of(by),
        request_id=str(structlog.contextvars.get_contextvars().get("request_id", ""))[:64],
        at=at,
    )


def looks_personal(text: str) -> bool:
    """Tell whether a text holds what looks like a phone or a mail."""
    return bool(logs.MAIL.search(text) or logs.PHONE.search(text))


def _refuse_personal(one: Note) -> None:
    """Refuse what looks like a phone or a mail among the codes; a table that nobody can change must not hold it."""
    for said in _texts([str(one.target[1]), one.before, one.after]):
        if looks_personal(said):
            raise PersonalInTrail


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        yield from _texts([*value.keys(), *value.values()])
    elif isinstance(value, Sequence):
        for one in value:
            yield from _texts(one)
