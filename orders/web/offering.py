"""Labels as the pages of orders offer them."""

from collections.abc import Iterable, Sequence

from orders.models import StatusLabel
from orders.models.orders import LabelRows
from orders.status import Status
from shopdesk.base.access import Subject

Grouped = list[tuple[str, list[StatusLabel]]]


def offered(subject: Subject) -> LabelRows:
    """Give the labels that can be put on an order."""
    return StatusLabel.objects.for_subject(subject).filter(is_active=True)


def by_status(labels: Iterable[StatusLabel]) -> Grouped:
    """Group labels by their status, in the order of the day; a status without labels is left out."""
    known = list(labels)
    groups = [(str(status.label), [one for one in known if one.status == status]) for status in Status]
    return [group for group in groups if group[1]]


def name_labels(labels: Sequence[StatusLabel]) -> list[tuple[str, str]]:
    """Give codes and names, in the order of the day."""
    return [(label.code, label.says) for _status, group in by_status(labels) for label in group]
