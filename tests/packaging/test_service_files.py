"""The unit and the container files say what the program needs, and fetch from nowhere by name."""

from __future__ import annotations

import re
from configparser import RawConfigParser
from pathlib import Path

import pytest

from monitor.run import daemon, service

ROOT = Path(__file__).parent.parent.parent
UNIT = ROOT / "contrib" / "postwatch.service"


@pytest.fixture(scope="module")
def unit() -> RawConfigParser:
    parsed = RawConfigParser(strict=False, inline_comment_prefixes=())
    parsed.optionxform = str  # type: ignore[assignment,method-assign]
    parsed.read_string(UNIT.read_text())
    return parsed


def test_the_unit_fits_the_daemon(unit: RawConfigParser) -> None:
    service_ = unit["Service"]
    assert service_["Type"] == "notify"
    assert service_["RestartPreventExitStatus"] == "2"  # a config that cannot be used
    assert service_["UMask"] == "0077"
    assert service_["ExecReload"].endswith("-HUP $MAINPID")
    # The watchdog must be more patient than the daemon is before it falls silent.
    watchdog = 60 * int(service_["WatchdogSec"].removesuffix("min"))
    assert watchdog > daemon.SILENT
    assert service.alive_every({"WATCHDOG_USEC": str(watchdog * 10**6)}) == watchdog / 2
    assert int(service_["TimeoutStopSec"].removesuffix("s")) > 10
    for key in ("NoNewPrivileges", "ProtectHome", "PrivateTmp", "RestrictSUIDSGID"):
        assert service_[key] == "yes"
    assert service_["ProtectSystem"] == "strict"
    assert service_["User"] != "root"


def test_the_container_is_not_root_and_names_no_registry() -> None:
    lines = (ROOT / "Containerfile").read_text().splitlines()
    bases = [x.split()[1] for x in lines if x.startswith("FROM ")]
    assert set(bases) == {"${BASE}"}
    assert "ARG BASE" in lines
    (user,) = [x.split()[1] for x in lines if x.startswith("USER ")]
    assert re.fullmatch(r"[1-9]\d+:[1-9]\d+", user)
    assert any(x.startswith("VOLUME ") for x in lines)
    assert any(x.startswith("HEALTHCHECK ") for x in lines)
    compose = (ROOT / "contrib" / "compose.yaml").read_text()
    assert "read_only: true" in compose and "cap_drop: [ALL]" in compose
    assert "image:" not in compose
    for copied in (x.split()[1:-1] for x in lines if x.startswith("COPY ") and "--from" not in x):
        assert all((ROOT / name).exists() for name in copied)
