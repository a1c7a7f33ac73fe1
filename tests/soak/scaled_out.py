"""A desk scaled out on one machine: nginx, four web processes, three workers, two beats, a primary and its standby.

`python -m tests.soak.scaled_out --seconds 60 --seed 1`. Shops send orders, the same orders again, cancellations and
signed messages through nginx, each request to the next web process. Somebody reads the report right after an order was
acknowledged, and must find it there. Prints who served what, and ends with 1 when anything was lost, doubled, read too
early, or not served by all. Needs nginx (`apt install nginx-light`) and redis-server.
"""

import argparse
import http.client
import json
import os
import re
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from shopdesk.ports import free_port, wait_for
from tests.faults import load
from tests.faults.__main__ import furnish, wait_until_quiet
from tests.faults.rig import ROOT, Rig

WEBS = [f"web{place}" for place in range(1, 5)]
OTHERS = ["worker1", "worker2", "worker3", "beat1", "beat2"]
CONF = """
user root; daemon off; worker_processes 1; pid {place}/nginx.pid; error_log {place}/nginx.log;
events {{ worker_connections 1024; }}
http {{
  log_format who "$upstream_addr $status"; access_log {place}/access.log who; client_max_body_size 11m;
  client_body_temp_path {place}/body; proxy_temp_path {place}/proxy;
  fastcgi_temp_path {place}/f; uwsgi_temp_path {place}/u; scgi_temp_path {place}/s;
  upstream desk {{ {servers} }}
  server {{
    listen 127.0.0.1:{front};
    location / {{
      proxy_pass http://desk; proxy_set_header Host $host;
      proxy_set_header X-Forwarded-For $remote_addr; proxy_set_header X-Forwarded-Proto $scheme;
    }}
  }}
}}
"""


