"""Who asks, and what they may: read, see what we said among ourselves, change something.

| config | without a session | with one |
| --- | --- | --- |
| no password, on loopback | reads and changes | |
| no password, `public`, or a `base_url` elsewhere | reads | |
| password | nothing but the login page | reads and changes |
| password and `public` | reads | reads and changes |

A token (bearer.py) reads what is made for programs, as one of us, whatever the config.
"""

from __future__ import annotations

from enum import Enum, auto
from urllib.parse import urlsplit

from msgspec import Struct
from starlette.requests import Request

from ..config import WebConfig, is_loopback, split_listen


class Mode(Enum):
    """How a config lets people in."""

    OPEN = auto()  #: only this machine can ask
    READ_ONLY = auto()
    LOCKED = auto()
    PUBLIC_LOCKED = auto()


def mode(web: WebConfig) -> Mode:
    """How this config lets people in.

    A `base_url` that names another host says that something hands requests on to us from there: what
    comes from loopback then need not come from this machine.
    """
    if web.password:
        return Mode.PUBLIC_LOCKED if web.public else Mode.LOCKED
    elsewhere = web.base_url and not is_loopback(urlsplit(web.base_url).hostname or "")
    if web.public or elsewhere or not is_loopback(split_listen(web.listen)[0]):
        return Mode.READ_ONLY
    return Mode.OPEN


class Visitor(Struct, frozen=True):
    """Who asks for a page. Without a word: somebody who may read what is public."""

    ours: bool = False  #: is shown what we said of events among ourselves
    changes: bool = False  #: is shown the controls
    may_log_in: bool = False
    logged_in: bool = False
    token: str = ""  #: what their forms carry; "" where no form of theirs is taken
    cookie: str = ""  #: the Set-Cookie that their answer needs


NOBODY = Visitor()


def visitor(request: Request) -> Visitor:
    """Who asks, as the door found out; NOBODY where it was not asked."""
    found = request.scope.get("state", {}).get("visitor", NOBODY)
    assert isinstance(found, Visitor)
    return found
