"""A sweep's rows, one by one: a row that fails stops none behind it, and somebody is told which it was."""

import logging
from collections.abc import Callable, Iterable
from typing import Any

log = logging.getLogger("shopdesk.sweeps")


def each(what: str, keys: Iterable[Any], act: Callable[[Any], int]) -> int:
    """Do a deed for each row, in its own transactions, and add up what it gives. `what` names the sweep in the log.

    Rows that fail unexpectedly are logged with their keys as they fail; at the end the sweep itself fails with all of
    them, so that its task stands as failed. They come again with the next sweep, behind nobody's back.
    """
    done, failed = 0, []
    for key in keys:
        try:
            done += act(key)
        except Exception as error:
            # Its kind and never its words: a database says what stood in the row.
            log.error("sweep.row_failed", extra={"sweep": what, "row": str(key), "error": type(error).__name__})
            failed.append(error)
    if failed:
        raise ExceptionGroup(f"{what}: {len(failed)} rows failed, {done} done", failed)
    return done
