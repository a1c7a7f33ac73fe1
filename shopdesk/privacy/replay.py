"""After a restore: everybody who had been erased is erased again, before the desk serves anybody."""

from datetime import datetime
from pathlib import Path

from shopdesk.privacy import erased_list, erasure
from shopdesk.privacy.marks import marked
from shopdesk.privacy.models import Erasure


def replay(*, at: datetime, path: Path | None = None) -> int:
    """Erase again whoever the list names and the database still or again knows. Gives how many erasures were repeated.

    An erasure that the database knows was not undone by any restore: people may have come back since, of their own
    will. A second run finds nothing.
    """
    known = set(Erasure.objects.filter(state=Erasure.State.DONE).values_list("code", flat=True))
    repeated = 0
    for line in erased_list.read(path):
        if line.code in known:
            continue
        customers, orders = marked(line.marks)
        erasure.repeat(line, customers, orders, at=at)
        repeated += 1
    return repeated


def waiting() -> list[str]:
    """Give the codes of listed erasures that the database does not know: it came from a backup before them."""
    known = set(Erasure.objects.filter(state=Erasure.State.DONE).values_list("code", flat=True))
    return [line.code for line in erased_list.read() if line.code not in known]
