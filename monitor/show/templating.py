"""Where do the templates lie, and how are they rendered?

Every template is escaped whatever its name (Jinja's own default leaves .xml, .atom and .txt apart), an
unknown name is an error, and a title is always data, never template source (CVE-2024-32651).
"""

from __future__ import annotations

from collections.abc import Iterable
from contextvars import ContextVar
from datetime import datetime, timedelta, tzinfo
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template
from markupsafe import Markup, escape

from ..units import (
    rfc3339,
    shown_by,
    shown_date,
    shown_duration,
    shown_duration_long,
    shown_local,
    shown_number,
    shown_second,
    shown_size,
    shown_time,
)
from .plain import END, FIRST_STRONG, allowed, as_sentence, one_line, seen

#: Beside UTC, times on the page that is being made are also told in this zone.
ZONE: ContextVar[tzinfo | None] = ContextVar("ZONE", default=None)

_PACKAGE = Path(__file__).resolve().parent.parent


def templates() -> Path:
    """The folder of the templates: in a wheel `monitor/_data/templates`, else the repository's."""
    inside = _PACKAGE / "_data" / "templates"
    return inside if inside.is_dir() else _PACKAGE.parent / "templates"


class Document(Template):
    """A template whose document holds no code point that a page may not have, whatever its values hold."""

    def render(self, *args: Any, **values: Any) -> str:
        """The document."""
        return allowed(super().render(*args, **values))


@cache
def environment(folder: str) -> Environment:
    """The one environment of `templates/{folder}`, such as "pages" or "mail"."""
    env = Environment(
        loader=FileSystemLoader(templates() / folder),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    env.template_class = Document
    env.filters.update(
        time=_time,
        by=shown_by,
        iso=rfc3339,
        date=_date,
        line=_line,
        second=shown_second,
        local=_local,
        duration=_duration,
        duration_long=lambda span: shown_duration_long(_span(span)),
        number=shown_number,
        size=shown_size,
        joined=_joined,
        cited=_cited,
        sentence=as_sentence,
        seen=seen,
    )
    return env


def _joined(parts: Iterable[str], between: str) -> str:
    return between.join(part for part in parts if part)


def _time(at: datetime | None) -> str:
    return "" if at is None else shown_time(at)


def _local(at: datetime) -> str:
    zone = ZONE.get()
    return "" if zone is None else shown_local(at, zone)


def _date(text: str) -> str:
    return one_line(shown_date(text), 60)


def _line(text: str) -> str:
    return one_line(text, 400)


def _cited(text: str) -> Markup:
    """Our sentence with others' words in it, which stand between isolates: as `<bdi>`."""
    return Markup(str(escape(text)).replace(FIRST_STRONG, "<bdi>").replace(END, "</bdi>"))


def _span(span: timedelta | float) -> timedelta:
    return span if isinstance(span, timedelta) else timedelta(seconds=span)


def _duration(span: timedelta | float) -> str:
    return shown_duration(_span(span))
