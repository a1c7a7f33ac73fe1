"""What the desk says while something lasts: who asks is answered soon, with a status that means what it says."""

import http.client
import json
import threading
import time
from types import TracebackType
from typing import Self

from tests.faults.rig import Rig

EVERY_S, PATIENCE_S = 0.5, 30.0
MOST_MB = 450  # of two workers and their parent (speed.md, row 15)
PROBLEM = "application/problem+json"


class Probe:
    """Asks twice a second, each time in a thread of its own, so that one that hangs keeps no other from asking."""

    def __init__(self, rig: Rig) -> None:
        self.rig, self.over = rig, threading.Event()
        self.asked: list[tuple[str, int, str, float]] = []  # path, status (0: none came), kind, seconds
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

    def complaints(self, *, alive: bool, patient_s: float) -> list[str]:
        """Say what was wrong: no answer or a late one, a bug's status, a refusal in no shape, memory that grew."""
        said = []
        for path, status, kind, took in self.asked:
            if status == 0 or took > patient_s:
                said.append(f"{path}: {status or 'no answer'} after {took:.1f} s")
            elif path == "/livez" and alive and status != 200:
                said.append(f"{path}: {status}")
            elif path != "/livez" and status == 500:
                said.append(f"{path}: 500")
            elif path.startswith("/api/") and status == 503 and not kind.startswith(PROBLEM):
                said.append(f"{path}: 503 as {kind}")
        if not self.asked:
            said.append("nothing was asked")
        if self.after_mb > MOST_MB:
            said.append(f"the web holds {self.after_mb} MB")
        return sorted(set(said))[:20]

    def _turn(self) -> None:
        while not self.over.wait(EVERY_S):
            for path in ("/livez", "/readyz", "/api/v1/orders"):
                one = threading.Thread(target=self._ask, args=(path,), daemon=True)
                one.start()
                self.asking.append(one)

    def _ask(self, path: str) -> None:
        began = time.monotonic()
        line = http.client.HTTPConnection("127.0.0.1", self.rig.port, timeout=PATIENCE_S)
        try:
            if path.startswith("/api/"):
                head = {"Content-Type": "application/json", "Authorization": f"Bearer {self.rig.probe_key}"}
                line.request("POST", path, json.dumps({"external_id": ""}), head)
            else:
                line.request("GET", path)
            answer = line.getresponse()
            answer.read()
            status, kind = answer.status, answer.headers.get("Content-Type", "")
        except (OSError, http.client.HTTPException):
            status, kind = 0, ""
        finally:
            line.close()
        self.asked.append((path, status, kind, time.monotonic() - began))
