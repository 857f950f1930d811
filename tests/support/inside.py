"""A command run within the test's own process: as `command.postwatch`, but for a new interpreter."""

from __future__ import annotations

import logging
from pathlib import Path

from click.testing import CliRunner

from monitor.cli.main import main
from tests.support.command import Ran


def inside(folder: Path, *args: str) -> Ran:
    """`postwatch ARGS` with the config of a folder, without a terminal; never a traceback."""
    root = logging.getLogger()
    kept = root.handlers[:], root.level
    code = 0
    with CliRunner().isolation() as (out, err, _):
        try:
            main(["--config", str(folder / "postwatch.toml"), *args])
        except SystemExit as e:
            code = e.code if isinstance(e.code, int) else 1
        finally:
            root.handlers[:], root.level = kept
        ran = Ran(code, out.getvalue().decode(), err.getvalue().decode())
    assert "Traceback" not in ran.err, ran.err
    return ran
