"""Each command pays for what it uses and no more: which libraries it may load, and that it loads no others."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from importlib import import_module
from pathlib import Path

import click
import pytest

from monitor.cli.main import COMMANDS
from monitor.demo.blog import Blog
from tests.support.forking import Forking
from tests.support.inside import inside
from tests.support.prose import fresh, posts

DATABASE = {"sqlalchemy"}
HTTP = {"httpx", "h11", "protego"}
#: The parser of HTML, and what finds an article or reads a feed with it.
READERS = {"lxml", "trafilatura", "feedparser"}
PAGES = {"jinja2", "starlette", "nh3"}
MAIL = {"aiosmtplib", "email.policy"}
#: All that costs time and memory and that not every command needs.
HEAVY = (
    DATABASE
    | HTTP
    | READERS
    | PAGES
    | MAIL
    | {"alembic", "apprise", "apscheduler", "multiprocessing", "procrastinate"}
    | {
        "psycopg",
        "publicsuffixlist",
        "rich",
        "rapidfuzz",
        "sqlalchemy.dialects.postgresql",
        "tomlkit",
    }
    | {"uvicorn"}
)
LIGHT: set[str] = set()
#: What compares two articles, and draws or judges by it.
WORDS = {"rapidfuzz"}
#: What belongs to a pass that finds all as it was: no process is started that reads pages.
PASS = DATABASE | HTTP

#: command line -> what of HEAVY it may load; run one after the other over the same database. URL is a
#: post's, BUSY an address that is taken already.
ALLOWED: dict[str, set[str]] = {
    "sites": DATABASE | WORDS,
    "posts": DATABASE,
    "events": DATABASE | WORDS,
    "events --json": DATABASE | WORDS,
    "history URL": DATABASE | WORDS,
    "history URL --json": DATABASE | WORDS,
    "diff URL": DATABASE | WORDS,
    "ack 1": DATABASE | WORDS,
    "note 1 seen": DATABASE | WORDS,
    "dismiss 2": DATABASE | WORDS,
    "retract 1 --why theirs": DATABASE | WORDS | {"h11", "httpx", "jinja2"},
    "doctor": DATABASE | HTTP | WORDS | MAIL,
    "doctor --handover": DATABASE | WORDS | {"h11", "httpx"},
    "verify": DATABASE | WORDS,
    "token add desk": DATABASE,
    "token list": DATABASE,
    "token revoke desk": DATABASE,
    "notify --test": DATABASE | WORDS | MAIL | {"jinja2"},
    "check": PASS,
    "check --all": PASS,
    "add http://127.0.0.1:1/": {"h11", "httpx"},
    "run": PASS | {"apscheduler", "multiprocessing"},
    "worker": LIGHT,  # of a SQLite database it needs to know no more
    "serve --listen BUSY": DATABASE | {"h11", "multiprocessing", "starlette", "uvicorn"},
    "export site -o out": DATABASE
    | WORDS
    | {"httpx", "jinja2", "lxml", "rich", "starlette", "trafilatura"},
    "db upgrade": DATABASE | WORDS,
    "db backup kept": DATABASE | WORDS,
    "db restore kept --yes": DATABASE | WORDS,
    "db reindex": DATABASE | WORDS,
    "db move sqlite:///other.db": DATABASE | WORDS,
    "sites rename corvane other": DATABASE | WORDS | {"tomlkit"},
    "forget URL --yes": DATABASE | WORDS,
}
#: Commands that are not run here: what they do takes too long, or is all of the above.
NOT_RUN = {"demo", "init"}


def subcommands(name: str) -> list[str]:
    """The names below a group, as typed: "db backup"; the command itself where it is none."""
    module = import_module(f"monitor.cli.{COMMANDS[name][0]}")
    command = getattr(module, name)
    below = [f"{name} {sub}" for sub in getattr(command, "commands", {})]
    alone = not below or getattr(command, "invoke_without_command", False)
    assert isinstance(command, click.Command)
    return [*([name] if alone else []), *below]


EVERY = [line for name in COMMANDS for line in subcommands(name)]


def heavy(modules: frozenset[str]) -> set[str]:
    """What of HEAVY is loaded."""
    return HEAVY & modules


def test_every_command_is_in_the_table() -> None:
    told = {line for line in EVERY if any(f"{a} ".startswith(f"{line} ") for a in ALLOWED)}
    assert set(EVERY) - told == NOT_RUN


def test_help_loads_none_of_it(tmp_path: Path) -> None:
    with Forking(tmp_path) as python:
        for line in ("", "db", *EVERY):
            ran = python.run([*line.split(), "--help"], tmp_path)
            assert (ran.code, heavy(ran.modules)) == (0, LIGHT), (line, ran.said)
        ran = python.run(["--version"], tmp_path)
        assert (ran.code, heavy(ran.modules)) == (0, LIGHT)


@pytest.fixture
def watched(tmp_path: Path) -> Iterator[tuple[Path, Blog]]:
    """A folder whose blog was looked at twice, and the blog. The mail goes nowhere."""
    with Blog(posts(3)) as blog:
        (tmp_path / "postwatch.toml").write_text(
            f"""[fetch]
allow_private_networks = true
per_host_delay = "0s"
[edits]
confirm_after = "0s"
[schedule]
every = "1s"
[channels.lines]
type = "stdout"
[channels.mail]
type = "email"
smtp = "smtp://127.0.0.1:1"
from = "watch@desk.example"
to = ["desk@desk.example"]
[[site]]
name = "corvane"
url = "{blog.url}"
"""
        )
        assert inside(tmp_path, "check").code == 0
        blog.posts[0].paragraphs[1] += " It took one cable."
        blog.posts.append(fresh())
        assert "edited" in inside(tmp_path, "check", "--all", "--json").out
        yield tmp_path, blog


def ended(python: Forking, path: str) -> None:
    """Nothing in place of what the blog answers: the daemon that asked is told to stop."""
    python.end()


def test_a_command_loads_what_it_uses_and_no_more(
    watched: tuple[Path, Blog], tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder, blog = watched
    meant = {"URL": blog.origin + blog.posts[1].path, "BUSY": blog.origin.removeprefix("http://")}
    with Forking(tmp_path_factory.mktemp("forks")) as python:
        # Most of the commands open the store: it is loaded once for them all.
        assert heavy(python.preload("monitor.store")) == DATABASE
        wrong = {}
        for line, allowed in ALLOWED.items():
            blog.override = partial(ended, python) if line == "run" else lambda path: None
            ran = python.run([meant.get(w, w) for w in line.split()], folder)
            if more := heavy(ran.modules) - allowed - DATABASE:
                wrong[line] = more
            assert "Traceback" not in ran.said, (line, ran.said)
        assert not wrong


def test_making_a_config_needs_no_more_than_the_database(tmp_path: Path) -> None:
    with Forking(tmp_path) as python:
        ran = python.run(["init"], tmp_path)
        assert (ran.code, heavy(ran.modules)) == (0, DATABASE), ran.said
