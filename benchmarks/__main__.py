"""`python -m benchmarks` measures all there is to measure and rewrites the figures in README.md (`make bench`).

With QUICK=1 in the environment it is a trial of a minute, and only prints what it would write.
"""

from __future__ import annotations

import json
import os
import platform
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from importlib.util import find_spec
from pathlib import Path

from benchmarks import checks, diffs, pages, processes, startup
from benchmarks.charts import drawn
from benchmarks.report import Section, inserted, page

HERE = Path(__file__).parent


def machine() -> str:
    """What it was measured on."""
    try:
        text = Path("/proc/cpuinfo").read_text()
        model = next(
            line.partition(":")[2].strip() for line in text.splitlines() if "model name" in line
        )
    except (OSError, StopIteration):
        model = platform.machine()
    return f"{os.cpu_count()} cores ({model}), Python {platform.python_version()}"


def main() -> None:
    """The command."""
    quick = os.environ.get("QUICK", "") not in ("", "0")
    began, busy = time.monotonic(), os.getloadavg()[0]
    with tempfile.TemporaryDirectory(prefix="postwatch-bench-") as name:
        sections = all_of(quick, Path(name), note)
    load = f"{busy:.1f} when it began and {os.getloadavg()[0]:.1f} when it ended"
    intro = (
        f"{datetime.now(UTC):%Y-%m-%d}, {machine()}, {(time.monotonic() - began) / 60:.0f} minutes. The machine's"
        f" load was {load}: quote ratios and CPU, and wall times only where it was below 1."
    )
    made = page(sections, intro)
    if quick:
        print(made)
        return
    (HERE / "charts").mkdir(exist_ok=True)
    for section in sections:
        for chart in section.charts:
            (HERE / "charts" / f"{chart.name}.svg").write_text(drawn(chart))
    readme = HERE / "README.md"
    readme.write_text(inserted(readme.read_text(), made))
    note(f"written: {readme}")


def all_of(quick: bool, folder: Path, note: Callable[[str], None]) -> list[Section]:
    """Each benchmark's findings, in the order of the page."""
    results, posts = checks.played(quick, folder / "checks", note)
    (folder / "startup").mkdir()
    return [
        checks.table(results, posts),
        checks.far(quick, folder, note),
        startup.measured(quick, folder / "startup", note),
        diffs.measured(quick, note),
        pages.measured(quick, folder / "pages", note),
        *ticks(quick, folder / "due", note),
    ]


def ticks(quick: bool, folder: Path, note: Callable[[str], None]) -> list[Section]:
    """What a tick costs (due.py, a process of its own); nothing where that is not there."""
    if find_spec("benchmarks.due") is None:
        return []
    posts = 20_000 if quick else 1_000_000
    note(f"a tick over {posts:,} posts")
    folder.mkdir()
    line = [sys.executable, "-m", "benchmarks.due", ".", "--posts", str(posts), "--json"]
    ran = processes.measured(line, folder)
    if ran.code:
        raise SystemExit(f"benchmarks.due: exit {ran.code}: {ran.err[-2000:]}")
    found = [json.loads(line) for line in ran.out.splitlines()]
    return [
        Section(
            f"A tick over {posts:,} posts",
            "Whose turn is it, and which of 1,000 sites' posts are due? 1,000 of them are. Milliseconds at the median and at"
            " the most, SQLite.",
            ("what", "ms", "most", "CPU ms", "found"),
            tuple(
                (f["what"], f["ms"], f["most"], f["cpu_ms"], json.dumps(f["found"])) for f in found
            ),
        )
    ]


def note(text: str) -> None:
    """Progress."""
    print(f"{time.strftime('%H:%M:%S')} {text}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
