"""Logs: one JSON object a line, to standard output, UTC, without personal data (SEC-70 to SEC-73).

What a command prints is its answer (a token alone, a report as JSON), so a command's log goes to standard error.
"""

import logging.config
import re
import traceback
from collections.abc import MutableMapping, Sequence
from pathlib import Path
from typing import Any

import structlog

Event = MutableMapping[str, Any]

HIDDEN = "[hidden]"
# Fields that hold a person or a secret whatever stands in them.
PERSONAL = re.compile(
    r"(?i)(phone|email|e_mail|address|customer|recipient|comment|password|secret|token|cookie|authorization|api_?key"
    r"|session_?key|csrf|first_name|last_name|full_name|user_agent|^name$|^ip$|^body$|^payload$|^args$|^kwargs$)"
)
# What may stand in any text: a phone in its usual spellings, an address of mail, a key in a header or a query string.
PHONE = re.compile(r"(?<![\w.:-])(?:\+|00)?\d(?:[\s().-]{0,2}\d){9,14}(?![\w:])")
MAIL = re.compile(r"[^\s@\"'<>=]+@[^\s@\"'<>]+\.[^\s@\"'<>]+")
KEY = re.compile(r"(?i)\b(bearer|apikey|api_key|token|signature|secret)([=:\s]+)\S+")
# Paths that end with the secret of a link that opens once (SEC-23).
LINK = re.compile(r"(/invited/|/new-address/|/answer/|/password/reset/key/|/hooks/couriers/[^/\s]+/)[^\s\"'?]+")
QUERY = re.compile(r"\?\S*")
QUOTED = re.compile(r"\(.*?\)=\(.*?\)|\"[^\"]*[^\x00-\x7f][^\"]*\"|(?<=: )\"[^\"]*\"", re.DOTALL)
# JSON escapes the controls below U+0020 by itself; these it would print.
# What these say is the interpreter's or the server's own text. Any other message may name a customer: a name has no
# look by which it could be told and hidden, so of the others only the kind and the place are written.
SAYS_NO_VALUES = frozenset(
    ("AttributeError", "ConnectionError", "ImportError", "InterfaceError", "MemoryError", "ModuleNotFoundError",
     "NameError", "OperationalError", "ProgrammingError", "RecursionError", "TemplateDoesNotExist", "TimeoutError")
)  # fmt: skip
CONTROL = re.compile(r"[\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")
LONGEST = 4_000


def stream_of(words: Sequence[str]) -> str:
    """Say where a process writes its log, by the words it was started with."""
    is_command = Path(words[0]).name == "manage.py" and words[1:2] not in ([], ["up"]) if words else False
    return "stderr" if is_command else "stdout"


def to_stream(level: str, stream: str = "stdout") -> dict[str, Any]:
    """Describe the logging: everything goes to one stream, through the same filter."""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "json": {
                "()": structlog.stdlib.ProcessorFormatter,
                "foreign_pre_chain": SHARED,
                "processors": [structlog.stdlib.ProcessorFormatter.remove_processors_meta, *LAST],
            }
        },
        "handlers": {"all": {"class": "logging.StreamHandler", "stream": f"ext://sys.{stream}", "formatter": "json"}},
        "root": {"handlers": ["all"], "level": level},
        # Their lines repeat what our own request line says, with whole paths in them.
        "loggers": {"django.server": {"propagate": False}}
        | {name: {"level": "WARNING"} for name in ("kombu", "amqp", "pyBarcode")},
    }


def configure(config: dict[str, Any]) -> None:
    """Set up the standard library's logging and structlog to write the same lines."""
    logging.config.dictConfig(config)
    structlog.configure(
        processors=[*SHARED, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )


def name_exception(_: Any, __: str, event: Event) -> Event:
    """Write an exception as its type, its place and a cleaned message; never the values of variables."""
    given = event.pop("exc_info", None)
    error = given[1] if isinstance(given, tuple) else given if isinstance(given, BaseException) else None
    if error is not None:
        event["error"] = type(error).__name__
        event["error_text"] = error_text(type(error).__name__, str(error))
        frames = traceback.extract_tb(error.__traceback__)
        event["error_at"] = [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames[-12:]]
    return event


def error_text(kind: str, text: str) -> str:
    """Give the first line of what an exception says, without the values in it; hidden where it may be anything."""
    return QUOTED.sub(HIDDEN, text.split("\n", 1)[0]) if kind in SAYS_NO_VALUES else HIDDEN


def hide_personal(_: Any, __: str, event: Event) -> Event:
    """Blank what may be personal, in fields by their name and in texts by their look."""
    if "request" in event:
        event["request"] = QUERY.sub("?" + HIDDEN, str(event["request"]))
    return {key: clean(key, value) for key, value in event.items()}


def clean(key: str, value: Any) -> Any:
    """Clean one value, and everything inside it."""
    if PERSONAL.search(key):
        return HIDDEN if value else value
    if isinstance(value, dict):
        return {str(inner): clean(str(inner), one) for inner, one in value.items()}
    if isinstance(value, list | tuple | set):
        return [clean("", one) for one in value]
    if value is None or isinstance(value, bool | int):
        return value
    return clean_text(str(value))


def clean_text(value: str) -> str:
    """Hide phones, mails and keys in a text, and write control characters so that a line stays a line."""
    value = LINK.sub(rf"\1{HIDDEN}", KEY.sub(rf"\1\2{HIDDEN}", MAIL.sub(HIDDEN, value)))
    value = PHONE.sub(HIDDEN, value)
    value = CONTROL.sub(lambda found: f"\\u{ord(found.group()):04x}", value)
    return value if len(value) <= LONGEST else value[:LONGEST] + "…"


SHARED: list[Any] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_logger_name,
    structlog.stdlib.add_log_level,
    structlog.stdlib.PositionalArgumentsFormatter(),
    name_exception,
    structlog.processors.TimeStamper(fmt="iso", utc=True, key="at"),
]
LAST: list[Any] = [hide_personal, structlog.processors.JSONRenderer(ensure_ascii=False)]
