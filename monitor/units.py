"""Durations, sizes and times: how they are written and how they are shown. Knows no clock."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta, tzinfo

_MICROSECOND = timedelta(microseconds=1)
_DURATION = re.compile(r"(\d+(?:\.\d+)?)(ms|s|m|h|d|w|y)")
_SECONDS = {
    "ms": 0.001,
    "s": 1.0,
    "m": 60.0,
    "h": 3600.0,
    "d": 86400.0,
    "w": 604800.0,
    "y": 31536000.0,  # 365 days: retention is the only user, a leap day does not matter there
}
_SIZE = re.compile(r"(\d+(?:\.\d+)?)\s*(B|kB|KB|MB|GB|TB|KiB|MiB|GiB|TiB)?")
_BYTES = {
    "B": 1,
    "kB": 10**3,
    "KB": 10**3,
    "MB": 10**6,
    "GB": 10**9,
    "TB": 10**12,
    "KiB": 2**10,
    "MiB": 2**20,
    "GiB": 2**30,
    "TiB": 2**40,
}


def parse_duration(text: str) -> timedelta:
    """The duration that "30s", "15m", "24h", "7d" or "1h30m" says; ValueError says what is wanted."""
    compact = text.replace(" ", "")
    parts = _DURATION.findall(compact)
    if not parts or "".join(n + u for n, u in parts) != compact:
        raise ValueError(f'expected a duration such as "30s", "15m", "24h" or "7d", not "{text}"')
    try:
        return timedelta(seconds=sum(float(n) * _SECONDS[u] for n, u in parts))
    except OverflowError:
        raise ValueError(f'the duration "{text}" is too long') from None


def parse_size(text: str) -> int:
    """The number of bytes that "10MiB" or "2GB" says; ValueError says what is wanted."""
    m = _SIZE.fullmatch(text.strip())
    if not m:
        raise ValueError(f'expected a size such as "10MiB" or "2GiB", not "{text}"')
    return int(float(m.group(1)) * _BYTES[m.group(2) or "B"])


def rfc3339(at: datetime) -> str:
    """An aware time as RFC 3339 in UTC, to the second: 2026-11-24T06:28:11Z."""
    return f"{at.astimezone(UTC).isoformat(timespec='seconds')[:19]}Z"


def rfc3339_or_none(at: datetime | None) -> str | None:
    """`rfc3339`, or None for None."""
    return None if at is None else rfc3339(at)


def parse_rfc3339(text: str) -> datetime:
    """The aware UTC time that an RFC 3339 text says; a bare date is its midnight in UTC."""
    at = datetime.fromisoformat(text)
    return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)


def shown_time(at: datetime) -> str:
    """`2026-11-21 21:05 UTC`, as pages, mails and the terminal show a time."""
    return f"{at.astimezone(UTC).isoformat(' ', 'minutes')[:16]} UTC"


def shown_second(at: datetime) -> str:
    """`2026-11-21 21:05:07 UTC`, where minutes are too coarse."""
    return f"{at.astimezone(UTC).isoformat(' ', 'seconds')[:19]} UTC"


def shown_by(at: datetime) -> str:
    """`shown_time` of what was so *by* `at`: an upper bound, and so rounded up to the full minute."""
    return shown_time(at + timedelta(minutes=1) - _MICROSECOND)


def shown_second_by(at: datetime) -> str:
    """`shown_second` of an upper bound, rounded up to the full second."""
    return shown_second(at + timedelta(seconds=1) - _MICROSECOND)


def shown_local(at: datetime, zone: tzinfo) -> str:
    """`22:05 CET`, `22 Nov 00:05 CET` where it is another day there: what stands beside a time in UTC;
    "" where the two are the same."""
    there = at.astimezone(zone)
    if there.utcoffset() == timedelta(0):
        return ""
    day = "" if there.date() == at.astimezone(UTC).date() else f"{there.day} {there:%b} "
    return f"{day}{there:%H:%M %Z}"


def shown_date(text: str) -> str:
    """A page's own date (bare, or RFC 3339) as `24 Jan 2018`; the text itself where it is neither."""
    try:
        day = date.fromisoformat(text[:10])
    except ValueError:
        return text
    return f"{day.day} {day.strftime('%b %Y')}"


_STEPS = (("yr", 31536000), ("mo", 2592000), ("d", 86400), ("h", 3600), ("min", 60), ("s", 1))


def shown_duration(span: timedelta) -> str:
    """`2 d 14 h`, `7 yr 1 mo`, `4 min`: the two largest units that follow one another, floored."""
    left = max(0, int(span.total_seconds()))
    for i, (unit, size) in enumerate(_STEPS):
        if left >= size:
            first, rest = divmod(left, size)
            text = f"{first} {unit}"
            if i + 1 < len(_STEPS) and unit not in ("min", "s"):
                second, below = _STEPS[i + 1]
                if rest >= below:
                    text += f" {rest // below} {second}"
            return text
    return "0 s"


def shown_duration_long(span: timedelta) -> str:
    """`2 days 14 hours`: as `shown_duration`, in words."""
    names = {"yr": "year", "mo": "month", "d": "day", "h": "hour", "min": "minute", "s": "second"}
    parts = shown_duration(span).split()
    return " ".join(
        f"{n} {names[u]}{'' if n == '1' else 's'}"
        for n, u in zip(parts[::2], parts[1::2], strict=True)
    )


def shown_size(size: int) -> str:
    """`48 kB`, `1.2 MB`, `3.4 GB`: bytes in powers of ten."""
    if size < 1000:
        return f"{size} B"
    if size < 1_000_000:
        return f"{size // 1000} kB"
    if size < 1_000_000_000:
        return f"{size / 1_000_000:.1f} MB"
    return f"{size / 1_000_000_000:.1f} GB"


def shown_number(n: int) -> str:
    """A whole number with a comma for each thousand and U+2212 as its minus."""
    return f"{n:,}".replace("-", "\N{MINUS SIGN}")
