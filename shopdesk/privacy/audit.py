"""What the auditor asks of privacy: reveals and exports are noted, what was erased stays away."""

from orders.models import JournalEvent, Order
from orders.status import ENDED
from shopdesk.base.audit import Check, Finding, found
from shopdesk.exports.models import Export
from shopdesk.privacy import erased_list, erasure, retention
from shopdesk.privacy.columns import personal_tables
from shopdesk.privacy.emptying import field_of, filled
from shopdesk.privacy.models import Erasure, RetentionRun
from shopdesk.privacy.person import Person, rows_of
from shopdesk.trail.deeds import Deed
from shopdesk.trail.models import TrailEntry


def checks() -> list[Check]:
    """Give the promises of privacy."""
    return [
        Check("A3", "Every export, and every fetch and reveal, has its entry in the trail.", unnoted),
        Check("A4", "Of whoever was erased nothing personal is left, and their act says what it said.", remembered),
        Check("A6", "Acts of retention say what they said.", changed_acts),
        Check("A7", "Every erasure stands in the list for after a restore, and the list in the database.", unlisted),
    ]


def unnoted(alias: str) -> Finding:
    """Find exports that the trail does not know, and looks at phones that it does not know."""
    entries = TrailEntry.objects.using(alias)
    noted = set(entries.filter(deed=Deed.EXPORT_MADE).values_list("target_id", flat=True))
    exports = list(Export.objects.using(alias).values_list("code", flat=True))
    offenders = [f"export {code}: no entry in the trail" for code in exports if code not in noted]
    looks = JournalEvent.objects.using(alias).filter(kind="phone.revealed")
    revealed = entries.filter(deed=Deed.REVEALED)
    if revealed.count() < looks.count():
        offenders.append(f"{looks.count()} looks at phones, {revealed.count()} entries in the trail")
    return found(len(exports) + looks.count(), offenders)


def remembered(alias: str) -> Finding:
    """Find columns of erased orders and customers that say something again."""
    offenders = []
    rows = list(Erasure.objects.using(alias).filter(state=Erasure.State.DONE))
    for row in rows:
        if erasure.seal(row) != row.hash:
            offenders.append(f"erasure {row.pk}: its hash does not fit")
    customers = sorted({key for row in rows for key in row.customers})
    numbers = sorted({number for row in rows for number in row.orders})
    # One that was reopened since is served anew, with what its customer said anew.
    numbers = list(Order.objects.using(alias).filter(pk__in=numbers, status__in=ENDED).values_list("pk", flat=True))
    offenders += _left(Person(customers, numbers, (), (), ()), alias)
    return found(len(rows), offenders)


def changed_acts(alias: str) -> Finding:
    """Find acts of retention whose hash does not fit."""
    rows = list(RetentionRun.objects.using(alias).order_by("pk"))
    wrong = [f"retention {row.pk}" for row in rows if retention.seal(row.counts, row.people, row.at) != row.hash]
    return found(len(rows), wrong)


def unlisted(alias: str) -> Finding:
    """Find erasures that only the database or only the list knows."""
    done = set(Erasure.objects.using(alias).filter(state=Erasure.State.DONE).values_list("code", flat=True))
    listed = {line.code for line in erased_list.read()}
    offenders = [f"erasure {code} is not in the list" for code in sorted(done - listed)]
    offenders += [f"erasure {code} is to be replayed" for code in sorted(listed - done)]
    return found(len(done), offenders)


def _left(person: Person, alias: str) -> list[str]:
    """Columns that say something of people who were erased."""
    left: list[str] = []
    if not (person.customers or person.orders):
        return left
    for table in personal_tables():
        rows = rows_of(table, person).using(alias)
        for column in table.personal:
            if count := filled(rows, field_of(table, column)).count():
                left.append(f"{table.name}.{column}: {count} of people who were erased")
    return left
