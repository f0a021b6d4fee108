"""Logs hold ids and counts only: a key that is not on the list is dropped before a line is written."""

from collections.abc import MutableMapping
from typing import Any

import structlog
from structlog.typing import Processor

ALLOWED_KEYS = frozenset(
    {
        "event", "level", "timestamp", "logger", "request_id", "user_id", "patient_id", "upload_id", "alert_id", "notification_id",
        "delivery_id", "team_id", "rule", "revision", "count", "status", "method", "route", "seconds", "attempts", "reason_code",
        "error_type", "error_place", "task", "task_id", "queue", "pid", "port", "state",
    }
)  # fmt: skip
"""Everything a log line may say. No name, value, drug, diagnosis, file name or address is among them."""

EventDict = MutableMapping[str, Any]


def keep_allowed(_logger: object, _method: str, event: EventDict) -> EventDict:
    """Drop every key that is not allowed; an exception is kept as its type and place, never its message."""
    failure = event.pop("exc_info", None)
    kept = {key: value for key, value in event.items() if key in ALLOWED_KEYS}
    if isinstance(failure, BaseException):
        kept["error_type"] = type(failure).__name__
        kept["error_place"] = _place(failure)
    return kept


def _place(failure: BaseException) -> str:
    """Return module:line of the innermost frame, which names code and no data."""
    trace = failure.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    return "" if trace is None else f"{trace.tb_frame.f_globals.get('__name__', '?')}:{trace.tb_lineno}"


def name_exception(_logger: object, _method: str, event: EventDict) -> EventDict:
    """Turn `exc_info=True` and tuples into the exception itself."""
    import sys

    failure = event.get("exc_info")
    if failure is True:
        event["exc_info"] = sys.exc_info()[1]
    elif isinstance(failure, tuple):
        event["exc_info"] = failure[1]
    return event


def foreign_message(_logger: object, _method: str, event: EventDict) -> EventDict:
    """Keep only the logger's name of a line that a library wrote: its text may hold a value."""
    record = event.get("_record")
    if record is not None:
        event = {**event, "event": "library", "logger": record.name, "level": record.levelname.lower()}
        event["exc_info"] = record.exc_info
    return event


PROCESSORS: list[Processor] = [
    structlog.stdlib.add_log_level,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    name_exception,
]


def configure() -> dict[str, Any]:
    """Configure structlog and return Django's LOGGING: one JSON line an event on stderr."""
    structlog.configure(
        processors=[*PROCESSORS, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.stdlib.BoundLogger,
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=False,
    )
    formatter = {
        "()": structlog.stdlib.ProcessorFormatter,
        "foreign_pre_chain": [*PROCESSORS[1:], foreign_message, name_exception],
        "processors": [
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            keep_allowed,
            structlog.processors.JSONRenderer(),
        ],
    }
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"json": formatter},
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "json"}},
        "root": {"handlers": ["stderr"], "level": "WARNING"},
        "loggers": {name: {"level": "INFO"} for name in ("patients", "alerts", "monitor")},
    }
