"""RFC 4287 read strictly: what is wrong with a feed, written from the RFC and not from our code."""

from __future__ import annotations

import re
from datetime import datetime
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

ATOM = "{http://www.w3.org/2005/Atom}"
XHTML = "{http://www.w3.org/1999/xhtml}"
#: RFC 3339 with capital T and Z (RFC 4287 3.3).
_DATE = re.compile(r"\d{4}-[01]\d-[0-3]\dT[0-2]\d:[0-5]\d:[0-6]\d(\.\d+)?(Z|[+-]\d\d:\d\d)")
#: RFC 4151: authority, date, then pchar, "/" and "?".
_TAG = re.compile(
    r"tag:[A-Za-z0-9.-]+,\d{4}(-\d\d(-\d\d)?)?:(?:[A-Za-z0-9._~!$&'()*+,;=:@/?-]|%[0-9A-Fa-f]{2})*"
)
#: RFC 3987, in short: an absolute one of a web server; what is outside of ASCII may stand as it is.
_IRI = re.compile(
    r"https?://[^\s/?#<>\"{}|\\^`]+(?:[^\s<>\"{}|\\^`\x00-\x1f\x7f%]|%[0-9A-Fa-f]{2})*"
)
#: What our feeds use: neither xml:base nor a style, nor anything that runs.
_ATTRIBUTES = {
    "{http://www.w3.org/XML/1998/namespace}lang", "href", "rel", "type", "term", "label", "uri",
}  # fmt: skip
_HARMLESS = {"div", "p", "br"}
#: Per container: (exactly one, at most one, any number).
_FEED = (
    {"id", "title", "updated"},
    {"generator", "icon", "logo", "rights", "subtitle"},
    {"author", "category", "contributor", "link", "entry"},
)
_ENTRY = (
    {"id", "title", "updated"},
    {"content", "published", "rights", "source", "summary"},
    {"author", "category", "contributor", "link"},
)


def faults(document: bytes) -> list[str]:
    """What the RFC forbids in a feed; empty where it holds."""
    root = ElementTree.fromstring(document)
    if root.tag != f"{ATOM}feed":
        return [f"the root is {root.tag}"]
    found = _container(root, _FEED)
    names = [child.tag.removeprefix(ATOM) for child in root]
    if "entry" in names and set(names[names.index("entry") :]) != {"entry"}:
        found.append("metadata after an entry")
    links = [(x.get("rel", "alternate"), x.get("href")) for x in root.findall(f"{ATOM}link")]
    if [rel for rel, _ in links].count("self") != 1:
        found.append("not one link rel=self")
    ids = [e.findtext(f"{ATOM}id") for e in (root, *root.findall(f"{ATOM}entry"))]
    if len(ids) != len(set(ids)):
        found.append("an id stands twice")
    if not document.startswith(b'<?xml version="1.0" encoding="utf-8"?>'):
        found.append("it does not say what it is written in")
    found += [f"{x.tag} has {name}" for x in root.iter() for name in set(x.attrib) - _ATTRIBUTES]
    changed = [_moment(x.findtext(f"{ATOM}updated")) for x in root.findall(f"{ATOM}entry")]
    own = _moment(root.findtext(f"{ATOM}updated"))
    if any(at is not None and own is not None and at > own for at in changed):
        found.append("an entry is newer than the feed")
    for entry in root.findall(f"{ATOM}entry"):
        found += _container(entry, _ENTRY)
        if entry.find(f"{ATOM}author") is None and root.find(f"{ATOM}author") is None:
            found.append("nobody is the author")
        published, updated = (
            _moment(entry.findtext(f"{ATOM}{n}")) for n in ("published", "updated")
        )
        if published and updated and published > updated:
            found.append("published after updated")
        content = entry.find(f"{ATOM}content")
        rels = [x.get("rel", "alternate") for x in entry.findall(f"{ATOM}link")]
        if content is None and "alternate" not in rels:
            found.append("neither content nor an alternate link")
    return found


def _moment(text: str | None) -> datetime | None:
    """The time that a date construct names (RFC 3339 5.6); None where there is no such day or hour."""
    try:
        at = datetime.fromisoformat(text or "")
    except ValueError:
        return None
    return at if at.tzinfo else None


def _container(element: Element, allowed: tuple[set[str], set[str], set[str]]) -> list[str]:
    once, maybe, many = allowed
    names = [child.tag.removeprefix(ATOM) for child in element]
    found = [f"{n} is not there once" for n in once if names.count(n) != 1]
    found += [f"{n} stands twice" for n in maybe if names.count(n) > 1]
    found += [f"{n} may not stand here" for n in set(names) - once - maybe - many]
    seen = [(x.get("rel", "alternate"), x.get("type")) for x in element.findall(f"{ATOM}link")]
    if len([x for x in seen if x[0] == "alternate"]) != len(
        {x for x in seen if x[0] == "alternate"}
    ):
        found.append("two alternate links of one type")
    for child in element:
        found += _child(child)
    return found


def _child(child: Element) -> list[str]:
    name, text = child.tag.removeprefix(ATOM), child.text or ""
    good: object
    match name:
        case "id":
            good = _TAG.fullmatch(text) and not len(child)
        case "updated" | "published":
            good = _DATE.fullmatch(text) and _moment(text)
        case "link":
            good = _IRI.fullmatch(child.get("href", "")) and not len(child) and not text.strip()
            good = good and re.fullmatch(r"[^/]+/[^/]+", child.get("type", "a/b"))
        case "author" | "contributor":
            good = len(child.findall(f"{ATOM}name")) == 1 and child.findtext(f"{ATOM}name")
        case "category":
            good = child.get("term") and not len(child)
        case "generator":
            good = text.strip() and (
                child.get("uri") is None or _IRI.fullmatch(child.get("uri", ""))
            )
        case "title" | "summary" | "content" if child.get("type") == "xhtml":
            good = [x.tag for x in child] == [f"{XHTML}div"] and not text.strip()
            good = good and {x.tag.removeprefix(XHTML) for x in child[0].iter()} <= _HARMLESS
            good = good and not any(x.attrib for x in child[0].iter())
        case "title" | "summary":
            good = child.get("type", "text") in ("text", "html") and not len(child)
            good = good and (text.strip() or name == "summary")
        case _:
            good = True
    return [] if good else [f"{name} is not as it must be: {ElementTree.tostring(child)[:200]!r}"]
