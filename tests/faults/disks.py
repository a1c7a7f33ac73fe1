"""The disk of the database, the broker and the private files is full, or takes nothing, for a while."""

import random
import time

from django.db import connections

from tests import make
from tests.faults import probing
from tests.faults.probing import Probe
from tests.faults.rig import DESK, Rig

FILLED_AT_ONCE = 1 << 24


def fill_the_disk(rig: Rig, dice: random.Random) -> list[str]:
    """F16: the disk of the database, the broker and the private files is full for a while."""
    if not rig.has_its_own_disk:
        raise OSError("the rig has no disk of its own: it needs to be root")
    filler = rig.folder / "filler"
    try:
        with filler.open("wb", buffering=0) as file:
            while file.write(bytes(FILLED_AT_ONCE)) == FILLED_AT_ONCE:
                pass
            file.write(bytes(1 << 12))
    except OSError:
        pass  # full: that was wanted
    try:
        with Probe(rig) as probe:
            time.sleep(dice.uniform(4, 8))
    finally:
        filler.unlink(missing_ok=True)
    rig.revive()
    return probe.complaints(alive=True, patient_s=25)


def turn_the_disk_read_only(rig: Rig, dice: random.Random) -> list[str]:
    """F17: the machine lost its power, and the disk of the database, the broker and the private files comes back to be
    read only. What is read from SQLite is read; PostgreSQL cannot run on such a disk, so there all is refused.
    """
    if not rig.has_its_own_disk:
        raise OSError("the rig has no disk of its own: it needs to be root")
    rig.probe_key = make.token(make.channel("rig0"))  # one that was never used: its first use is noted
    connections.close_all()  # ours
    for name in ("broker", *DESK):
        rig.kill(name)
    if rig.server is not None:
        rig.end_database()
    read_too = (200,) if rig.server is None else (503,)
    try:
        rig.remount("ro")
        rig.start("web")
        rig.wait_for_web()
        with Probe(rig, ("GET /livez", probing.READING, probing.WRITING)) as probe:
            time.sleep(dice.uniform(4, 8))
    finally:
        rig.remount("rw")
        if rig.server is not None:
            rig.begin_database()
        rig.start_all()
    wanted = {probing.READING: read_too, probing.WRITING: (503,)}
    return probe.complaints(alive=True, patient_s=10, wanted=wanted)
