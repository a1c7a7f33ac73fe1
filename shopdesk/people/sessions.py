"""Where people are signed in: rows that can be listed and ended, of which only a hash of the key is kept (SEC-15).

The framework loads this module as its session engine. What one row says is read with the session itself, so that a
page asks nothing more.
"""

import hashlib
from datetime import datetime, timedelta
from typing import Any

from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore as DatabaseStore
from django.db.models import Q, QuerySet
from django.utils import timezone

from shopdesk.base.access import Kind
from shopdesk.base.inpassing import in_passing
from shopdesk.people.entrance import Device, Session

LONGEST = timedelta(hours=12)
IDLE = timedelta(minutes=30)
IDLE_OF_A_PACKER = timedelta(minutes=10)
IDLE_ON_A_PHONE = timedelta(hours=12)
NOTED_EVERY = timedelta(minutes=1)  # nobody needs it finer, and a write at every page would make every reader a writer
STARTED, SEEN_FROM, DEVICE = "started", "from", "device"


class SessionStore(DatabaseStore):
    """The framework's rows, found by a hash, with who and where beside them."""

    row: Session | None = None

    @classmethod
    def get_model_class(cls) -> type[Session]:
        """Name the table."""
        return Session

    def load(self) -> dict[str, Any]:
        """Read the session and keep its row for those who ask how old it is."""
        self.row = (
            Session.objects.select_related("device")
            .filter(session_key=hashed(self.session_key), expire_date__gt=timezone.now())
            .first()
        )
        if self.row is None:
            self._session_key = None
            return {}
        return dict(self.decode(self.row.session_data))

    def exists(self, session_key: str) -> bool:
        """Whether there is such a session."""
        return Session.objects.filter(session_key=hashed(session_key)).exists()

    def delete(self, session_key: str | None = None) -> None:
        """End it. A second call does nothing."""
        key = session_key or self.session_key
        if key is not None:
            Session.objects.filter(session_key=hashed(key)).delete()

    def create_model_instance(self, data: dict[str, Any]) -> Session:
        """Give the row of this session as it is now. Who signs in starts its clock."""
        now = timezone.now()
        person = data.get(SESSION_KEY)
        if person is None:
            data.pop(STARTED, None)
        else:
            data.setdefault(STARTED, now.timestamp())
        started_at = datetime.fromtimestamp(data.get(STARTED, now.timestamp()), tz=now.tzinfo)
        address, agent = data.get(SEEN_FROM) or (None, "")
        return Session(
            session_key=hashed(self._get_or_create_session_key()),  # type: ignore[attr-defined]  # the stubs lack it
            session_data=self.encode(data),
            expire_date=min(self.get_expiry_date(), started_at + LONGEST),
            person_id=int(person) if person else None,
            device_id=data.get(DEVICE),
            started_at=started_at,
            seen_at=now,
            address=address,
            agent=agent,
        )

    def begin_anew(self, *, address: str | None, agent: str, device: Device | None = None) -> None:
        """Say where this person signed in just now, and start the clock of the session."""
        self.pop(STARTED, None)
        self[SEEN_FROM] = (address, agent[:200])
        self[DEVICE] = device.pk if device else None


def hashed(key: str | None) -> str:
    """Give what is kept of a session key. It is random enough to need no salt and no slow hash."""
    return hashlib.sha256((key or "").encode()).hexdigest()


def is_over(row: Session, role: str, *, at: datetime) -> bool:
    """Whether the session is too old, or nobody touched it for too long, or its device was revoked."""
    if row.device is not None and row.device.revoked_at is not None:
        return True
    idle = idle_limit(role, row.device)
    return at >= row.started_at + LONGEST or at >= row.seen_at + idle + NOTED_EVERY


def idle_limit(role: str, device: Device | None) -> timedelta:
    """How long nobody may touch the desk: ten minutes at the packing table, twelve hours on a courier's own phone."""
    if role == Kind.PACKER:
        return IDLE_OF_A_PACKER
    on_a_phone = device is not None and device.use == Device.Use.PHONE
    return IDLE_ON_A_PHONE if role == Kind.COURIER and on_a_phone else IDLE


def note_seen(row: Session, *, at: datetime) -> None:
    """Remember that somebody works here; once a minute at most, and not while the database takes nothing."""
    if at - row.seen_at >= NOTED_EVERY:
        with in_passing():
            Session.objects.filter(pk=row.pk).update(seen_at=at)


def alive(at: datetime) -> Q:
    """Those sessions that are not over by age; a quiet one may still be over by the next touch."""
    return Q(expire_date__gt=at, person__isnull=False)


def end(sessions: QuerySet[Session]) -> int:
    """End these sessions. Gives how many there were; their next request meets the door."""
    return sessions.delete()[1].get("people.Session", 0)


def end_all(person: int, *, but: str | None = None) -> int:
    """End every session of a person, except the one with that key."""
    theirs = Session.objects.filter(person=person)
    return end(theirs.exclude(pk=hashed(but)) if but else theirs)


def forget_old(*, at: datetime) -> None:
    """Delete what expired."""
    Session.objects.filter(expire_date__lte=at).delete()
