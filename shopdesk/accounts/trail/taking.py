"""Taking the trail away: that it was done stands in the trail itself."""

from datetime import datetime

from django.db import transaction

from shopdesk.accounts.trail.reading import Asked
from shopdesk.base.access import Actor
from shopdesk.trail.deeds import Deed
from shopdesk.trail.ledger import Note, note


@transaction.atomic(durable=True)
def note_export(asked: Asked, *, by: Actor, at: datetime) -> None:
    """Note who takes the trail away, and what of it: by references, which the filter consists of."""
    note(Note(Deed.EXPORT_MADE, ("trail", ""), after={"filter": asked.path()}), by=by, at=at)
