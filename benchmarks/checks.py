"""What does a check cost? postwatch as it is run, beside the floor (floor.py) and urlwatch where it is installed.

All look at the same made-up blogs (corpus.py) in the same run and take turns within each round, so that a busy
machine is busy for all of them. Each is measured from outside, with all its processes.
"""

from __future__ import annotations

import json
import re
import shutil
import sys
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Protocol

from benchmarks.charts import Chart
from benchmarks.corpus_server import Serving
from benchmarks.processes import Ran, size
from benchmarks.processes import measured as run
from benchmarks.report import Cell, Section, ratio

ROUNDS = 3
#: Blogs, and posts of each: in full, and for a trial.
FULL, QUICK = (40, 25), (10, 3)
#: Blogs and posts where each answer takes its time, and how long.
FAR, LATENCY = (40, 5), 0.1
#: How the blogs answer, in the order it is measured; what stands behind is what `Serving.be` takes.
MODES: dict[str, dict[str, object]] = {
    "same bytes": {"validators": False, "noise": False},
    "10 % edited": {"validators": False, "noise": False},
    "noisy": {"validators": False, "noise": True},
    "304": {"validators": True, "noise": False},
}
#: The modes that what was before them leaves something behind for: a pass that is not counted comes first.
SETTLES = ("noisy", "304")
CONFIG = """[database]
url = "sqlite:///data/postwatch.db"
[fetch]
per_host_concurrency = 8
per_host_delay = "0s"
allow_private_networks = true
[edits]
confirm_after = "0s"
[channels.hook]
type = "webhook"
url = "http://127.0.0.1:{port}/"
secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
allow_private = true
max_per_hour = 0
"""
URLWATCH = """display: {error: true, new: true, unchanged: false}
report:
  stdout: {enabled: true, color: false}
  text: {details: true, footer: true, line_length: 0}
"""


class Contestant(Protocol):
    """Something that looks at pages. Its folder holds all it keeps."""

    name: str
    folder: Path

    def line(self) -> list[str]:
        """The command of one pass."""

    def told(self, ran: Ran) -> set[str]:
        """The addresses of which it said in that pass that they were edited."""


class Postwatch:
    """The real command."""

    name = "postwatch"

    def __init__(self, folder: Path, urls: Sequence[str], port: int) -> None:
        self.folder = folder
        (folder / "data").mkdir(parents=True)
        sites: dict[str, list[str]] = defaultdict(list)
        for url in urls:
            sites[url.split("/")[2]].append(url)
        text = CONFIG.format(port=port)
        for n, (host, posts) in enumerate(sites.items()):
            text += f'[[site]]\nname = "yard-{n}"\nurl = "http://{host}/"\nposts = {json.dumps(posts)}\n'
        (folder / "postwatch.toml").write_text(text)
        (folder / "postwatch.toml").chmod(0o600)

    def line(self) -> list[str]:
        config = str(self.folder / "postwatch.toml")
        return [sys.executable, "-m", "monitor", "--config", config, "check", "--all", "--json"]

    def told(self, ran: Ran) -> set[str]:
        events = [json.loads(line) for line in ran.out.splitlines()]
        return {e["url"] for e in events if e["kind"] not in ("published", "delisted", "relisted")}


class Floor:
    """A bare GET of each page with httpx."""

    name = "floor"

    def __init__(self, folder: Path, urls: Sequence[str], port: int) -> None:
        self.folder = folder
        (folder / "data").mkdir(parents=True)
        (folder / "urls").write_text("\n".join(urls))

    def line(self) -> list[str]:
        database, urls = str(self.folder / "data" / "seen.db"), str(self.folder / "urls")
        return [sys.executable, "-m", "benchmarks.floor", database, urls]

    def told(self, ran: Ran) -> set[str]:
        return {f"{n}" for n in range(int(ran.out))}  # it counts the bytes that differ, no more


class Urlwatch:
    """https://urlwatch.readthedocs.io, where it is on PATH."""

    name = "urlwatch"

    def __init__(self, folder: Path, urls: Sequence[str], port: int) -> None:
        self.folder = folder
        (folder / "data").mkdir(parents=True)
        (folder / "urls.yaml").write_text("\n---\n".join(f'url: "{u}"' for u in urls) + "\n")
        (folder / "config.yaml").write_text(URLWATCH)
        (folder / "hooks.py").write_text("")

    def line(self) -> list[str]:
        named = {"urls": "urls.yaml", "config": "config.yaml", "hooks": "hooks.py"}
        options = [x for k, v in named.items() for x in (f"--{k}", str(self.folder / v))]
        return ["urlwatch", *options, "--cache", str(self.folder / "data" / "cache.db")]

    def told(self, ran: Ran) -> set[str]:
        return set(re.findall(r"(?m)^CHANGED[^:]*: (?:.*\()?(http://[^\s)]+)\)?$", ran.out))


@dataclass(slots=True)
class Passes:
    """What one contestant's passes in one mode came to."""

    ran: list[Ran] = field(default_factory=list)
    false: int = 0  #: told of what was not edited
    found: int = 0
    edited: int = 0
    bytes: int = 0  #: by which its store grew

    def middle(self, part: str) -> float:
        """The median of a figure."""
        return float(median(getattr(r, part) for r in self.ran))


#: mode -> contestant -> what its passes came to
Results = dict[str, dict[str, Passes]]


