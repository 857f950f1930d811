"""What is logged: a line each, as text or JSON, and no secret of the config in it."""

from __future__ import annotations

import json
import logging
import sys
import threading
import time
from collections.abc import Iterable
from datetime import UTC, datetime
from types import TracebackType

from ..config import masked

_hidden: tuple[str, ...] = ()


def hide(secrets: Iterable[str]) -> None:
    """From now on each of these is *** on stderr, in logs and tracebacks, whoever wrote it into a message."""
    global _hidden
    _hidden = tuple(secrets)


def hide_password(url: str) -> None:
    """The same, for what stands between user and host of an address. A ${NAME} there is none."""
    password = url.partition("://")[2].rpartition("@")[0].partition(":")[2]
    if password and not password.startswith("${"):
        hide((*_hidden, password))


def hidden(text: str) -> str:
    """The text as it may be said on stderr."""
    return masked(text, _hidden)


def are_json() -> bool:
    """Whether each line on stderr is to be a JSON object."""
    return any(isinstance(h.formatter, _JsonLines) for h in logging.getLogger().handlers)


class _JsonLines(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        line = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="seconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": hidden(record.getMessage()),
        }
        if record.exc_info:
            line["exception"] = hidden(self.formatException(record.exc_info))
        text = json.dumps(line, ensure_ascii=False)
        return text if text.isprintable() else json.dumps(line)


class _TextLines(logging.Formatter):
    """One line each, whatever a server said: no line of theirs passes for one of ours. Traces have their own."""

    converter = staticmethod(time.gmtime)

    def formatMessage(self, record: logging.LogRecord) -> str:
        line = super().formatMessage(record)
        if line.isprintable():
            return line
        from ..show.plain import one_line

        return one_line(line)

    def format(self, record: logging.LogRecord) -> str:
        return hidden(super().format(record))


def _uncaught(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    logging.getLogger("postwatch").critical("%s: %s", kind.__name__, error, exc_info=error)


def begin(form: str) -> None:
    """Has all that is logged, and every traceback, written to stderr as the config says."""
    handler = logging.StreamHandler(sys.stderr)
    text = _TextLines("%(asctime)s %(levelname)s %(name)s %(message)s", "%Y-%m-%dT%H:%M:%SZ")
    handler.setFormatter(_JsonLines() if form == "json" else text)
    logging.basicConfig(level=logging.INFO, handlers=[handler], force=True)
    if form == "json":
        # All that would else be written to stderr in lines of its own.
        logging.captureWarnings(True)
    # Tracebacks as well: what failed may have had a secret in hand.
    sys.excepthook = _uncaught
    sys.unraisablehook = lambda a: _uncaught(
        a.exc_type, a.exc_value or a.exc_type(), a.exc_traceback
    )
    threading.excepthook = lambda a: _uncaught(
        a.exc_type, a.exc_value or a.exc_type(), a.exc_traceback
    )
    logging.getLogger("apscheduler").setLevel(
        logging.ERROR
    )  # what it skips is said, once, by the daemon
    for told in ("procrastinate", "psycopg.pool"):  # in one line of ours, by who waits for them
        logging.getLogger(told).setLevel(logging.CRITICAL)
    for noisy in (
        "httpx",
        "httpcore",
        "trafilatura",
        "htmldate",
        "alembic",
    ):
        logging.getLogger(noisy).setLevel(logging.WARNING)
