"""Structured logs: one line per event, with the company and the request's id."""

from __future__ import annotations

import logging
import logging.config
from typing import Any

import structlog

SHARED_PROCESSORS: list[Any] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
]


def without_tokens(path: str) -> str:
    """The path, with any long part cut: tokens in links are as good as passwords. A part with an
    at sign goes whole: the id in an address of the API may be somebody's e-mail address."""
    return "/".join(_cut(part) for part in path.split("/"))


def _cut(part: str) -> str:
    if "@" in part or "%40" in part:
        return "..."
    return part if len(part) <= 20 else f"{part[:4]}..."


class CutTokens(logging.Filter):
    """Cuts tokens out of the paths in what Django says of a request."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Always true; changes the record's arguments."""
        if record.name.startswith("django.") and isinstance(record.args, tuple):
            record.args = tuple(
                without_tokens(each) if isinstance(each, str) and "/" in each else each
                for each in record.args
            )
        return True


def logging_config(log_format: str) -> dict[str, Any]:
    """A dictConfig that writes every record to standard error as `json` or `console` lines."""
    renderer: Any = (
        structlog.processors.JSONRenderer()
        if log_format == "json"
        else structlog.dev.ConsoleRenderer(colors=False)
    )
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "line": {
                "()": structlog.stdlib.ProcessorFormatter,
                "processors": [
                    structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                    structlog.processors.format_exc_info,
                    renderer,
                ],
                "foreign_pre_chain": SHARED_PROCESSORS,
            }
        },
        "filters": {"tokens": {"()": "csm_portal.logs.CutTokens"}},
        "handlers": {
            "stderr": {
                "class": "logging.StreamHandler",
                "formatter": "line",
                "filters": ["tokens"],
            }
        },
        "root": {"handlers": ["stderr"], "level": "INFO"},
        "loggers": {
            "django.request": {"level": "ERROR"},
            "celery.worker.strategy": {"level": "WARNING"},
            "celery.app.trace": {"level": "WARNING"},
            "celery.beat": {"level": "WARNING"},
        },
    }


def configure(config: dict[str, Any]) -> None:
    """Django's LOGGING_CONFIG: set up both logging and structlog."""
    logging.config.dictConfig(config)
    structlog.configure(
        processors=[
            *SHARED_PROCESSORS,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
