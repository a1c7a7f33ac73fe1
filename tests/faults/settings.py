"""The desk's own settings, and the failpoints of the rig besides: its processes only are started with them."""

from shopdesk.settings import *  # noqa: F403
from shopdesk.settings import INSTALLED_APPS as OWN

INSTALLED_APPS = [*OWN, "tests.faults.failpoints.Failpoints"]
