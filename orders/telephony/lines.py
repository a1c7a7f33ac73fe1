"""The shop's line: how it dials, what follows a missed call, who sits at which extension."""

from datetime import UTC, datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from orders import journal
from orders.models import PhoneLine, PhoneSeat
from shopdesk.base.access import Actor
from shopdesk.base.errors import DomainError, FieldError, Malformed
from shopdesk.base.outgoing import check_url


class SeatTaken(DomainError):
    """Two people cannot sit at one extension."""

    sentence = _("Somebody else sits at extension %(code)s.")


def line() -> PhoneLine:
    """Give the shop's line as it is set; a shop that set nothing dials by tel:."""
    return PhoneLine.objects.first() or PhoneLine(changed_at=datetime.min.replace(tzinfo=UTC))


def seats() -> dict[int, str]:
    """Give who sits at which extension."""
    return dict(PhoneSeat.objects.values_list("person", "code"))


@transaction.atomic(durable=True)
def set_line(dials: str, address: str, missed: str, *, by: Actor, at: datetime) -> PhoneLine:
    """Keep how the shop dials and what follows a missed call. Raises Malformed, AddressRefused."""
    if dials != PhoneLine.Dials.TEL:
        if "{phone}" not in address:
            raise Malformed([FieldError("/address", "required", _("The address needs {phone} where the number goes."))])
        # Looked at with something in its gaps; its name is looked up at every call anew.
        check_url(address.replace("{phone}", "0").replace("{seat}", "0"))
    row = PhoneLine.objects.locked().first() or PhoneLine()
    row.dials, row.address, row.missed, row.changed_at = dials, address, missed, at
    row.save()
    told: dict[str, journal.Code] = {"dials": dials, "missed": missed}
    journal.record([journal.Entry("phone.line", data=told, subject=("phone_line", row.pk))], by=by, at=at)
    return row


@transaction.atomic(durable=True)
def set_seat(person: int, code: str, *, by: Actor, at: datetime) -> None:
    """Seat somebody at an extension; an empty one takes theirs away. Raises SeatTaken."""
    PhoneSeat.objects.filter(person=person).delete()
    if code:
        if PhoneSeat.objects.locked(code=code).exists():
            raise SeatTaken(detail={"code": code})
        PhoneSeat.objects.create(person_id=person, code=code)
    told: dict[str, journal.Code] = {"seat": code}
    journal.record([journal.Entry("phone.seat", data=told, subject=("person", person))], by=by, at=at)
