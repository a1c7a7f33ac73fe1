"""Proof of how a closed act was accepted: signature, photos, the code of the courier's own phone.

Pictures are told by what they are and drawn anew (`shopdesk.base.files`); they lie in private storage.
"""

import base64
import binascii
import hashlib
import hmac
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.core.files.storage import default_storage
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from delivery.models import ActProof, Handoff, HandoffLine
from orders import journal
from shopdesk.base import files
from shopdesk.base.access import Actor
from shopdesk.base.errors import DomainError, Missing
from shopdesk.people import lockout

MOST_PROOFS = 40
DRAWN = "data:image/png;base64,"
DIGITS = 6


class NotAPicture(DomainError):
    """A paper was sent where a picture is asked for, or something that is none."""

    sentence = _("This is no picture.")
    next_step = _("Sign in the field, or take a photo.")


class TooManyProofs(DomainError):
    """One act has as many as anybody needs."""

    sentence = _("Act %(number)s has %(most)s pictures already.")


class NothingToProve(DomainError):
    """An open act is nobody's yet."""

    sentence = _("Act %(number)s is not closed yet.")


class NotADifference(DomainError):
    """The parcel does not stand on this act."""

    sentence = _("Parcel %(parcel)s does not stand on act %(number)s.")


class WrongCode(DomainError):
    """Not what the courier's phone shows for this act."""

    sentence = _("That is not the code on the courier's phone for act %(number)s.")
    next_step = _("The courier opens the act on their own phone and reads the six digits.")


@dataclass(frozen=True, slots=True)
class NewProof:
    """A picture. `parcel`: the one whose difference it shows."""

    kind: ActProof.Kind
    content: bytes
    parcel: str = ""


def keep(number: int, new: NewProof, *, by: Actor, at: datetime) -> ActProof:
    """Keep a picture beside a closed act. The same picture again is the one that is there.

    Raises NotAPicture, TooManyProofs, NothingToProve, NotADifference, Missing; NotAFile, TooHeavy, CannotBeOpened.
    """
    # Before any lock: drawing a picture anew may take seconds.
    taken = files.take(new.content)
    if taken.kind == files.Kind.PDF:
        raise NotAPicture
    return _keep(number, new, taken, by=by, at=at)


def read_drawn(text: str) -> bytes:
    """Read a signature as the page's own field sends it. Raises NotAPicture."""
    if not text.startswith(DRAWN):
        raise NotAPicture
    try:
        return base64.b64decode(text.removeprefix(DRAWN), validate=True)
    except binascii.Error:
        raise NotAPicture from None


def read(proof: ActProof) -> bytes:
    """Give the picture. Raises Missing when it is not in its place any more."""
    if not default_storage.exists(proof.name):
        raise Missing
    with default_storage.open(proof.name, "rb") as file:
        content: bytes = file.read()
    return content


def code_of(act: Handoff) -> str:
    """Give the six digits that the courier's phone shows for a closed act: who says them has that phone in hand."""
    said = f"act-code:{act.number}:{act.hash}".encode()
    digest = hmac.new(settings.SECRET_KEY.encode(), said, hashlib.sha256).digest()
    return f"{int.from_bytes(digest[:8]) % 10**DIGITS:0{DIGITS}}"


def judge_code(act: Handoff, code: str, *, at: datetime) -> None:
    """Refuse another code than the courier's. Raises WrongCode, DoorRests after some tries."""
    counted = [lockout.Counted(f"act:{act.number}", 5)]
    lockout.count(counted, at=at)
    if not act.hash or not hmac.compare_digest(code.replace(" ", "").encode(), code_of(act).encode()):
        raise WrongCode(detail={"number": act.number})
    lockout.take_back(counted, at=at)


@transaction.atomic(durable=True)
def _keep(number: int, new: NewProof, taken: files.Taken, *, by: Actor, at: datetime) -> ActProof:
    act = Handoff.objects.locked(number=number).first()
    if act is None:
        raise Missing
    if act.closed_at is None:
        raise NothingToProve(detail={"number": number})
    line = HandoffLine.objects.filter(handoff=act, parcel__number=new.parcel).first() if new.parcel else None
    if new.parcel and line is None:
        raise NotADifference(detail={"number": number, "parcel": new.parcel})
    kept = {proof.sha256: proof for proof in ActProof.objects.filter(handoff=act)}
    if taken.sha256 in kept:
        return kept[taken.sha256]
    if len(kept) >= MOST_PROOFS:
        raise TooManyProofs(detail={"number": number, "most": MOST_PROOFS})
    data: dict[str, journal.Code] = {"what": str(new.kind), "sha256": taken.sha256, "parcel": new.parcel}
    event = journal.record([journal.Entry("act.proof_kept", data=data, subject=("act", act.number))], by=by, at=at)[0]
    # Last, so that a refusal leaves no file behind.
    name = files.keep(taken, folder="proofs")
    return ActProof.objects.create(
        handoff=act, line=line, kind=new.kind, name=name, size=len(taken.content), sha256=taken.sha256, event=event,
        at=at,
    )  # fmt: skip
