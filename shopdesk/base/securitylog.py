"""The security log: one JSON line a deed, among the other lines, found by `"event": "security"` (SEC-70).

A line holds codes and ids; the request's id comes by itself. Personal values have no place here, and what slips in is
blanked and its control characters are escaped by the log's own filter (`shopdesk.logs`, SEC-72, SEC-73).
"""

import structlog

from shopdesk.base.access import Actor

log = structlog.stdlib.get_logger("security")

Code = str | int | bool | None


def tell(deed: str, *, by: Actor, target: tuple[str, object] = ("", ""), **codes: Code) -> None:
    """Write a line now. `codes` say more, such as `route`, `reason`, `seconds`; never a name, a phone, a key."""
    kind, key = target
    log.info("security", deed=str(deed), by_kind=by.kind, by_id=by.id, target_kind=kind, target_id=str(key), **codes)
