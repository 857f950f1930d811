"""What a process holds, is let hold, and gives back: the memory of large pages, instead of keeping it in pieces.

glibc takes what is larger than a threshold from the system, and returns it there when it is freed. It puts
that threshold up by itself, to 32 MiB once such a piece was freed, and then keeps pages of megabytes in the
heaps of a dozen threads: 130 MiB held, of which 100 were free, after a pass over some long pages. A
threshold that is set stays as it is (mallopt(3), M_MMAP_THRESHOLD).
"""

from __future__ import annotations

#: Bytes. A usual page is smaller: to ask the system for each of those would cost more than it gives.
LARGE = 256 * 1024
#: Names of malloc.h.
_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD = -1, -3


def give_back() -> bool:
    """Sets it for this process; whether the C library has such a thing to be set."""
    try:
        import ctypes  # late, and a hardened system may refuse what it asks for

        mallopt = ctypes.CDLL(None).mallopt
    except (ImportError, OSError, AttributeError, TypeError, MemoryError):
        return False
    return bool(mallopt(_M_MMAP_THRESHOLD, LARGE) and mallopt(_M_TRIM_THRESHOLD, LARGE))


def bound(memory: int, seconds: int) -> None:
    """Has the system refuse this process more bytes of memory, and end it after so many more seconds of CPU,
    where it can."""
    try:
        import resource

        resource.setrlimit(resource.RLIMIT_DATA, (memory, resource.RLIM_INFINITY))
        used = resource.getrusage(resource.RUSAGE_SELF)
        until = int(used.ru_utime + used.ru_stime) + seconds
        resource.setrlimit(resource.RLIMIT_CPU, (until, resource.RLIM_INFINITY))
    except (ImportError, OSError, ValueError):
        return


def held(pid: int | None, what: str) -> int:
    """Bytes of memory a process (None: this one) holds, as "VmRSS", or held at most, as "VmHWM"; 0 where the
    system does not say (all but Linux: there only the deadline bounds)."""
    try:
        with open(f"/proc/{pid or 'self'}/status", encoding="ascii", errors="replace") as file:
            said = next((line for line in file if line.startswith(f"{what}:")), "")
        return int(said.split()[1]) * 1024
    except (OSError, ValueError, IndexError):
        return 0
