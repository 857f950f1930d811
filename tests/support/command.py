"""The real command as a child process, in a folder of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True)
class Ran:
    """What a command came to."""

    code: int
    out: str
    err: str

    @property
    def lines(self) -> list[dict[str, Any]]:
        """stdout as JSON Lines."""
        return [json.loads(line) for line in self.out.splitlines()]


def postwatch(folder: Path, *args: str, env: dict[str, str] | None = None) -> Ran:
    """`postwatch ARGS` in a folder, without a terminal; never a traceback."""
    clean = {
        k: v for k, v in os.environ.items() if k not in ("POSTWATCH_CONFIG", "XDG_CONFIG_HOME")
    }
    done = subprocess.run(
        [sys.executable, "-m", "monitor", *args],
        cwd=folder,
        env={**clean, "HOME": str(folder), "PYTHONPATH": _ROOT, **(env or {})},
        capture_output=True,
        stdin=subprocess.DEVNULL,
        timeout=120,
    )
    ran = Ran(done.returncode, done.stdout.decode(), done.stderr.decode())
    assert "Traceback" not in ran.err, ran.err
    return ran


_ROOT = str(Path(__file__).parent.parent.parent)
