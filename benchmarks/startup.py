"""What does a command cost before it does anything? CPU and memory of whole processes, from outside."""

from __future__ import annotations

import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from statistics import median

from benchmarks.charts import Chart
from benchmarks.make_db import make
from benchmarks.processes import Ran
from benchmarks.processes import measured as run
from benchmarks.report import Section
from benchmarks.world import Size, World

ROUNDS = 5
UNTIL = datetime(2026, 11, 1, tzinfo=UTC)
PYTHON = [sys.executable, "-m", "monitor"]
CONFIG = """[database]
url = "sqlite:///empty.db"
"""


def measured(quick: bool, folder: Path, note: Callable[[str], None]) -> Section:
    """The table; makes a small database in the folder."""
    (folder / "empty.toml").write_text(CONFIG)
    config = str(make(folder, World(Size(60, 200, 1500), UNTIL)))
    run([*PYTHON, "--config", "empty.toml", "check"], folder)
    url = World(Size(60, 200, 1500), UNTIL)
    post = url.url(url.plans[0])
    lines = {
        "Python alone": [sys.executable, "-c", "pass"],
        "`--help`": [*PYTHON, "--help"],
        "`check --help`": [*PYTHON, "check", "--help"],
        "`token list`": [*PYTHON, "--config", config, "token", "list"],
        "`events --json`": [*PYTHON, "--config", config, "events", "--json"],
        "`history URL`": [*PYTHON, "--config", config, "history", post],
        "`check`, nothing watched": [*PYTHON, "--config", "empty.toml", "check"],
    }
    ran: dict[str, list[Ran]] = {name: [] for name in lines}
    for turn in range(2 if quick else ROUNDS):
        note(f"start-up, round {turn + 1}")
        for name, line in lines.items():
            ran[name].append(run(line, folder))
            assert ran[name][-1].code == 0, (name, ran[name][-1].err)
    rows = [
        (name, *(median(getattr(r, part) * by for r in all_of) or None for part, by in PARTS))
        for name, all_of in ran.items()
    ]
    groups = tuple((name.replace("`", ""), (float(cpu),)) for name, cpu, *_ in rows)
    return Section(
        "Start-up",
        f"Whole processes; median of {len(ran['`--help`'])}, in turns. The database is a small one.",
        ("command", "CPU ms", "wall ms", "peak MiB"),
        tuple(rows),
        (
            Chart(
                "startup", "What a command costs", "CPU ms of the whole process", ("CPU",), groups
            ),
        ),
    )


PARTS = (("cpu", 1000), ("wall", 1000), ("peak", 1))
