"""What is said of a rule that would have muted a dismissed edit: the line to paste, and what it would do."""

from __future__ import annotations

import json
from datetime import datetime

from msgspec import Struct

from ..units import shown_number
from .plain import one_line

#: Events named, and characters shown of what the rule takes out elsewhere.
_NAMED, _SHOWN = 8, 120


class Offer(Struct, frozen=True):
    """A rule for `ignore` and what trying it out on what is stored came to; no selectors: `why` not."""

    event: int
    site: str = ""
    config: str = ""  #: the file the rule belongs in
    ignore: tuple[str, ...] = ()  #: what that says already
    selectors: tuple[str, ...] = ()
    why: str = ""
    tried: int = 0  #: edits told that the rule was tried on, this one among them
    since: datetime | None = None  #: when the first of them was told
    wholly: tuple[int, ...] = ()  #: events it would have muted, oldest first
    partly: tuple[int, ...] = ()  #: events it would have told less of
    posts: int = 0  #: other live posts it was tried on
    losing: tuple[tuple[int, int], ...] = ()  #: (post, words) that it takes out of those
    sample: str = ""  #: the first text it takes out of one
    cut: bool = False  #: the time was up before all that is stored was tried


def heading(offer: Offer) -> str:
    """The sentence ahead of the line to paste, or the one that says why there is none."""
    if not offer.selectors:
        return f"No rule to ignore a part of the page would have muted event {offer.event}: {offer.why}."
    return (
        "If this keeps coming, leave that part of the page out. In [[site]]"
        f' "{offer.site}" of {one_line(offer.config, 400)}:'
    )


def toml_line(offer: Offer) -> str:
    """`ignore = [".counter"]`: what stood there already comes first."""
    every = dict.fromkeys((*offer.ignore, *offer.selectors))
    return f"ignore = [{', '.join(map(_quoted, every))}]"


def _quoted(text: str) -> str:
    """A TOML string: literal where it holds quotation marks, else a basic one (JSON's escapes are
    TOML's, but for DEL)."""
    if '"' in text and "'" not in text and text.isprintable():
        return f"'{text}'"
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def outcome(offer: Offer) -> tuple[str, ...]:
    """What the rule would have done to what is stored, in sentences; () without a rule."""
    if not offer.selectors:
        return ()
    since = f" since {offer.since:%Y-%m-%d}" if offer.since else ""
    said = [
        f"It would have muted {_of(len(offer.wholly), offer.tried)} told{since}{_events(offer.wholly)}"
        + (f", and told less of {len(offer.partly)} more" if offer.partly else "")
        + (f"{_events(offer.partly)}." if offer.partly else "."),
        _elsewhere(offer),
    ]
    if offer.cut:
        said.append("There is more than could be tried in the time there was.")
    return tuple(said)


def _of(many: int, of: int) -> str:
    if of == 1:
        return "the one edit"
    return f"all {of} edits" if many == of else f"{many} of the {shown_number(of)} edits"


def _events(ids: tuple[int, ...]) -> str:
    if not ids:
        return ""
    more = ", …" if len(ids) > _NAMED else ""
    return f" (event{'' if len(ids) == 1 else 's'} {', '.join(map(str, ids[:_NAMED]))}{more})"


def _elsewhere(offer: Offer) -> str:
    """What it takes from other posts: a reader sees whether that is news."""
    if not offer.posts:
        return "There is no other post to try it on."
    others = (
        "the one other post" if offer.posts == 1 else f"{shown_number(offer.posts)} other posts"
    )
    if not offer.losing:
        return f"It takes no words from {others}."
    some = others if offer.posts == 1 else f"{shown_number(len(offer.losing))} of {others}"
    most = max(words for _, words in offer.losing)
    such = f", such as “{one_line(offer.sample, _SHOWN)}”" if offer.sample else ""
    return (
        f"It also takes words from {some}, at most"
        f" {shown_number(most)} from one{such} (post {offer.losing[0][0]})."
        " Make sure that none of it is news."
    )
