"""Papers of receipts: a scan of the supplier's bill, kept in private storage and shown to those who buy."""

from datetime import datetime

from django.core.files.storage import default_storage
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from orders import journal
from orders.models import Receipt, ReceiptPaper
from shopdesk.base import files
from shopdesk.base.access import Actor
from shopdesk.base.errors import DomainError, Missing

MOST_PAPERS = 10
FOLDER = "receipts"


class TooManyPapersKept(DomainError):
    """One receipt has as many papers as anybody needs."""

    sentence = _("Receipt %(number)s has %(most)s papers already.")


@transaction.atomic(durable=True)
def keep(receipt_id: int, content: bytes, *, by: Actor, at: datetime) -> ReceiptPaper:
    """Keep a scan of the supplier's bill. The same file again is the paper that is there.

    Raises Missing, TooManyPapersKept; NotAFile, TooHeavy, CannotBeOpened from the file itself.
    """
    taken = files.take(content)
    receipt = Receipt.objects.locked(pk=receipt_id).first()
    if receipt is None:
        raise Missing
    kept = {paper.sha256: paper for paper in receipt.papers.all()}
    if taken.sha256 in kept:
        return kept[taken.sha256]
    if len(kept) >= MOST_PAPERS:
        raise TooManyPapersKept(detail={"number": receipt_id, "most": MOST_PAPERS})
    entry = journal.Entry("stock.paper_kept", data={"sha256": taken.sha256}, subject=("receipt", receipt.pk))
    (event,) = journal.record([entry], by=by, at=at)
    # Last, so that a refusal leaves no file behind.
    name = files.keep(taken, folder=FOLDER)
    return ReceiptPaper.objects.create(
        receipt=receipt, name=name, media_type=taken.kind, size=len(taken.content), sha256=taken.sha256,
        event=event, at=at,
    )  # fmt: skip


def read(paper: ReceiptPaper) -> bytes:
    """Give the file's content. Raises Missing when it is not in its place any more."""
    if not default_storage.exists(paper.name):
        raise Missing
    with default_storage.open(paper.name, "rb") as file:
        content: bytes = file.read()
    return content
