"""What only a whole run measures: many at once, the served desk, files of ten thousand rows."""

from typing import Final

from django.conf import settings

from shopdesk.bench import alone, crowds, paths, served, together
from shopdesk.bench.measuring import Measured, Tell
from shopdesk.people.models import Role

ROUNDS, FILE_ROUNDS = 3, 2
VISITED: Final = ("/orders", "/stock", "/calls/board", "/reports")
VISITS: Final = 40


def measure(*, seconds: float, imported: int, tell: Tell) -> list[Measured]:
    """Walk all of it. `seconds`: how long many are at it in a round."""
    together.lay_calls()
    done = crowds.measure(
        [*together.intake(), *together.next_calls()], rounds=ROUNDS, seconds=seconds, tell=tell
    )  # fmt: skip
    key = served.key_of_the_shop()
    with served.desk() as desk:
        done += crowds.measure(together.over_http(desk, key), rounds=ROUNDS, seconds=seconds, tell=tell)
        done.append(_loaded(desk))
    return done + crowds.measure(alone.files(imported), rounds=FILE_ROUNDS, seconds=seconds, tell=tell)


def _loaded(desk: served.Desk) -> Measured:
    """Let a manager and the owner look at their pages, and tell what a web worker holds after that and the orders."""
    for role in (Role.MANAGER, Role.OWNER):
        cookies = {settings.SESSION_COOKIE_NAME: paths.signed_in(role).cookies[settings.SESSION_COOKIE_NAME].value}
        pages = [page for page in VISITED if role is Role.OWNER or page != "/reports"]
        visit = served.visitor(desk.port, cookies, pages)
        for _visit in range(VISITS):
            visit()
    return Measured("web worker", "15", 0, 0, 0, None, None, 0, 0, mb=desk.memory_mb())
