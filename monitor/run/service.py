"""What a service manager is told (sd_notify(3)): started, alive, reloading, stopping. A few lines of datagram.

Without NOTIFY_SOCKET, or where nobody listens there, nothing happens: the watch does not depend on it.
"""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Mapping


def tell(*assignments: str, env: Mapping[str, str] = os.environ) -> bool:
    """Sends `READY=1` and the like to the service manager; whether there was one to take it."""
    where = env.get("NOTIFY_SOCKET", "")
    if where[:1] not in ("/", "@") or len(where) < 2:
        return False
    address = "\0" + where[1:] if where[0] == "@" else where  # an abstract socket (unix(7))
    # A value holds no line break: it would begin another assignment.
    said = "\n".join(" ".join(a.split("\n")) for a in assignments)
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as sock:
            sock.setblocking(False)  # a manager that reads no more must not stop us
            sock.sendto(said.encode("utf-8", "replace"), address)
    except OSError:
        return False
    return True


def reloading() -> tuple[str, str]:
    """What is told when a reload begins; Type=notify-reload wants the time with it (systemd.service(5)),
    and READY=1 when it is done."""
    return "RELOADING=1", f"MONOTONIC_USEC={time.monotonic_ns() // 1000}"


def alive_every(env: Mapping[str, str] = os.environ) -> float | None:
    """How many seconds may pass between two signs of life: half of WatchdogSec, as sd_watchdog_enabled(3)
    recommends. None where none are wanted of this process."""
    wanted, pid = env.get("WATCHDOG_USEC", ""), env.get("WATCHDOG_PID", "")
    if not wanted.isdecimal() or not int(wanted) or (pid and pid != str(os.getpid())):
        return None
    return int(wanted) / 2_000_000
