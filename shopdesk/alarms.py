"""Error reports to Sentry, when the shop has one: what broke and where, never whose order it was (SEC-72)."""

from collections.abc import Mapping, MutableMapping
from importlib import import_module
from typing import Any

from shopdesk import logs

Report = MutableMapping[str, Any]
# Whole parts of a report that say who asked with what: none of them is needed to mend the desk.
LEFT_OUT = ("request", "user", "breadcrumbs", "extra", "server_name")


def watch(dsn: str) -> None:
    """Send reports to this address; without one, nothing. Raises ModuleNotFoundError where the extra is missing."""
    if not dsn:
        return
    import_module("sentry_sdk").init(
        dsn=dsn, send_default_pii=False, include_local_variables=False, max_request_body_size="never",
        max_breadcrumbs=0, traces_sample_rate=0.0, before_send=clean_report,
    )  # fmt: skip


def clean_report(report: Report, hint: Mapping[str, Any]) -> Report:
    """Leave of a report its place and its kind; texts are cleaned as those of the log are."""
    kept = {name: value for name, value in report.items() if name not in LEFT_OUT}
    for raised in (kept.get("exception") or {}).get("values") or []:
        said = logs.error_text(str(raised.get("type")), str(raised.get("value") or ""))
        raised["value"] = logs.clean_text(said)
        for frame in (raised.get("stacktrace") or {}).get("frames") or []:
            frame.pop("vars", None)
    for name in ("message", "logentry", "transaction", "tags", "contexts"):
        if name in kept:
            kept[name] = logs.clean(name, kept[name])
    return kept
