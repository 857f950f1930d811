"""Do passes still come? A table of what the daemon says of itself and of what it left behind."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Connection

from monitor.model import Reason, SiteView
from monitor.run.check import PassResult
from monitor.run.heartbeat import Heartbeat
from monitor.run.pulse import SILENT, Pulse, pulse
from monitor.run.site_check import SiteOutcome
from monitor.run.standstill import LATE
from monitor.store import Store, meta, sites
from monitor.units import rfc3339
from monitor.values import replace
from tests.web.build import BASELINE, NOW, Filler, config

MINUTE = timedelta(minutes=1)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """A database without a site."""
    with Store.open(f"sqlite:///{tmp_path / 'w.db'}", create=True, clock=lambda: NOW) as opened:
        yield opened


def said(
    store: Store, tmp_path: Path, now: datetime = NOW, beat: Heartbeat | None = None, text: str = ""
) -> Pulse:
    with store.read() as conn:
        return pulse(conn, config(tmp_path, text), now, beat)


def site(store: Store, name: str, last: timedelta | None, due: timedelta | None) -> None:
    """A site that was looked at so long before NOW, and is due so long before it."""

    def save(conn: Connection) -> None:
        row = sites.site_by_name(conn, name)
        assert row is not None
        at = [None if span is None else NOW - span for span in (last, due)]
        sites.save_site(conn, replace(row, last_check_at=at[0], next_check_at=at[1]))

    Filler(store).site(name)
    store.write(save)


@pytest.mark.parametrize(
    ("each", "stopped"),
    [
        ([], False),
        ([(5, -5)], False),
        ([(29, 14)], False),
        ([(300, 25)], False),  # a day's interval, due lately
        ([(45, 31)], True),
        ([(45, 31), (1, -9)], False),  # one hangs, the other is looked at
        ([(120, 105), (120, -1320)], True),  # the other is not due for long
        ([(1440, -5)], False),
        ([(None, None)], True),  # watched since long ago, never looked at
        ([(None, None), (3, -2)], False),
    ],
)
def test_what_other_processes_left(
    store: Store, tmp_path: Path, each: list[tuple[int | None, int | None]], stopped: bool
) -> None:
    for n, (last, due) in enumerate(each):
        spans = [None if m is None else m * MINUTE for m in (last, due)]
        site(store, f"site{n}", spans[0], spans[1])
    found = said(store, tmp_path)
    assert bool(found.stopped) is stopped
    assert found.sites == len(each)
    if stopped:
        assert found.stopped.startswith("passes have stopped: no site was looked at ")


def test_a_daemon_elsewhere_that_is_at_it_counts(store: Store, tmp_path: Path) -> None:
    site(store, "slow", 600 * MINUTE, 590 * MINUTE)
    assert said(store, tmp_path).stopped
    store.write(lambda conn: meta.put(conn, "looked_at", rfc3339(NOW - MINUTE)))
    assert said(store, tmp_path).stopped == ""
    assert said(store, tmp_path).last_pass_at == NOW - MINUTE


def test_a_site_that_is_paused_or_gone_from_the_config_is_not_due(
    store: Store, tmp_path: Path
) -> None:
    site(store, "slow", 600 * MINUTE, 590 * MINUTE)
    text = '[[site]]\nname = "slow"\nurl = "https://slow.example/news/"\npaused = true\n'
    assert said(store, tmp_path, text=text) == Pulse(0, None, None, None, "")
    store.write(lambda conn: sites.sync_sites(conn, [], BASELINE))
    assert said(store, tmp_path).stopped == ""


@pytest.mark.parametrize(
    ("beat", "after", "stopped"),
    [
        (Heartbeat(began=NOW), SILENT, ""),
        (Heartbeat(began=NOW), SILENT + MINUTE, "none has ended since 2026-11-23 09:30:00 UTC"),
        (Heartbeat(began=NOW, last_pass_at=NOW + 9 * MINUTE), 10 * MINUTE, ""),
        (Heartbeat(began=NOW, last_pass_at=NOW), 6 * MINUTE, "none has ended since"),
        (Heartbeat(began=NOW, resting_until=NOW + 5 * MINUTE), MINUTE, "no room on the disk"),
        (Heartbeat(last_pass_at=NOW + LATE, failing_since=NOW), LATE, ""),
        (Heartbeat(last_pass_at=NOW + LATE, failing_since=NOW), LATE + MINUTE, "all fail since"),
        (Heartbeat(began=NOW, last_pass_at=NOW, resting_until=NOW - MINUTE), MINUTE, ""),
    ],
)
def test_a_heartbeat(
    store: Store, tmp_path: Path, beat: Heartbeat, after: timedelta, stopped: str
) -> None:
    site(store, "slow", 2 * LATE, 2 * LATE)  # what is left behind says nothing here
    found = said(store, tmp_path, NOW + after, beat)
    assert stopped in found.stopped and bool(stopped) is bool(found.stopped)


def test_passes_fail_until_one_sees_a_site() -> None:
    beat = Heartbeat(began=NOW)
    seen = SiteOutcome("tulip", (), 1, 1, 1, 0, SiteView(), baseline=False)
    nothing_due = PassResult(NOW)
    for minute, result, since in (
        (0, nothing_due, None),
        (1, PassResult(NOW, failed=["tulip: OSError"]), 1),
        (2, nothing_due, 1),
        (6, PassResult(NOW, failed=["tulip: OSError"]), 1),
        (11, PassResult(NOW, outcomes=[seen], failed=["roses: OSError"]), None),
        (12, PassResult(NOW, failed=["roses: OSError"]), 12),
        (13, PassResult(NOW, outcomes=[seen]), None),
    ):
        beat.ended(result, NOW + minute * MINUTE)
        assert beat.failing_since == (None if since is None else NOW + since * MINUTE), minute
    assert (beat.passes, beat.last_pass_at) == (7, NOW + 13 * MINUTE)


@pytest.mark.parametrize(
    ("reason", "stopped"),
    [
        (Reason.NETWORK, False),  # passes come, and see nothing
        (Reason.STOPPED, False),
        (Reason.OVERDUE, True),
        (Reason.DISK, True),
    ],
)
def test_a_watch_that_stands_still(
    store: Store, tmp_path: Path, reason: Reason, stopped: bool
) -> None:
    def write(conn: Connection) -> None:
        meta.put(conn, "blind_since", rfc3339(NOW - MINUTE))
        meta.put(conn, "blind_reason", reason.value)

    site(store, "tulip", MINUTE, -MINUTE)
    store.write(write)
    for beat in (None, Heartbeat(began=NOW)):
        found = said(store, tmp_path, beat=beat)
        assert found.blind is reason and bool(found.stopped) is stopped
