"""Which day, and where it is told which moment, does a date on a page name?

RFC 3339 where a time with its zone is told, a bare date otherwise: a time without a zone is not
made up to one. Knows no clock; "today" and "3 days ago" are no dates.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta, timezone
from email.utils import parsedate_to_datetime

from .normal import key

_ISO = re.compile(
    r"\s*(\d{4})-(\d{1,2})-(\d{1,2})"
    r"(?:(?:T|\s+)(\d{1,2}):(\d{2})(?::(\d{2})(?:[.,]\d+)?)?\s*(Z|UTC|GMT|[+-]\d{2}:?\d{2}|[+-]\d{2})?)?.*",
    re.IGNORECASE | re.DOTALL,
)
_COMPACT = re.compile(r"(\d{4})(\d{2})(\d{2})(?:T?(\d{2})(\d{2})(\d{2})?(Z)?)?$")
_CJK = re.compile(r"(\d{4})\s?[年년/.]\s?(\d{1,2})\s?[月월/.]\s?(\d{1,2})\s?[日일]?")
_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "jan january januar januari janvier enero janeiro gennaio ene",
            "feb february februar februari février febrero fevereiro febbraio févr",
            "mar march märz maart mars marzo março mär",
            "apr april avril abril aprile avr abr",
            "may mai mei mayo maio maggio",
            "jun june juni juin junio junho giugno",
            "jul july juli juillet julio julho luglio juil",
            "aug august augustus août agosto ago",
            "sep sept september septembre septiembre setembro settembre",
            "oct october oktober octobre octubre outubro ottobre okt",
            "nov november novembre noviembre novembro",
            "dec december dezember décembre diciembre dezembro dicembre dez déc",
        ),
        1,
    )
    for name in names.split()
}
_NAME = "|".join(sorted(_MONTHS, key=len, reverse=True))
_MONTH_FIRST = re.compile(rf"(?i)\b({_NAME})\.?\s+(\d{{1,2}})(?:st|nd|rd|th)?,?\s+(\d{{4}})\b")
_DAY_FIRST = re.compile(
    rf"(?i)\b(\d{{1,2}})(?:st|nd|rd|th|er|º|\.)?\s+(?:de\s+)?({_NAME})\.?,?\s+(?:de\s+|del\s+)?(\d{{4}})\b"
)
_DOTTED = re.compile(r"\b(\d{1,2})\.(\d{1,2})\.(\d{4})\b")

#: "Updated on": what stands before a date that tells when a text was last changed.
_UPDATED = re.compile(
    r"(?i)\b(?:last\s+)?(?:updated|modified|revised|edited)(?:\s+on|\s+at)?\b|"
    r"\b(?:zuletzt\s+)?(?:aktualisiert|geändert|bearbeitet|überarbeitet)(?:\s+am)?\b|\bletzte\s+(?:änderung|aktualisierung)\b|"
    r"\b(?:mis\s+à\s+jour|modifié|actualisé)(?:\s+le)?\b|\bdernière\s+(?:mise\s+à\s+jour|modification)\b|"
    r"\b(?:última\s+)?(?:actualización|actualizado|modificado|modificación)(?:\s+el)?\b|"
    r"\b(?:última\s+)?(?:atualização|atualizado|modificado)(?:\s+em)?\b|"
    r"\b(?:ultimo\s+)?(?:aggiornamento|aggiornato|modificato|ultima\s+modifica)(?:\s+il)?\b|"
    r"\b(?:laatst\s+)?(?:bijgewerkt|gewijzigd|aangepast)(?:\s+op)?\b|"
    r"最終更新日?|更新日時?|更新于|更新時間|更新时间|最后更新|수정일?|업데이트|обновлено|изменено"
)


def is_month(word: str) -> bool:
    """Whether a word, in lower case, is the name of a month."""
    return word in _MONTHS


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


def day_in(text: str) -> str:
    """The first date written out in a text, as `YYYY-MM-DD`; "" for none or an impossible one."""
    text = key(text)
    if found := re.search(r"\b(\d{4})-(\d{1,2})-(\d{1,2})\b", text) or _CJK.search(text):
        return _day(found[1], found[2], found[3])
    if found := _MONTH_FIRST.search(text):
        return _day(found[3], str(_MONTHS[found[1].lower()]), found[2])
    if found := _DAY_FIRST.search(text):
        return _day(found[3], str(_MONTHS[found[2].lower()]), found[1])
    if found := _DOTTED.search(text):
        return _day(found[3], found[2], found[1])
    return ""


def updated_in(text: str) -> str:
    """The date behind "updated on" in a short line, "" where the line tells no such thing."""
    if len(text) > 160:
        return ""
    found = _UPDATED.search(text)
    return day_in(text[found.end() :][:60]) if found else ""


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