def contestants() -> list[type[Postwatch] | type[Floor] | type[Urlwatch]]:
    """Who takes part on this machine."""
    return [Postwatch, Floor, *([Urlwatch] if shutil.which("urlwatch") else [])]


def one_pass(who: Contestant) -> Ran:
    """One pass; SystemExit where it fails."""
    ran = run(who.line(), who.folder)
    if ran.code not in (0, 1) or "Traceback" in ran.err:
        raise SystemExit(f"{who.name}: exit {ran.code}: {ran.err[-2000:]}")
    return ran


def played(quick: bool, folder: Path, note: Callable[[str], None]) -> tuple[Results, int]:
    """All modes; and how many posts there are."""
    sites, posts = QUICK if quick else FULL
    results: Results = {mode: defaultdict(Passes) for mode in ("first pass", *MODES)}
    with Serving(sites, posts) as serving:
        corpus = serving.corpus
        everybody = [kind(folder / kind.name, corpus.urls, corpus.port) for kind in contestants()]
        for who in everybody:
            note(f"first pass over {len(corpus.urls):,} posts: {who.name}")
            results["first pass"][who.name].ran.append(one_pass(who))
        generation = 0
        for mode, state in MODES.items():
            serving.be(**state)
            if mode in SETTLES:
                for who in everybody:
                    one_pass(who)
            began = {who.name: size(who.folder / "data") for who in everybody}
            for turn in range(1 if quick else ROUNDS):
                note(f"{mode}, round {turn + 1}")
                edited: set[str] = set()
                if mode == "10 % edited":
                    generation += 1
                    serving.be(generation=generation)
                    edited = {
                        corpus.origin(s) + corpus.path(n)
                        for s in range(sites)
                        for n in range(posts)
                        if corpus.is_edited(s, n, generation, 0.1)
                    }
                for who in everybody:
                    into = results[mode][who.name]
                    into.ran.append(ran := one_pass(who))
                    told = who.told(ran)
                    if who.name == Floor.name:
                        into.found += min(len(told), len(edited))
                        into.false += max(0, len(told) - len(edited))
                    else:
                        into.found += len(told & edited)
                        into.false += len(told - edited)
                    into.edited += len(edited)
            for who in everybody:
                results[mode][who.name].bytes = size(who.folder / "data") - began[who.name]
    return results, len(corpus.urls)


def table(results: Results, posts: int) -> Section:
    """What was found, as a table. CPU beside the floor's: how many times it."""
    rows: list[tuple[Cell, ...]] = []
    for mode, by_name in results.items():
        floor = by_name[Floor.name]
        for name, p in by_name.items():
            times = ratio([r.cpu for r in floor.ran], [r.cpu for r in p.ran])
            looks = len(p.ran) * posts
            rows.append(
                (
                    mode,
                    name,
                    posts / p.middle("wall"),
                    p.middle("cpu") / posts * 1000,
                    None if name == Floor.name else times,
                    p.middle("peak"),
                    None if mode == "first pass" else p.false / looks * 1000,
                    f"{p.found} of {p.edited}" if p.edited else None,
                    p.bytes / p.found if p.edited and name != Floor.name else None,
                )
            )
    names = tuple(next(iter(results.values())))
    groups = tuple(
        (mode, tuple(by_name[n].middle("cpu") / posts * 1000 for n in names))
        for mode, by_name in results.items()
        if mode != "first pass"
    )
    head = ("mode", "who", "checks a second", "CPU ms a check", "CPU, times the floor")
    told = ("peak MiB", "false alarms in 1,000", "edits told", "bytes a version")
    return Section(
        "Checks",
        f"{posts:,} posts, pages of 64 kB with an article of 10 kB, on loopback; whole processes, start-up"
        " in it; the first pass once, else the median of three rounds in turns. The floor is a GET of the same pages"
        " with httpx, a hash and a row: it reads no article, so every counter is an edit to it. postwatch also asks"
        " for robots.txt, feed, listing and home of each blog, and looks twice at what it calls edited.",
        head + told,
        tuple(rows),
        (Chart("checks", "What a check costs", "CPU ms a check", names, groups),),
    )


def far(quick: bool, folder: Path, note: Callable[[str], None]) -> Section:
    """Where each answer takes its time, what counts is how many are asked at once."""
    results: dict[str, Passes] = defaultdict(Passes)
    sites, posts = (10, 5) if quick else FAR
    with Serving(sites, posts) as serving:
        urls = serving.corpus.urls
        everybody = [
            kind(folder / "far" / kind.name, urls, serving.corpus.port) for kind in contestants()
        ]
        for who in everybody:
            one_pass(who)
        serving.be(latency=LATENCY)
        for turn in range(1 if quick else ROUNDS):
            note(f"answers after {LATENCY * 1000:.0f} ms, round {turn + 1}")
            for who in everybody:
                results[who.name].ran.append(one_pass(who))
    rows = tuple(
        (name, len(urls) / p.middle("wall"), p.middle("wall"), p.middle("cpu") / len(urls) * 1000)
        for name, p in results.items()
    )
    return Section(
        f"Answers that take {LATENCY * 1000:.0f} ms",
        f"{len(urls)} posts of {sites} blogs, the same bytes as before; median of"
        f" {len(results[Floor.name].ran)}. The floor asks 16 at once, postwatch each blog on its own.",
        ("who", "checks a second", "wall s", "CPU ms a check"),
        rows,
    )
