"""By which selector may an element be named, so that it is the same part of the page tomorrow?

A name made by a build is another one after the next; a name that says how something looks (`mt-4`), or
that it is text (`entry-content`), may be on anything. What is left says what a part is for.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from .blocks import Element
from .places import stable, words_of

#: Words that say where a text stands, or that it is one: never enough for a name.
_TEXT = frozenset(
    "content contents body text texts entry entries post posts article articles story stories main page pages "
    "blog single site wrapper wrap container inner outer content-area prose copy rich wysiwyg markdown html "
    "paragraph paragraphs para section sections column columns col row grid graf element component module "
    "widget item items list group box area region layout template view default node field block blocks inline "
    "wp is has hs gh elementor kg dropcap drop cap intro lead lede dek deck standfirst summary excerpt abstract "
    "caption quote pullquote blockquote figure image img picture media video first last odd even highlight "
    "heading headings hero header".split()
)
#: Words that say how something looks.
_LOOKS = frozenset(
    "flex hidden visible relative absolute static sticky fixed table cell min max auto full half screen font "
    "bold semibold medium light normal italic underline uppercase lowercase capitalize leading tracking align "
    "left right center justify start end between around self gap space order grow shrink basis bg background "
    "color colour white black gray grey red blue green primary secondary rounded border shadow opacity overflow "
    "truncate break words nowrap float clear clearfix active open show dark theme large small big regular size "
    "style styles css class indent margin padding width height fade in up down animate animated lazy loaded js "
    "no with and the of to".split()
)
#: Words of parts that are the news itself: the headline, and what says that the text was changed.
_OURS = frozenset(
    "headline title titles subtitle subheading note notes correction corrections corrected update updates updated "
    "amendment amended editor editors editorial erratum errata clarification retraction retracted withdrawn "
    "archived notice notices announcement alert alerts warning disclaimer".split()
)
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_-]{2,59}")
#: The part of a class name before the hash that a build put behind it: `Counter_views__`.
_BUILT = re.compile(r"([A-Za-z][A-Za-z]+(?:[_-]+[A-Za-z]+)*(?:__|--|_))[A-Za-z0-9-]{4,12}")
#: Tags that hold no running text of their own: in a named parent they may be meant by their tag alone.
_BOXES = frozenset("div aside section footer small time form ins".split())
_SPANS = frozenset("span b strong em i small time mark sup sub var data output".split())
#: Never named, whatever they are called.
_WHOLE = frozenset("html body main article head".split())
_ROLES = frozenset("complementary status timer log marquee contentinfo navigation".split())
_DATA = re.compile(r"data-[a-z]{3,20}(?:-[a-z]{2,20}){0,3}")
#: Attributes in which frameworks keep their own numbers, and those that stand on anything.
_MACHINE = re.compile(
    r"data-(?:v|react|astro|svelte|ng|ssr|hydrat|key|id|index|n-|server|emotion|styled|turbo|turbolinks|wp|elementor"
    r"|aos|nosnippet|lang|src|href|url|time|date|text|content|value)(?:-|$|[a-z]*id$)"
)
_SAYS = re.compile(r"[^\W\d_](?:[^\W\d_]|[ ,.&-]){2,58}")
_TOKEN = re.compile(r"[A-Za-z][A-Za-z_-]{2,40}")


def selectors_for(element: Element) -> tuple[str, ...]:
    """Selectors that may name an element, best first; () where it has no name that lasts.

    Each is well formed and names more than a kind of text: never `body`, `main`, `article`, `p` or
    `div` alone, nor what holds the headline or notes of change.
    """
    if element.tag in _WHOLE or _is_ours(element):
        return ()
    found = dict.fromkeys(_own(element))
    if not found:
        found = dict.fromkeys(_within(element))
    return tuple(found)


def _own(element: Element) -> Iterator[str]:
    """By its own id, classes and attributes."""
    tag, get = str(element.tag), element.get
    classes = [name for name in (get("class") or "").split()[:12]]
    lasting = [name for name in classes if _lasts(name)]
    telling = [name for name in lasting if _tells(name)]
    yield from (f".{name}" for name in telling)
    if _lasts(get("id") or "") and _tells(get("id") or ""):
        yield f"#{get('id')}"
    for name in classes:
        built = _BUILT.fullmatch(name)
        if built and name not in lasting and _tells(built[1]):
            yield f'[class*="{built[1]}"]'
    yield from (f"{tag}{attribute}" for attribute in _attributes(element))
    yield from (f".{one}.{other}" for one in telling for other in lasting if one != other)
    yield from (f"{tag}.{name}" for name in telling)


def _attributes(element: Element) -> Iterator[str]:
    for name, value in element.attrib.items():
        name, value = str(name), str(value).strip()
        if name == "role" and value in _ROLES:
            yield f'[role="{value}"]'
        elif name == "aria-label" and _SAYS.fullmatch(value) and _tells(value.replace(" ", "-")):
            yield f'[aria-label="{value}"]'
        elif name == "itemprop" and value in ("interactionStatistic", "interactionCount"):
            yield f'[itemprop="{value}"]'
        elif _DATA.fullmatch(name) and not _MACHINE.match(name):
            if _TOKEN.fullmatch(value) and _lasts(value) and _tells(value):
                yield f'[{name}="{value}"]'
            elif _tells(name.removeprefix("data-")):
                yield f"[{name}]"


def _within(element: Element) -> Iterator[str]:
    """By its tag, directly in a parent that has a name; in one that is named as text only boxes are."""
    tag = str(element.tag)
    path = tag
    called = any(
        _lasts(n) for n in (*(element.get("class") or "").split(), element.get("id") or "")
    )
    for depth, parent in enumerate(element.iterancestors()):
        if depth > 1 or not isinstance(parent.tag, str) or _is_ours(parent):
            return
        named = list(_own(parent))[:2]
        if tag in _BOXES or tag in _SPANS or named:
            yield from (f"{name} > {path}" for name in named)
        if tag in _BOXES and not named and not called:
            lasting = [n for n in (parent.get("class") or "").split() if _lasts(n)]
            lasting += [parent.get("id") or ""] if _lasts(parent.get("id") or "") else []
            yield from (f"{_mark(parent, name)}{name} > {path}" for name in lasting[:2])
        path = f"{parent.tag} > {path}"


def _is_ours(element: Element) -> bool:
    """Whether an element is called the headline, or a note or notice of the publisher's."""
    names = (*(element.get("class") or "").split()[:12], element.get("id") or "")
    return any(not _OURS.isdisjoint(words_of(name)) for name in names)


def _mark(element: Element, name: str) -> str:
    return "." if name in (element.get("class") or "").split() else "#"


def _lasts(name: str) -> bool:
    """Whether a name is as its author wrote it: no hash, no number of a build or a post in it."""
    return bool(_NAME.fullmatch(name)) and _letters(stable(name)) == _letters(name)


def _letters(name: str) -> str:
    return re.sub(r"[-_]+", "", name)


def _tells(name: str) -> bool:
    """Whether a name says what a part is for."""
    words = {w for w in words_of(name) if len(w) > 2 and "-" not in w}
    return bool(words - _TEXT - _LOOKS) and _OURS.isdisjoint(words)
