"""`python -m tests.faults --database postgresql --seconds 600 --deeds 60 --seed 1 --report FOLDER`.

Runs a desk of real processes under load, lets things happen to it, and compares what was acknowledged with what is
there. Prints the figures, writes them as JSON and as a page, and ends with 1 when a promise is broken, with 2
when the desk was only late, or answered otherwise than it should while something lasted.
"""

import argparse
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
from html import escape
from pathlib import Path
from typing import Any

from tests.faults import load
from tests.faults.rig import ROOT, Rig

CLIENTS, QUIET_S, WORST_S, STUMBLES = 4, 180, 120, 60
BROKEN, SLOW = 1, 2
SERVED = 5  # times before the first fault


def main() -> int:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--database", choices=["postgresql", "sqlite"], default="postgresql")
    asked.add_argument("--deeds", type=int, default=15)
    asked.add_argument("--pause", type=float, default=4, help="seconds between two deeds")
    asked.add_argument("--only", nargs="+", default=[], help="these deeds instead of every kind")
    asked.add_argument("--seed", type=int, default=1)
    asked.add_argument("--patience", type=float, default=1, help="times as long as usual may pass until an answer")
    asked.add_argument("--report", type=Path, default=Path("fault-report"))
    options = asked.parse_args()
    with tempfile.TemporaryDirectory(prefix="faults-") as folder:
        Path(folder).chmod(0o755)
        rig = Rig(Path(folder), options.database, options.patience)
        try:
            result = run(rig, options)
        finally:
            shutil.copytree(rig.logs, options.report / f"{options.database}-logs", dirs_exist_ok=True)
            rig.stop_all()
    options.report.mkdir(parents=True, exist_ok=True)
    (options.report / f"{options.database}.json").write_text(json.dumps(result, indent=1, ensure_ascii=False))
    (options.report / f"{options.database}.html").write_text(page(result))
    if result["wrong"]:
        sys.stdout.write("".join(stumbles(options.report / f"{options.database}-logs")))
    sys.stdout.write(json.dumps(result, indent=1, ensure_ascii=False) + f"\n{in_a_line(result)}\n")
    return verdict(result)


def stumbles(logs: Path) -> list[str]:
    """Give what the sweeps stumbled over: of a promise that broke it is mostly the cause."""
    lines = [line for log in sorted(logs.glob("worker*.log")) for line in log.read_text().splitlines(keepends=True)]
    return [line for line in lines if '"sweep.' in line][-STUMBLES:]


def verdict(result: dict[str, Any]) -> int:
    """Give the exit code: BROKEN for a promise, SLOW for what was wrong by the clock or while it lasted, else 0."""
    if result["wrong"] or result["violations"]:
        return BROKEN
    return SLOW if result["wrong meanwhile"] or result["worst recovery, s"] > WORST_S else 0


def run(rig: Rig, options: argparse.Namespace) -> dict[str, Any]:
    """Set the desk up, let the storm pass, wait until it is quiet, judge."""
    os.environ.update(rig.env)
    subprocess.run([sys.executable, "manage.py", "migrate", "--no-input", "-v0"], cwd=ROOT, env=rig.env, check=True)
    receiver = load.Receiver()
    key, secret = furnish(receiver.url)
    rig.probe_key = key[0]
    rig.start_all()
    shops = [
        load.Shop(f"rig{place}", rig.url, key[place], secret, options.seed * 100 + place) for place in range(CLIENTS)
    ]
    for shop in shops:
        shop.start()
    wait_until_warm(shops)
    deeds = storm(rig, options, shops)
    time.sleep(3)
    for shop in shops:
        shop.ended.set()
    for shop in shops:
        shop.join(load.PATIENCE_S + 5)
    quiet = wait_until_quiet()
    from tests.faults import checker  # noqa: PLC0415  # needs the settings of this desk

    sent = [one for shop in shops for one in shop.sent]
    answers = [status for one in sent for status, _ in one.answers]
    return checker.judge(sent, receiver.seen) | {
        "database": rig.database, "seed": options.seed, "faults": deeds,
        "faults injected": sum(not one["failed"] for one in deeds),
        "wrong meanwhile": [one for one in deeds if one["wrong"]],
        "sent": len(answers), "acknowledged": sum(200 <= one < 300 for one in answers),
        "answers": {str(one): answers.count(one) for one in sorted(set(answers))},
        "worst recovery, s": max([one["recovery_s"] for one in deeds], default=0.0), "quiet after, s": quiet,
    }  # fmt: skip


