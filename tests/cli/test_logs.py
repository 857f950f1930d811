"""The log of a process: one line each, whatever a stranger said, and nothing but objects where that is wanted."""

from __future__ import annotations

import gc
import json
import logging
import sys
import threading
import warnings
from collections.abc import Callable, Iterator

import pytest

from monitor.cli import log_lines

HOSTILE = "421 busy\r\n2026-01-01T00:00:00Z INFO postwatch all is well\x1b[2J\x9b2J\u2028\u202egnp\x00\udc80"


@pytest.fixture
def said(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Iterator[Callable[[], list[str]]]:
    """The lines on stderr; all that a process sets up for its log is put back afterwards."""
    root, before = logging.getLogger(), logging.getLogger().handlers[:]
    level = root.level
    for module, hook in ((sys, "excepthook"), (sys, "unraisablehook"), (threading, "excepthook")):
        monkeypatch.setattr(module, hook, getattr(module, hook))
    # `force` closes the handlers that are there: pytest's own are to stay.
    root.handlers[:] = []
    yield lambda: capsys.readouterr().err.splitlines()
    logging.captureWarnings(False)
    root.handlers[:] = before
    root.setLevel(level)


def test_a_line_of_a_stranger_passes_for_none_of_ours(said: Callable[[], list[str]]) -> None:
    log_lines.begin("text")
    logging.getLogger("postwatch").warning("channel=%s not delivered: %s", "mail", HOSTILE)
    logging.getLogger("apscheduler.scheduler").warning("skipped")  # said by the daemon, once
    (line,) = said()
    assert line.isprintable()
    assert "not delivered: 421 busy 2026-01-01T00:00:00Z INFO" in line


def test_a_trace_keeps_its_lines(said: Callable[[], list[str]]) -> None:
    log_lines.begin("text")
    try:
        raise KeyError(HOSTILE)
    except KeyError:
        logging.getLogger("postwatch").exception("ours")
    first, *rest = said()
    assert first.endswith("ERROR postwatch ours")
    assert rest[0] == "Traceback (most recent call last):"


def test_every_line_is_an_object(said: Callable[[], list[str]]) -> None:
    log_lines.begin("json")
    logging.getLogger("postwatch").warning("%s", HOSTILE)
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        logging.captureWarnings(True)
        warnings.warn("of a library", stacklevel=1)
    thread = threading.Thread(target=lambda: [][0], name="a thread")
    thread.start()
    thread.join()

    class Cyclic:
        def __del__(self) -> None:
            raise RuntimeError("nobody hears")

    Cyclic()
    gc.collect()
    try:
        raise ValueError("at the end")
    except ValueError as e:
        sys.excepthook(ValueError, e, e.__traceback__)
    lines = [json.loads(line) for line in said()]
    assert lines[0]["message"] == HOSTILE
    assert "of a library" in lines[1]["message"]
    assert [x["message"] for x in lines[2:]] == [
        "IndexError: list index out of range",
        "RuntimeError: nobody hears",
        "ValueError: at the end",
    ]
    assert all("Traceback" in x["exception"] for x in lines[2:])
