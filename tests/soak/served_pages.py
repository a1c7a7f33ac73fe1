"""Pages of a shop that `bench` filled, over HTTP from one web worker: `python -m tests.soak.served_pages`.

On the database of `DATABASE_URL`. Reports of 25 whole months and of years that end with them, each made anew, and the
order list: median and 95th percentile in milliseconds. Run it on a small shop and on a large one, in the same hour.
"""

import argparse
import http.client
import os
import statistics
import sys
import time
from datetime import UTC, date, datetime, timedelta

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "shopdesk.settings")
import django

django.setup()

from django.conf import settings  # noqa: E402

from shopdesk.bench import served  # noqa: E402
from shopdesk.bench.measuring import at_share  # noqa: E402
from shopdesk.bench.paths import signed_in  # noqa: E402
from shopdesk.people.models import Role  # noqa: E402

MONTHS, WARM = 25, 12
A_DAY = timedelta(days=1)


def first_of(day: date, months: int) -> date:
    """Give the first day of the month so many months on."""
    years, month = divmod(day.month - 1 + months, 12)
    return date(day.year + years, month + 1, 1)


def addresses(today: date) -> dict[str, list[str]]:
    """Give what is asked for, by what it is called."""
    firsts = [first_of(today, -back) for back in range(MONTHS)]
    month = [(first, first_of(first, 1)) for first in firsts]
    year = [(first_of(first, -11), until) for first, until in month[: MONTHS - 11]]
    return {
        "order list": ["/orders"] * MONTHS,
        "report of a month": [f"/reports?from={start}&until={end - A_DAY}" for start, end in month],
        "report of a year": [f"/reports?from={start}&until={end - A_DAY}" for start, end in year],
        "report of a month, API": [f"/api/v1/reports/period?from={start}&to={end}" for start, end in month],
        "report of a year, API": [f"/api/v1/reports/period?from={start}&to={end}" for start, end in year],
    }


def fetch(line: http.client.HTTPConnection, path: str, headers: dict[str, str]) -> float:
    """Ask for a page; gives the seconds until it was there. Raises RuntimeError when it is refused."""
    began = time.perf_counter()
    line.request("GET", path, headers=headers)
    answer = line.getresponse()
    answer.read()
    took = time.perf_counter() - began
    if answer.status != 200:
        raise RuntimeError(f"{path} answered {answer.status}")
    return took


def main() -> int:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument(
        "--today", type=date.fromisoformat, default=datetime.now(UTC).date(), help="day of the shop's last month"
    )
    options = asked.parse_args()
    settings.ALLOWED_HOSTS = ["localhost", "127.0.0.1"]
    cookie = signed_in(Role.OWNER).cookies[settings.SESSION_COOKIE_NAME].value
    headers = {"Host": "localhost", "Cookie": f"{settings.SESSION_COOKIE_NAME}={cookie}"}
    with served.desk(workers=1) as desk:
        line = http.client.HTTPConnection("127.0.0.1", desk.port, timeout=60)
        for path in ("/orders", "/reports") * WARM:
            fetch(line, path, headers)
        for name, paths in addresses(options.today).items():
            took = sorted(fetch(line, path, headers) for path in paths)
            told = f"p50 {statistics.median(took) * 1000:6.1f}  p95 {at_share(took, 0.95) * 1000:6.1f}"
            sys.stdout.write(f"{name:24} {told}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
