"""A backup comes back whole or not at all, and whoever was erased since stays erased (A7)."""

import secrets
from pathlib import Path

import pytest
from django.conf import settings as at_start
from django.core.management import CommandError, call_command

from orders import changes
from orders.models import Order
from orders.status import CancelReason
from shopdesk import backups
from shopdesk.management.commands.audit import all_checks
from shopdesk.privacy import erasure
from tests import make
from tests.shopdesk.privacy import canaries

pytestmark = [pytest.mark.once, pytest.mark.usefixtures("real_commits")]
KEY = secrets.token_urlsafe(48)


@pytest.fixture
def backup(real_commits, tmp_path, monkeypatch) -> Path:
    """A backup of a day with one person's order, and a private file."""
    monkeypatch.setenv("BACKUP_KEY", KEY)
    make.shop()
    order = canaries.order()
    changes.cancel(order.pk, CancelReason.TEST, by=make.BY, at=make.AT)
    file = Path(at_start.MEDIA_ROOT) / "photos" / "one"
    file.parent.mkdir(parents=True)
    file.write_bytes(b"a photo")
    call_command("backup", tmp_path / "desk.backup")
    return tmp_path / "desk.backup"


def test_a_backup_comes_back_and_the_erased_stay_erased(backup):
    customer = Order.objects.get().customer_id
    erasure.erase(f"c{customer}", ground="request", by=make.owner().subject.actor, at=make.AT)
    lost = make.order(external_id="after the backup")
    (Path(at_start.MEDIA_ROOT) / "photos" / "one").unlink()

    with pytest.raises(CommandError, match="--over"):
        call_command("restore", backup)
    call_command("restore", backup, over=True)

    assert not Order.objects.filter(pk=lost.pk).exists()
    assert not canaries.TRACES.are_in(str(list(Order.objects.values())).encode())
    assert (Path(at_start.MEDIA_ROOT) / "photos" / "one").read_bytes() == b"a photo"
    assert [check.id for check in all_checks() if check.find("default").broken] == []


def test_nobody_reads_a_backup_without_its_key(backup):
    raw = backup.read_bytes()
    assert not canaries.TRACES.are_in(raw)
    assert b"SQLite" not in raw
    with pytest.raises(backups.Unreadable):
        backups.bring_back(backup, KEY[::-1])


@pytest.mark.parametrize("spoil", ["cut", "changed", "swapped", "empty"])
def test_a_spoilt_backup_changes_nothing(backup, spoil):
    raw = backup.read_bytes()
    head = len(backups.MAGIC) + backups.SALT_BYTES
    first = 4 + int.from_bytes(raw[head : head + 4])
    spoilt = {
        "cut": raw[: head + first],
        "changed": raw[:-9] + bytes([raw[-9] ^ 1]) + raw[-8:],
        "swapped": raw[:head] + raw[head + first :] + raw[head : head + first],
        "empty": b"",
    }
    backup.write_bytes(spoilt[spoil])
    later = make.order(external_id="later")

    with pytest.raises(CommandError):
        call_command("restore", backup, over=True)

    assert Order.objects.filter(pk=later.pk).exists()
