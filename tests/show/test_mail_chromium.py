"""Mails in a real browser: no sideways scroll on a telephone, and ink that can be read in light and in dark."""

from __future__ import annotations

import html
import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from monitor.model import Kind, Reason
from monitor.show.mail import compose
from monitor.show.several import compose_several
from monitor.values import replace

from .mails import TO, every
from .telling import event, story

CHROMIUM = shutil.which("chromium")
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="chromium is not installed")

LONG = "https://gadget.example/" + "a-rather-long-part/" * 9 + "x" * 300
#: What a frame tells of its mail: how wide it is, and of each text its ink and what it stands on.
ASKED = """
onload = () => {
  const out = [];
  const solid = e => {
    for (; e; e = e.parentElement) {
      const c = getComputedStyle(e).backgroundColor;
      if (c !== "rgba(0, 0, 0, 0)") return c;
    }
  };
  for (const f of document.querySelectorAll("iframe")) {
    const d = f.contentDocument, inks = new Set();
    for (const e of d.body.querySelectorAll("*")) {
      if ([...e.childNodes].some(n => n.nodeType === 3 && n.data.trim()) && e.checkVisibility())
        inks.add(getComputedStyle(e).color + " on " + solid(e));
    }
    out.push({name: f.title, over: d.documentElement.scrollWidth - f.clientWidth, inks: [...inks]});
  }
  document.querySelector("pre").textContent = JSON.stringify(out);
}"""


def mails() -> Iterator[tuple[str, str]]:
    """One mail of each sort as it usually is, some with what is too long, and the attached files."""
    for base in ("https://watch.desk.example", ""):
        seen: set[str] = set()
        for name, told in every(base):
            kind = name.partition(" ")[0]  # reasons share a layout
            if kind in seen:
                continue
            seen |= {kind} & {k.value for k in Kind}
            yield name, told.html
            yield from ((f"{name}: {file}", c.decode()) for file, _, c in told.attachments)
    for title in ("x" * 300, "التزامنا بأبحاث السلامة " * 9, "安全研究への公開の約束について" * 9):
        some = [
            replace(event(k, r), title=title, url=LONG, moved_to=LONG, evidence=(LONG,))
            for k, r in ((Kind.REMOVED, Reason.GONE), (Kind.EDITED, None), (Kind.MOVED, None))
        ]
        for one in some:
            told = compose(replace(story(one.kind), event=one), TO)
            yield f"long {one.kind}", told.html
        told = compose_several(some, TO, post_counts={})
        yield "long several", told.html
        yield "long several, attached", told.attachments[0][2].decode()


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_narrow_and_legible(tmp_path: Path, dark: bool) -> None:
    frames = "".join(
        f'<iframe title="{html.escape(name)}" width="360" srcdoc="{html.escape(page)}"></iframe>'
        for name, page in mails()
    )
    (tmp_path / "mails.html").write_text(
        f'<!doctype html><meta name="color-scheme" content="light dark">{frames}<pre></pre>'
        f"<script>{ASKED}</script>",
        encoding="utf-8",
    )
    done = subprocess.run(
        [
            str(CHROMIUM),
            *"--headless --no-sandbox --disable-gpu --no-first-run --disable-sync".split(),
            *"--disable-background-networking --disable-component-update".split(),
            f"--user-data-dir={tmp_path / 'profile'}",
            f"--blink-settings=preferredColorScheme={0 if dark else 1}",
            "--virtual-time-budget=10000",
            "--dump-dom",
            (tmp_path / "mails.html").as_uri(),
        ],
        capture_output=True,
        text=True,
        timeout=90,
    )
    found = re.search(r"<pre>(.+?)</pre>", done.stdout, re.DOTALL)
    assert found, done.stderr
    seen = json.loads(html.unescape(found[1]))
    assert len(seen) > 2 * len(Kind)
    assert [x["name"] for x in seen if x["over"] > 0] == []
    for inks in (x["inks"] for x in seen):
        assert inks
        for pair in inks:
            ink, ground = (luminance(c) for c in pair.split(" on "))
            # WCAG 2.2, 1.4.3
            assert (max(ink, ground) + 0.05) / (min(ink, ground) + 0.05) >= 4.5, pair
    card = "rgb(27, 30, 33)" if dark else "rgb(255, 255, 255)"
    assert all(any(pair.endswith(card) for pair in x["inks"]) for x in seen)


def luminance(colour: str) -> float:
    """Relative luminance of `rgb(r, g, b)` (WCAG 2.2)."""
    parts = [int(n) / 255 for n in re.findall(r"\d+", colour)[:3]]
    r, g, b = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts)
    return 0.2126 * r + 0.7152 * g + 0.0722 * b
