"""Which day, and where it is told which moment, does a date on a page name?

RFC 3339 where a time with its zone is told, a bare date otherwise: a time without a zone is not
made up to one. Knows no clock; "today" and "3 days ago" are no dates. Names of months: dates.toml.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta, timezone
from email.utils import parsedate_to_datetime
from functools import cache, lru_cache
from importlib.resources import files

from .normal import key

_ISO = re.compile(
    r"\s*(\d{4})-(\d{1,2})-(\d{1,2})"
    r"(?:(?:T|\s+)(\d{1,2}):(\d{2})(?::(\d{2})(?:[.,]\d+)?)?\s*(Z|UTC|GMT|[+-]\d{2}:?\d{2}|[+-]\d{2})?)?.*",
    re.IGNORECASE | re.DOTALL,
)
_COMPACT = re.compile(r"(\d{4})(\d{2})(\d{2})(?:T?(\d{2})(\d{2})(\d{2})?(Z)?)?$")
_YEAR_FIRST = re.compile(
    r"(?<!\d)(\d{4})(?:-(\d{1,2})-|\s?[년年/.]\s?(\d{1,2})\s?[月월/.]\s?)(\d{1,2})(?!\d)\s?[日일]?"
)
_DOTTED = re.compile(r"(?<![\d.])(\d{1,2})\.\s?(\d{1,2})\.\s?(\d{4})(?!\d)")
_SLASHED = re.compile(r"(?<![\d/])(\d{1,2})[/-](\d{1,2})[/-](\d{4})(?![\d/])")
#: A clock time right behind a date: "at 9.30", "14:30 Uhr", "2:15 pm".
_CLOCK = re.compile(
    r"(?i)[\s,;|·–-]*(?:\w{1,3}\.?\s+|a las\s+)?(\d{1,2})[:.h時点시](?:\s?)(\d{2})(?!\d)\s*([ap])?\.?(?:m\b)?"
)
#: What may stand between a label and its date: a colon, one or two small words ("on", "am Freitag,").
_BETWEEN = 2
#: A longer line is read for no date.
LONGEST_LINE = 160
_YEAR = re.compile(r"\d{4}")
#: Words beside the two dates of a line: names, and what they are for.
_BESIDE = 8
#: Stands for any language that writes the day ahead of the month.
_DAY_AHEAD = "x"
#: Words beside a date: more than a time zone's name or "Uhr".
_WORDS = re.compile(r"[^\W\d_]{5,}|[^\W\d_]+\s+[^\W\d_]+")


@cache
def _file() -> dict[str, dict[str, list[str]]]:
    text = files("monitor.read").joinpath("dates.toml").read_text(encoding="utf-8")
    found: dict[str, dict[str, list[str]]] = tomllib.loads(text)["dates"]
    return found


@cache
def _months() -> dict[str, int]:
    """The number of each month's name in any language, in lower case."""
    return {
        name: number
        for words in _file().values()
        for number, names in enumerate(words["months"], 1)
        for name in names.split("|")
    }


def _any_of(words: Iterator[str] | list[str]) -> str:
    longest_first = sorted(set(words), key=lambda w: (-len(w), w))
    return "|".join(re.escape(w).replace(r"\ ", r"\s+") for w in longest_first)


@cache
def _named() -> tuple[re.Pattern[str], re.Pattern[str]]:
    """Dates with the name of a month: with the month first, with the day first."""
    name = _any_of(list(_months()))
    return (
        re.compile(rf"(?i)\b({name})\.?\s+(\d{{1,2}})(?:st|nd|rd|th)?,?\s+(\d{{4}})\b"),
        re.compile(
            rf"(?i)\b(\d{{1,2}})(?:st|nd|rd|th|er|º|\.)?\s+(?:de\s+|of\s+)?ב?({name})\.?,?\s+(?:de\s+|del\s+)?(\d{{4}})\b"
        ),
    )


@cache
def _updated() -> re.Pattern[str]:
    """A label of the last change."""
    labels = _any_of([label for words in _file().values() for label in words["updated"]])
    return re.compile(rf"(?i)(?<![^\W\d_])(?:{labels})(?![a-zà-ÿ])")


def is_month(word: str) -> bool:
    """Whether a word, in lower case, is the name of a month."""
    return word in _months() or word.removeprefix("ב") in _months()


def normal_date(text: str) -> str:
    """RFC 3339 with zone where the text tells a moment, `YYYY-MM-DD` where a day, "" where neither."""
    text = text.strip()[:120]
    if not text:
        return ""
    iso = _ISO.fullmatch(text) or _COMPACT.fullmatch(text)
    try:
        if iso:
            return _from_parts(iso.groups())
        if re.match(r"[A-Za-z]{3},? \d{1,2} [A-Za-z]{3} \d{4} \d", text):
            return _moment(parsedate_to_datetime(text))
    except (ValueError, OverflowError, TypeError):
        return ""
    return day_in(text)


def day_in(text: str, language: str = "") -> str:
    """The first date written out in a text, as `YYYY-MM-DD`; "" for none or an impossible one.

    Of "3/4/2026" the language tells which is the day; in English, or without one, nothing does.
    """
    return _find_day(key(text), language)[0]


