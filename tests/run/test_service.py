"""What a service manager hears, over a real datagram socket: a file's and an abstract one."""

from __future__ import annotations

import os
import socket
import time
from pathlib import Path

import pytest

from monitor.run import service


@pytest.mark.parametrize("abstract", [False, True])
def test_what_is_told_arrives_as_one_datagram(tmp_path: Path, abstract: bool) -> None:
    name = f"postwatch-test-{os.getpid()}" if abstract else str(tmp_path / "notify")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as heard:
        heard.bind(f"\0{name}" if abstract else name)
        heard.settimeout(5)
        env = {"NOTIFY_SOCKET": f"@{name}" if abstract else name}
        assert service.tell("READY=1", "STATUS=a line\nSTOPPING=1", env=env)
        assert heard.recv(4096) == b"READY=1\nSTATUS=a line STOPPING=1"
        before = time.monotonic_ns() // 1000
        assert service.tell(*service.reloading(), env=env)
        word, stamp = heard.recv(4096).decode().split("\n")
        assert word == "RELOADING=1"
        assert before <= int(stamp.removeprefix("MONOTONIC_USEC=")) <= time.monotonic_ns() // 1000


@pytest.mark.parametrize(
    "where", ["", "/nowhere/at/all", "@", "relative", "vsock:2:1234", "@" + "x" * 500]
)
def test_nobody_there_is_no_trouble(where: str) -> None:
    assert not service.tell("READY=1", env={"NOTIFY_SOCKET": where})
    assert not service.tell("READY=1", env={})


def test_a_manager_that_reads_no_more_holds_up_nothing(tmp_path: Path) -> None:
    name = str(tmp_path / "full")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as deaf:
        deaf.bind(name)
        told = [service.tell("WATCHDOG=1", env={"NOTIFY_SOCKET": name}) for _ in range(5000)]
    assert told[0] and not told[-1]


@pytest.mark.parametrize(
    ("env", "seconds"),
    [
        ({}, None),
        ({"WATCHDOG_USEC": "60000000"}, 30.0),
        ({"WATCHDOG_USEC": "60000000", "WATCHDOG_PID": str(os.getpid())}, 30.0),
        ({"WATCHDOG_USEC": "60000000", "WATCHDOG_PID": "1"}, None),
        ({"WATCHDOG_USEC": "0"}, None),
        ({"WATCHDOG_USEC": "soon"}, None),
    ],
)
def test_signs_of_life_are_half_as_far_apart_as_wanted(
    env: dict[str, str], seconds: float | None
) -> None:
    assert service.alive_every(env) == seconds
