"""The values a config holds beside texts and numbers: durations, sizes, secrets, schedules."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any

from ..units import parse_duration


class Duration(timedelta):
    """A duration written "15m"."""


class Size(int):
    """A number of bytes written "10MiB"."""


class Secret:
    """A string that may hold a password: shown as ***, read by `reveal`."""

    __slots__ = ("_text",)

    def __init__(self, text: str = "") -> None:
        self._text = text

    def reveal(self) -> str:
        return self._text

    def __bool__(self) -> bool:
        return bool(self._text)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and other._text == self._text

    def __hash__(self) -> int:
        return hash(self._text)

    def __repr__(self) -> str:
        return "Secret(***)" if self._text else "Secret()"


class Every:
    """How often: an interval ("15m") or a cron expression of five fields ("*/15 * * * *")."""

    __slots__ = ("cron", "interval")

    def __init__(self, text: str) -> None:
        self.cron, self.interval = "", timedelta(0)
        if len(text.split()) == 5:
            self.cron = text
            self._check_cron(text)
            return
        try:
            self.interval = parse_duration(text)
        except ValueError:
            raise ValueError(
                f'expected a duration such as "15m" or five cron fields, not "{text}"'
            ) from None
        if self.interval < timedelta(seconds=1):
            raise ValueError(f'expected at least "1s", not "{text}"')

    @staticmethod
    def _check_cron(text: str) -> None:
        try:
            never = _cron_trigger(text, "UTC").get_next_fire_time(None, _ANY_DAY) is None
        except ValueError as e:
            raise ValueError(f'"{text}" is no cron expression: {e}') from None
        if never:
            raise ValueError(f'"{text}" never comes')

    def wait(self, now: datetime, timezone: str) -> timedelta:
        """How long after `now` the next look is due."""
        if not self.cron:
            return self.interval
        # A time that is now has come: the trigger would give it once more.
        after = now + timedelta(microseconds=1)
        at: datetime = _cron_trigger(self.cron, timezone).get_next_fire_time(None, after)
        return max(at - now, timedelta(seconds=1))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Every) and (self.cron, self.interval) == (
            other.cron,
            other.interval,
        )

    def __hash__(self) -> int:
        return hash((self.cron, self.interval))

    def __repr__(self) -> str:
        return f"Every({self.cron or self.interval})"


_ANY_DAY = datetime(2026, 1, 1, tzinfo=UTC)
_DAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat", "sun")


def _cron_trigger(text: str, timezone: str) -> Any:
    """APScheduler's trigger. It counts days of the week from Monday, crontab(5) from Sunday: numbers
    are turned into names first."""
    from apscheduler.triggers.cron import CronTrigger

    minute, hour, day, month, weekday = text.split()
    named = re.sub(r"(?<![/\d])[0-7](?!\d)", lambda m: _DAYS[int(m.group())], weekday)
    return CronTrigger(
        minute=minute, hour=hour, day=day, month=month, day_of_week=named, timezone=timezone
    )


def duration(text: str) -> Duration:
    """The Duration a text such as "15m" says."""
    return Duration(seconds=parse_duration(text).total_seconds())