def furnish(receiver: str) -> tuple[list[str], str]:
    """Put goods on the shelf, connect the shops, and somebody who is told."""
    import django  # noqa: PLC0415  # only now it is known which desk this is

    django.setup()
    from django.utils import timezone  # noqa: PLC0415

    from orders.inbox import secrets as shop_secrets  # noqa: PLC0415
    from orders.models import Connection  # noqa: PLC0415
    from shopdesk.webhooks import endpoints  # noqa: PLC0415
    from tests import make  # noqa: PLC0415

    keys = []
    for sku in load.SKUS:
        make.product(sku, 500)
    for place in range(CLIENTS):
        code = f"rig{place}"
        channel = make.channel(code, kind="api")
        keys.append(make.token(channel))
        Connection.objects.create(channel=channel, secret=shop_secrets.sealed(code, "secret", "s" * 40))
    terms = endpoints.Terms("rig", receiver, ["order.taken"])
    endpoints.make(terms, by=make.BY, at=timezone.now())
    return keys, "s" * 40


def storm(rig: Rig, options: argparse.Namespace, shops: list[load.Shop]) -> list[dict[str, Any]]:
    """Do one thing after another to the desk, and see after each when something is taken again."""
    from tests.faults import nemesis  # noqa: PLC0415  # needs the settings of this desk

    dice, done = random.Random(options.seed), []
    for deed in nemesis.plan(options.database, options.seed, options.deeds, only=options.only):
        began = time.time()
        try:
            wrong, why = nemesis.do(rig, deed, dice), ""
        except Exception as error:  # a fault that could not be made is told, not counted
            wrong, why = [], f"{type(error).__name__}: {error}"[:200]
        ended = time.time()
        until = ended + WORST_S
        while time.time() < until and not any(shop.good and shop.good[-1] > ended for shop in shops):
            time.sleep(0.1)
        done.append({"deed": deed.__name__, "took_s": round(ended - began, 1), "failed": why, "wrong": wrong,
                     "recovery_s": round(time.time() - ended, 1)})  # fmt: skip
        sys.stderr.write(f"{done[-1]}\n")
        time.sleep(dice.uniform(0.5, 1.5) * options.pause)
    return done


def wait_until_warm(shops: list[load.Shop]) -> None:
    """Wait until every shop was served some times: a process that just began reads half of the desk's code first."""
    until = time.monotonic() + WORST_S
    while time.monotonic() < until and not all(len(shop.good) >= SERVED for shop in shops):
        time.sleep(0.1)


def wait_until_quiet() -> float:
    """Wait until nothing waits any more. Gives for how long."""
    from django.db import close_old_connections, connections  # noqa: PLC0415

    from tests.faults import checker  # noqa: PLC0415

    connections.close_all()
    began = time.time()
    while time.time() - began < QUIET_S and not checker.settled():
        time.sleep(1)
        close_old_connections()
    return round(time.time() - began, 1)


def in_a_line(result: dict[str, Any]) -> str:
    """Write what matters in a line."""
    wrong = len(result["wrong"]) + len(result["wrong meanwhile"]) + len(result["violations"])
    return (
        f"{result['database']}: {result['faults injected']} of {len(result['faults'])} faults made,"
        f" {result['acknowledged']} of {result['sent']} acknowledged, {sum(result['checked'].values())} rows audited,"
        f" worst recovery {result['worst recovery, s']} s, {wrong} wrong"
    )


def page(result: dict[str, Any]) -> str:
    """Write the figures as a page of their own."""
    rows = "".join(
        f"<tr><th>{escape(name)}</th><td><pre>{escape(json.dumps(value, indent=1, ensure_ascii=False))}</pre></td></tr>"
        for name, value in result.items()
    )
    return f"<!doctype html><meta charset=utf-8><title>Faults</title><h1>Faults</h1><table>{rows}</table>"


if __name__ == "__main__":
    sys.exit(main())
