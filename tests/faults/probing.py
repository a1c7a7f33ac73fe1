"""What the desk says while something lasts: who asks is answered soon, with a status that means what it says."""

import http.client
import json
import threading
import time
from collections.abc import Collection, Mapping
from types import TracebackType
from typing import Any, Self

from tests.faults.rig import Rig

EVERY_S, PATIENCE_S = 0.5, 30.0
SOON_S = 10.0  # whoever has just lost the database that they knew may need so long to meet the next
MOST_MB = 450  # of two workers and their parent (speed.md, row 15)
PROBLEM = "application/problem+json"
READING, WRITING, REFUSED = "GET /api/v1/orders", "POST /api/v1/orders", "POST /api/v1/orders, of nothing"
USUAL = ("GET /livez", "GET /readyz", REFUSED)
NOTHING: dict[str, Any] = {"external_id": ""}
SOMETHING = {
    "external_id": "must-not-be-taken", "currency": "RUB", "customer": {"name": "Анна", "phone": "+79161234567"},
    "items": [{"sku": "F-0", "name": "F-0", "quantity": 1, "price": "10.00"}],
}  # fmt: skip
Wanted = Mapping[str, Collection[int]]


class Probe:
    """Asks twice a second, each time in a thread of its own, so that one that hangs keeps no other from asking."""

    def __init__(self, rig: Rig, asks: Collection[str] = USUAL) -> None:
        self.rig, self.asks, self.over = rig, asks, threading.Event()
        self.asked: list[tuple[str, int, str, float]] = []  # what, status (0: none came), kind, seconds
        self.asking: list[threading.Thread] = []

    def __enter__(self) -> Self:
        self.turning = threading.Thread(target=self._turn, daemon=True)
        self.turning.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, why: BaseException | None, where: TracebackType | None
    ) -> None:
        self.over.set()
        self.turning.join()
        for one in self.asking:
            one.join(PATIENCE_S)
        self.after_mb = self.rig.memory_mb("web")

    def complaints(self, *, alive: bool, patient_s: float, wanted: Wanted | None = None) -> list[str]:
        """Say what was wrong: no answer or a late one, a bug's status, a refusal in no shape, memory that grew.

        `wanted`: the only statuses that may be answered to what is asked.
        """
        said = []
        for what, status, kind, took in self.asked:
            if status == 0 or took > patient_s * self.rig.patience:
                said.append(f"{what}: {status or 'no answer'} after {took:.1f} s")
            elif what == "GET /livez" and alive and status != 200:
                said.append(f"{what}: {status}")
            elif what != "GET /livez" and status == 500:
                said.append(f"{what}: 500")
            elif "/api/" in what and status == 503 and not kind.startswith(PROBLEM):
                said.append(f"{what}: 503 as {kind}")
            elif status not in (wanted or {}).get(what, [status]):
                said.append(f"{what}: {status}")
        said += [f"{what} was not asked" for what in self.asks if what not in {one[0] for one in self.asked}]
        if self.after_mb > MOST_MB:
            said.append(f"the web holds {self.after_mb} MB")
        return sorted(set(said))[:20]

    def _turn(self) -> None:
        while not self.over.wait(EVERY_S):
            for what in self.asks:
                one = threading.Thread(target=self._ask, args=(what,), daemon=True)
                one.start()
                self.asking.append(one)

    def _ask(self, what: str) -> None:
        began = time.monotonic()
        line = http.client.HTTPConnection("127.0.0.1", self.rig.port, timeout=PATIENCE_S)
        method, path = what.split(",")[0].split()
        body = json.dumps(NOTHING if what == REFUSED else SOMETHING) if method == "POST" else None
        head = {"Content-Type": "application/json", "Authorization": f"Bearer {self.rig.probe_key}"}
        try:
            line.request(method, path, body, head if "/api/" in path else {})
            answer = line.getresponse()
            answer.read()
            status, kind = answer.status, answer.headers.get("Content-Type", "")
        except (OSError, http.client.HTTPException):
            status, kind = 0, ""
        finally:
            line.close()
        self.asked.append((what, status, kind, time.monotonic() - began))


def wait_to_hear(rig: Rig, what: str, status: int) -> None:
    """Ask until this is the answer, or the desk has had its time: a probe that follows tells the rest."""
    probe, until = Probe(rig, (what,)), time.monotonic() + SOON_S
    while time.monotonic() < until and [one[1] for one in probe.asked[-1:]] != [status]:
        probe._ask(what)
        time.sleep(0.1)
