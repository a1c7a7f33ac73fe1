"""Photos of what came back: how the box and the goods looked when they were inspected, kept in private storage."""

from datetime import datetime

from django.core.files.storage import default_storage
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from delivery.models import Return, ReturnPhoto
from orders import journal
from shopdesk.base import files
from shopdesk.base.access import Actor
from shopdesk.base.errors import DomainError, Missing

MOST_PHOTOS = 20


class TooManyPhotos(DomainError):
    """One return has as many photos as anybody needs."""

    sentence = _("Return %(number)s has %(most)s photos already.")


class NotAPhoto(DomainError):
    """A paper was sent where a picture is asked for."""

    sentence = _("This is a PDF, not a photo.")
    next_step = _("Photograph the goods.")


def keep(return_id: int, content: bytes, *, by: Actor, at: datetime) -> ReturnPhoto:
    """Keep a photo, before or after the inspection. The same picture again is the photo that is there.

    Raises Missing, NotAPhoto, TooManyPhotos; NotAFile, TooHeavy, CannotBeOpened from the file itself.
    """
    # Before any lock: drawing a picture anew may take seconds.
    taken = files.take(content)
    if taken.kind == files.Kind.PDF:
        raise NotAPhoto
    return _keep(return_id, taken, by=by, at=at)


def read(photo: ReturnPhoto) -> bytes:
    """Give the picture. Raises Missing when it is not in its place any more."""
    if not default_storage.exists(photo.name):
        raise Missing
    with default_storage.open(photo.name, "rb") as file:
        content: bytes = file.read()
    return content


@transaction.atomic(durable=True)
def _keep(return_id: int, taken: files.Taken, *, by: Actor, at: datetime) -> ReturnPhoto:
    row = Return.objects.locked(pk=return_id).select_related("order").first()
    if row is None:
        raise Missing
    kept = {photo.sha256: photo for photo in row.photos.all()}
    if taken.sha256 in kept:
        return kept[taken.sha256]
    if len(kept) >= MOST_PHOTOS:
        raise TooManyPhotos(detail={"number": return_id, "most": MOST_PHOTOS})
    entry = journal.Entry("return.photo_kept", data={"sha256": taken.sha256}, subject=("return", row.pk))
    (event,) = journal.record([entry], by=by, at=at)
    # Last, so that a refusal leaves no file behind.
    name = files.keep(taken, folder="returns")
    return ReturnPhoto.objects.create(
        parent=row, name=name, media_type=taken.kind, size=len(taken.content), sha256=taken.sha256, event=event, at=at
    )
