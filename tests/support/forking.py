"""A fresh interpreter that knows the program's entrance and nothing else; each command runs in a fork of it.

What a command imports shows in its fork alone, and costs no start of an interpreter.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

_ROOT = Path(__file__).parent.parent.parent

_SERVER = r"""
import json, os, sys
from importlib import import_module
from monitor.cli.main import main

def begun(args, folder, where):
    if os.fork():
        return os.wait()
    with open(where + ".pid", "w") as pid:
        pid.write(str(os.getpid()))
    os.chdir(folder)
    with open(os.devnull) as nothing:
        os.dup2(nothing.fileno(), 0)
    with open(where + ".said", "w") as said:
        os.dup2(said.fileno(), 1)
        os.dup2(said.fileno(), 2)
    code = 1
    try:
        main(args)
    except SystemExit as e:
        code = e.code
    finally:
        sys.stdout.flush()
        with open(where, "w") as answer:
            json.dump({"code": code, "loaded": sorted(sys.modules)}, answer)
        os._exit(0)

for line in sys.stdin:
    task = json.loads(line)
    if isinstance(task, str):
        import_module(task)
        print(json.dumps(sorted(sys.modules)), flush=True)
    else:
        begun(*task)
        print("done", flush=True)
"""


@dataclass(frozen=True, slots=True)
class Loaded:
    """What a command came to, and the modules it ended with."""

    code: int
    said: str
    modules: frozenset[str]


class Forking:
    """The fresh interpreter; a context manager."""

    def __init__(self, folder: Path) -> None:
        self._answer = folder / "answer"
        self._process = subprocess.Popen(
            [sys.executable, "-c", _SERVER],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=_ROOT,
            env={**os.environ, "PYTHONPATH": str(_ROOT)},
        )

    def _ask(self, task: object) -> str:
        assert self._process.stdin is not None and self._process.stdout is not None
        self._process.stdin.write(json.dumps(task) + "\n")
        self._process.stdin.flush()
        return self._process.stdout.readline()

    def preload(self, module: str) -> frozenset[str]:
        """Has every later fork begin with a module; all that is then there."""
        return frozenset(json.loads(self._ask(module)))

    def run(self, args: Sequence[str], folder: Path) -> Loaded:
        """`postwatch ARGS` in a folder."""
        self._answer.unlink(missing_ok=True)
        self._ask([list(args), str(folder), str(self._answer)])
        said = Path(f"{self._answer}.said").read_text()
        answer = json.loads(self._answer.read_text())
        return Loaded(answer["code"], said, frozenset(answer["loaded"]))

    def end(self) -> None:
        """Tells the command that is running to stop, as a service is told; from another thread."""
        os.kill(int(Path(f"{self._answer}.pid").read_text()), signal.SIGTERM)

    def __enter__(self) -> Forking:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        assert self._process.stdin is not None and self._process.stdout is not None
        self._process.stdin.close()
        self._process.wait(10)
        self._process.stdout.close()
