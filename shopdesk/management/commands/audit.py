"""`manage.py audit`: proves every promise that can be read off the database, in one snapshot."""

import json
import time
from argparse import ArgumentParser
from collections.abc import Sequence
from typing import Any

from django.core.management.base import BaseCommand

import delivery.audit
import orders.audit
import reports.audit
import shopdesk.privacy.audit
import shopdesk.trail.audit
import shopdesk.webhooks.audit
from orders import feed
from shopdesk.base.audit import Check
from shopdesk.base.snapshot import snapshot
from shopdesk.trail import chain


def all_checks() -> list[Check]:
    """Collect the promises of every app, the house's own first."""
    apps = (
        orders.audit, delivery.audit, reports.audit, shopdesk.trail.audit, shopdesk.privacy.audit,
        shopdesk.webhooks.audit,
    )  # fmt: skip
    return [check for app in apps for check in app.checks()]


def run(checks: Sequence[Check]) -> list[dict[str, Any]]:
    """Run checks in one snapshot. Gives id, what it says, rows checked, violations, first offenders, milliseconds."""
    feed.publish()
    chain.publish()
    results = []
    with snapshot() as alias:
        for check in checks:
            began = time.perf_counter()
            finding = check.find(alias)
            results.append(
                {
                    "id": check.id,
                    "says": check.says,
                    "rows": finding.rows,
                    "violations": finding.broken,
                    "offenders": finding.offenders,
                    "ms": round((time.perf_counter() - began) * 1000, 1),
                }
            )
    return results


class Command(BaseCommand):
    """Shows one line a promise; exit code 1 when any does not hold."""

    help = "Prove the desk's promises on the whole database: stock, orders, parcels, money, feed."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--json", action="store_true", help="print the results as JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        results = run(all_checks())
        broken = sum(result["violations"] for result in results)
        if options["json"]:
            self.stdout.write(json.dumps({"violations": broken, "checks": results}, indent=2, ensure_ascii=False))
        else:
            for result in results:
                self._line(result)
            self.stdout.write(f"{len(results)} promises checked, {broken} violations.")
        if broken:
            raise SystemExit(1)

    def _line(self, result: dict[str, Any]) -> None:
        mark = self.style.ERROR("BROKEN") if result["violations"] else self.style.SUCCESS("holds ")
        self.stdout.write(f"{mark} {result['id']:<6} {result['rows']:>9} rows {result['ms']:>8} ms  {result['says']}")
        for offender in result["offenders"]:
            self.stdout.write(f"         {offender}")