class Scaled(Rig):
    """The rig's processes, more of them, each web on a port of its own, and nginx before them."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder, "postgresql")
        self.ports = {name: free_port() for name in WEBS}

    def command(self, name: str) -> list[str]:
        """Give the command line of a member."""
        if name == "nginx":
            servers = " ".join(f"server 127.0.0.1:{port};" for port in self.ports.values())
            conf = CONF.format(place=self.logs, front=self.port, servers=servers)
            (self.logs / "nginx.conf").write_text(conf, encoding="ascii")
            return ["nginx", "-c", str(self.logs / "nginx.conf")]
        if name in self.ports:
            bind = f"127.0.0.1:{self.ports[name]}"
            return [
                sys.executable, "-m", "gunicorn", "shopdesk.wsgi:application", "--bind", bind, "--preload",
                "--workers", "1", "--worker-class", "gthread", "--threads", "4", "--timeout", "60",
            ]  # fmt: skip
        return super().command(name)

    def start_all(self) -> None:
        """Start everybody, and wait until each web process was asked once."""
        self.start("broker")
        wait_for(self.broker_port)
        for name in (*WEBS, *OTHERS):
            self.start(name)
        for port in self.ports.values():
            wait_for(port, 90)
        self.start("nginx")
        self.wait_for_web()


class Reader(threading.Thread):
    """Somebody who sends an order and reads the report in the next breath, wherever either is served."""

    def __init__(self, url: str, shop: load.Shop, key: str) -> None:
        super().__init__(daemon=True)
        self.url, self.shop, self.key = url, shop, key
        self.ended = threading.Event()
        self.read, self.early, self.took = 0, list[str](), list[float]()

    def run(self) -> None:
        sent = 0
        while not self.ended.is_set():
            one = self.shop._keep("order", f"{self.shop.code}-{sent}", self.shop._order(f"{self.shop.code}-{sent}"))
            self.shop._say(one)
            sent += one.taken
            began = time.monotonic()
            found = self.taken()
            self.took.append(time.monotonic() - began)
            self.read += 1
            if found < sent:  # others' orders may be in the report too, never fewer than one's own
                self.early.append(f"{found} orders in the report after {sent} of its own")
            self.ended.wait(0.05)

    def taken(self) -> int:
        """Read how many orders the report has of this month."""
        line = http.client.HTTPConnection("127.0.0.1", int(self.url.rsplit(":", 1)[1]), timeout=30)
        today = date.today()  # noqa: DTZ011  # a day more or less is no matter
        days = f"from={today - timedelta(days=31)}&to={today + timedelta(days=2)}"
        line.request("GET", f"/api/v1/reports/funnel?{days}", headers={"Authorization": f"Bearer {self.key}"})
        return int(json.loads(line.getresponse().read())["funnel"]["taken"]["value"])


def main() -> int:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--seconds", type=int, default=60)
    asked.add_argument("--seed", type=int, default=1)
    options = asked.parse_args()
    with tempfile.TemporaryDirectory(prefix="scaled-") as folder:
        Path(folder).chmod(0o755)
        rig = Scaled(Path(folder))
        try:
            result = run(rig, options)
        finally:
            rig.stop_all()
    sys.stdout.write(json.dumps(result, indent=1, ensure_ascii=False) + "\n")
    return 1 if result["wrong"] else 0


def run(rig: Scaled, options: argparse.Namespace) -> dict[str, Any]:
    """Set everything up, let the shops send, judge."""
    os.environ.update(rig.env)
    subprocess.run([sys.executable, "manage.py", "migrate", "--no-input", "-v0"], cwd=ROOT, env=rig.env, check=True)
    receiver = load.Receiver()
    keys, secret = furnish(receiver.url)
    from tests import make  # noqa: PLC0415  # needs the settings of this desk
    from tests.faults import checker  # noqa: PLC0415
    from tests.standby import Standby  # noqa: PLC0415

    place = rig.folder / "standby"
    place.mkdir()
    standby = Standby(place)
    home = rig.env["DATABASE_URL"]
    rig.env["DATABASE_REPLICA_URL"] = re.sub(r"host=[^&]*", f"host={place}", home)
    try:
        rig.start_all()
        shops = [load.Shop(f"rig{n}", rig.url, key, secret, options.seed * 100 + n) for n, key in enumerate(keys)]
        reader = Reader(rig.url, shops.pop(), make.token(make.owner()))
        for one in (*shops, reader):
            one.start()
        time.sleep(options.seconds)
        for one in (*shops, reader):
            one.ended.set()
        for one in (*shops, reader):
            one.join(load.PATIENCE_S)
        quiet = wait_until_quiet()
        sent = [one for shop in (*shops, reader.shop) for one in shop.sent]
        return told(rig, reader, checker.judge(sent, receiver.seen)) | {
            "seconds": options.seconds, "acknowledged": sum(one.taken for one in sent), "quiet after, s": quiet,
            "transactions of the standby": read_by(standby),
        }  # fmt: skip
    finally:
        standby.stop()


def told(rig: Scaled, reader: Reader, judged: dict[str, Any]) -> dict[str, Any]:
    """Say who served what, and what is wrong."""
    from shopdesk.celery import app as celery  # noqa: PLC0415  # its broker is this desk's

    lines = [line.split() for line in (rig.logs / "access.log").read_text(encoding="ascii").splitlines()]
    names = {f"127.0.0.1:{port}": name for name, port in rig.ports.items()}
    served = Counter(names.get(address, address) for address, _status in lines)
    done = dict.fromkeys([name for name in OTHERS if name.startswith("worker")], 0)
    for node, stats in (celery.control.inspect(timeout=10).stats() or {}).items():
        done[node.partition("@")[0]] = sum(stats["total"].values())
    wrong = {**judged["wrong"], **judged["violations"]}
    wrong |= {"read too early": reader.early} if reader.early else {}
    idle = [name for name, times in {**{name: served[name] for name in WEBS}, **done}.items() if not times]
    wrong |= {"served nothing": idle} if idle else {}
    took = sorted(reader.took)
    return {
        "served": dict(served), "statuses": dict(Counter(status for _address, status in lines)), "tasks": done,
        "reports read": reader.read, "report p50, ms": round(took[len(took) // 2] * 1000) if took else 0,
        "orders": judged["orders"], "rows audited": sum(judged["checked"].values()), "wrong": wrong,
    }  # fmt: skip


def read_by(standby: Any) -> int:
    """Count what was read of the standby."""
    import psycopg  # noqa: PLC0415

    with psycopg.connect(host=str(standby.folder), user="postgres", dbname="postgres") as line:
        row = line.execute(
            "SELECT sum(xact_commit) FROM pg_stat_database WHERE datname = current_database()"
        ).fetchone()
    return int(row[0]) if row else 0


if __name__ == "__main__":
    sys.exit(main())
