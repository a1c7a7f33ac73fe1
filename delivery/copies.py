"""Signed copies of acts: what the scanner or the phone made of the paper, kept in private storage.

Only pictures and PDF are taken, told by what they are and not by what they are called, and pictures are drawn anew
(`shopdesk.base.files`).
"""

from datetime import datetime

from django.core.files.storage import default_storage
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from delivery.models import Handoff, SignedCopy
from orders import journal
from shopdesk.base import files
from shopdesk.base.access import Actor
from shopdesk.base.errors import DomainError, Missing

MOST_COPIES = 10
SUFFIXES = {files.Kind.PDF: "pdf", files.Kind.JPEG: "jpg"}


class TooManyCopies(DomainError):
    """One act has as many copies as anybody needs."""

    sentence = _("Act %(number)s has %(most)s copies already.")


class NotSignedYet(DomainError):
    """An open act may still change; nobody signs it."""

    sentence = _("Act %(number)s is not closed yet, so nobody can have signed it.")


def keep(number: int, content: bytes, *, by: Actor, at: datetime) -> SignedCopy:
    """Keep a scan of the signed act. The same file again is the copy that is there.

    Raises NotAFile, TooHeavy, CannotBeOpened, TooManyCopies, NotSignedYet, Missing.
    """
    # Before any lock: drawing a picture anew may take seconds.
    return _keep(number, files.take(content), by=by, at=at)


@transaction.atomic(durable=True)
def _keep(number: int, taken: files.Taken, *, by: Actor, at: datetime) -> SignedCopy:
    act = Handoff.objects.locked(number=number).first()
    if act is None:
        raise Missing
    if act.closed_at is None:
        raise NotSignedYet(detail={"number": number})
    kept = {copy.sha256: copy for copy in SignedCopy.objects.filter(handoff=act)}
    if taken.sha256 in kept:
        return kept[taken.sha256]
    if len(kept) >= MOST_COPIES:
        raise TooManyCopies(detail={"number": number, "most": MOST_COPIES})
    entry = journal.Entry("act.copy_kept", data={"sha256": taken.sha256}, subject=("act", act.number))
    event = journal.record([entry], by=by, at=at)[0]
    # Last, so that a refusal leaves no file behind.
    name = files.keep(taken, folder="acts")
    return SignedCopy.objects.create(
        handoff=act, name=name, media_type=taken.kind, size=len(taken.content), sha256=taken.sha256, event=event, at=at
    )


def read_copy(copy: SignedCopy) -> bytes:
    """Give the file's content. Raises Missing when it is not in its place any more."""
    if not default_storage.exists(copy.name):
        raise Missing
    with default_storage.open(copy.name, "rb") as file:
        content: bytes = file.read()
    return content
