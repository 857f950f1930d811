"""The wheel carries migrations and templates: built, installed outside the checkout, and run there."""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("dist")
    run([sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(out)], ROOT)
    (built,) = out.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A new environment with the wheel in it; its dependencies are those of the tests' environment."""
    venv = tmp_path_factory.mktemp("elsewhere") / "venv"
    run([sys.executable, "-m", "venv", str(venv)], venv.parent)
    run(
        [str(venv / "bin/pip"), "install", "--quiet", "--no-index", "--no-deps", str(wheel)],
        venv.parent,
    )
    (site,) = venv.glob("lib/python*/site-packages")
    (site / "dependencies.pth").write_text(sysconfig.get_path("purelib") + "\n")
    return venv


def run(command: list[str], cwd: Path) -> subprocess.CompletedProcess[str]:
    env = {k: v for k, v in os.environ.items() if k not in ("PYTHONPATH", "POSTWATCH_CONFIG")}
    done = subprocess.run(command, cwd=cwd, env=env, capture_output=True, text=True, timeout=180)
    assert done.returncode == 0, f"{command}: {done.stdout}\n{done.stderr}"
    return done


def test_the_wheel_holds_what_the_program_needs(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    for folder in ("migrations", "templates/pages", "templates/mail"):
        assert any(n.startswith(f"monitor/_data/{folder}/") for n in names), folder
    assert "monitor/_data/config.example.toml" in names
    assert "monitor/read/signs.toml" in names
    assert not any(n.startswith("tests/") for n in names)


def test_init_and_demo_run_there(installed: Path, tmp_path: Path) -> None:
    python, postwatch = installed / "bin/python", installed / "bin/postwatch"
    where = run([str(python), "-c", "import monitor; print(monitor.__file__)"], tmp_path).stdout
    assert Path(where.strip()).is_relative_to(installed)
    run([str(postwatch), "init"], tmp_path)
    assert (tmp_path / "postwatch.toml").is_file()
    assert (tmp_path / "postwatch.db").is_file()
    told = run([str(postwatch), "demo", "--once", "--no-browser"], tmp_path).stdout
    assert "6 events, 5 mails" in told