def without_update(text: str) -> str:
    """A short line without what it says of the last change."""
    told, rest = _read_updated(text, _DAY_AHEAD)
    return rest if told else text


def without_day(text: str) -> str:
    """A text, in comparison form, without the first date in it and a time behind that."""
    plain = key(without_update(text))
    day, start, end = _find_day(plain, _DAY_AHEAD)
    if not day:
        return plain
    return f"{plain[:start]} | {plain[end + _clock(plain[end:])[1] :]}"


def _find_day(text: str, language: str) -> tuple[str, int, int]:
    """(the date or "", where it begins, where it ends) of the first date in a text."""
    month_first, day_first = _named()
    forms = (_YEAR_FIRST, month_first, day_first, _DOTTED, _SLASHED)
    every = [(m.start(), n, m) for n, form in enumerate(forms) if (m := form.search(text))]
    if not every:
        return "", 0, 0
    _, form, found = min(every, key=lambda x: x[:2])
    if form == 0:
        day = _day(found[1], found[2] or found[3], found[4])
    elif form == 1:
        day = _day(found[3], _number(found[1]), found[2])
    elif form == 2:
        day = _day(found[3], _number(found[2]), found[1])
    elif form == 3 or int(found[1]) > 12:
        day = _day(found[3], found[2], found[1])
    elif int(found[2]) > 12:
        day = _day(found[3], found[1], found[2])
    else:
        day = "" if language in ("", "en") else _day(found[3], found[2], found[1])
    return day, *found.span()


def _number(month: str) -> str:
    return str(_months()[" ".join(month.lower().split())])


def updated_in(text: str, language: str = "") -> str:
    """When a short line says that something was last changed: `YYYY-MM-DD`, with ` HH:MM` behind it where
    it tells the time (of an unknown zone); "" where the line tells no such thing."""
    return _read_updated(text, language)[0]


def says_update(text: str) -> bool:
    """Whether a text holds a label of the last change, with a date or without one."""
    return _updated().search(text) is not None


def is_updated_line(text: str) -> bool:
    """Whether a line says when something was last changed, and no more than that."""
    told, rest = _read_updated(text, _DAY_AHEAD)
    if not told:
        return False
    day, start, end = _find_day(rest, _DAY_AHEAD)
    if day:  # that of the publication, perhaps with who and where
        rest = rest[:start] + rest[end:]
        return len(rest.split()) <= _BESIDE and rest.rstrip()[-1:] not in ".!?"
    return not _WORDS.search(rest)


def _read_updated(text: str, language: str) -> tuple[str, str]:
    """(what `updated_in` returns, the line without it)."""
    if len(text) > LONGEST_LINE or not _YEAR.search(text):
        return "", ""
    return _read_line(text, language)


@lru_cache(64)  # several rules ask of one line
def _read_line(text: str, language: str) -> tuple[str, str]:
    plain = key(text)
    for label in _updated().finditer(plain):
        ahead = plain[: label.start()].rstrip()
        if ahead[-1:].isalpha() and not _find_day(ahead, _DAY_AHEAD)[0]:
            continue  # words of a sentence
        behind = plain[label.end() :][:60]
        day, start, end = _find_day(behind, language)
        if day and len(behind[:start].split()) <= _BETWEEN:
            clock, length = _clock(behind[end:])
            rest = plain[: label.start()] + " " + plain[label.end() + end + length :]
            return day + clock, rest
    return "", ""


def _clock(behind: str) -> tuple[str, int]:
    """(` HH:MM` or "", how much of the text it takes)."""
    found = _CLOCK.match(behind)
    if found is None:
        return "", 0
    hour, minute, half = int(found[1]), int(found[2]), (found[3] or "").lower()
    if half:
        hour = hour % 12 + (12 if half == "p" else 0)
    if hour > 23 or minute > 59:
        return "", 0
    return f" {hour:02d}:{minute:02d}", found.end()


def _from_parts(parts: tuple[str | None, ...]) -> str:
    year, month, day, hour, minute, second, zone = parts
    bare = _day(year or "", month or "", day or "")
    if not bare or hour is None or zone is None:
        return bare
    at = datetime.fromisoformat(bare).replace(
        hour=int(hour), minute=int(minute or 0), second=int(second or 0), tzinfo=_zone(zone)
    )
    return _moment(at)


def _zone(text: str) -> timezone:
    if text.upper() in ("Z", "UTC", "GMT"):
        return UTC
    digits = text[1:].replace(":", "").ljust(4, "0")
    offset = timedelta(hours=int(digits[:2]), minutes=int(digits[2:]))
    return timezone(-offset if text[0] == "-" else offset)


def _moment(at: datetime) -> str:
    if at.tzinfo is None:
        return at.date().isoformat()
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ") if 1900 < at.year < 2200 else ""


def _day(year: str, month: str, day: str) -> str:
    try:
        found = date(int(year), int(month), int(day))
    except ValueError:
        return ""
    return found.isoformat() if 1990 <= found.year < 2200 else ""
