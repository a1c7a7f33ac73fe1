"""The desk's own settings, and the failpoints of the rig besides: its processes only are started with them.

CLOCK_AHEAD_S: by so many seconds the clock of this process goes wrong; that of the database stays.
"""

import os
import time

from shopdesk.settings import *  # noqa: F403
from shopdesk.settings import INSTALLED_APPS as OWN

INSTALLED_APPS = [*OWN, "tests.faults.failpoints.Failpoints"]
SECOND_STEP_ASKED = False  # of the people whom deeds sign in

if ahead_s := float(os.environ.get("CLOCK_AHEAD_S", "0")):
    import time_machine

    time_machine.travel(time.time() + ahead_s, tick=True).start()
