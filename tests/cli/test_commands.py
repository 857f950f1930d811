"""Every command from outside: what it prints, its exit code, and that bad input loses nothing."""

from __future__ import annotations

import copy
import os
import shutil
import socket
import sqlite3
import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller

from monitor.demo.blog import Blog
from monitor.store.chain import canonical
from tests.support.command import Ran, postwatch
from tests.support.inside import inside
from tests.support.prose import fresh, posts

EVENT_KEYS = (
    "schema id uid kind reason site post url title published_at detected_at last_seen_at "
    "first_missing_at last_missing_at removed_event absent_for moved_to retracts why by "
    "snapshot_before snapshot_after fields words_added words_removed similarity silent phrases_lost "
    "phrases_gained batch origin vantage evidence looks salt body prev hash"
).split()
SITE_KEYS = (
    "name url status reason since watched_since baseline_complete posts removed suspected "
    "seen_within_day last_check_at next_check_at"
).split()
POST_KEYS = "id site url aliases title state listed published_at first_seen_at last_seen_at versions".split()


@pytest.fixture
def blog() -> Iterator[Blog]:
    with Blog(posts(4)) as b:
        yield b


def configure(folder: Path, blog: Blog, more: str = "") -> None:
    (folder / "postwatch.toml").write_text(
        f"""[fetch]
allow_private_networks = true
per_host_delay = "0s"
[removal]
confirmations = 2
confirm_every = "1s"
min_missing = "0s"
[edits]
confirm_after = "0s"
[[site]]
name = "corvane"
url = "{blog.url}"
{more}
"""
    )


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, Blog]]:
    """A folder whose site has a removal, an edit and a new post behind it, and that site."""
    folder = tmp_path_factory.mktemp("lived")
    with Blog(posts(4)) as told:
        configure(folder, told)
        assert inside(folder, "check").code == 0
        told.posts.append(fresh())
        told.posts[0].paragraphs[1] += " It took one cable."
        told.posts[1].status, told.posts[1].listed = 404, False
        seen = postwatch(folder, "check", "--all", "--json").lines
        seen += inside(folder, "check", "--all", "--json").lines
        assert sorted(e["kind"] for e in seen) == ["edited", "published", "removed"]
        yield folder, told


@pytest.fixture
def lived(story: tuple[Path, Blog], tmp_path: Path) -> Path:
    """A copy of that folder, for one test alone."""
    return shutil.copytree(story[0], tmp_path, dirs_exist_ok=True)


@pytest.fixture
def its_blog(story: tuple[Path, Blog]) -> Iterator[Blog]:
    """The site of `lived`; what a test changes on it is undone."""
    kept = copy.deepcopy(story[1].posts)
    yield story[1]
    story[1].posts[:] = kept


def one_line(ran: Ran, code: int) -> str:
    assert ran.code == code, ran
    assert ran.err.startswith("postwatch: ")
    assert ran.err.count("\n") == 1, ran.err
    assert ran.out == ""
    return ran.err


def test_records_have_every_key(lived: Path) -> None:
    events = postwatch(lived, "events", "--json").lines
    assert [e["id"] for e in events] == [1, 2, 3]
    assert all(list(e) == EVENT_KEYS for e in events)
    (site,) = inside(lived, "sites", "--json").lines
    assert list(site) == SITE_KEYS
    assert (site["status"], site["removed"], site["posts"]) == ("up", 1, 5)
    found = inside(lived, "posts", "--json").lines
    assert all(list(p) == POST_KEYS for p in found)
    assert sorted(p["state"] for p in found) == ["live"] * 4 + ["removed"]


def test_events_are_searched(lived: Path) -> None:
    def said(words: str, *args: str) -> list[str]:
        return [
            e["kind"] for e in inside(lived, "events", "--json", "--search", words, *args).lines
        ]

    edited = said('"one cable"')  # the words its version added
    assert edited == ["edited"]
    assert said("one cable", "--kind", "removed") == [] and said("xyzzy") == []
    titles = [e["title"] for e in inside(lived, "events", "--json").lines]
    assert len(said(f'"{titles[0]}"')) == 1
    assert inside(lived, "events", "--search", "xyzzy").out == "No event like that.\n"
    assert "no word in it" in one_line(inside(lived, "events", "--search", "!?"), 2)


def test_the_search_can_be_made_anew(lived: Path) -> None:
    before = inside(lived, "events", "--search", "cable").out
    assert before
    with closing(sqlite3.connect(lived / "postwatch.db")) as db, db:
        db.execute("DELETE FROM event_words")
        db.execute("DELETE FROM post_words")
    assert inside(lived, "events", "--search", "cable").out == "No event like that.\n"
    made = inside(lived, "db", "reindex")
    assert (made.code, made.out) == (0, "The search knows 5 posts and 3 events.\n")
    assert inside(lived, "events", "--search", "cable").out == before
    # Stopped half-way, the next check goes on.
    with closing(sqlite3.connect(lived / "postwatch.db")) as db, db:
        db.execute("DELETE FROM event_words")
        db.execute("INSERT INTO meta VALUES ('search_events_left', '3')")
    assert "older events may be missing" in inside(lived, "events", "--search", "cable").err
    assert "postwatch db reindex" in inside(lived, "db", "upgrade").out
    assert inside(lived, "check").code == 0
    assert inside(lived, "events", "--search", "cable").out == before


def test_the_chain_can_be_recomputed_from_outside(lived: Path) -> None:
    """The contract's chain, from `events --json` alone, in a few lines of plain Python."""
    import hashlib
    import json

    def sha(value: dict[str, object]) -> str:
        text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        return hashlib.sha256(text.encode()).hexdigest()

    prev = "0" * 64
    for e in inside(lived, "events", "--json").lines:
        outside = ("id", "kind", "detected_at", "body", "prev", "hash")
        assert e["body"] == sha({k: v for k, v in e.items() if k not in outside})
        assert e["prev"] == prev
        assert e["hash"] == sha({k: e[k] for k in ("id", "kind", "detected_at", "prev", "body")})
        prev = e["hash"]
    assert canonical({"b": 1, "a": "é"}) == '{"a":"é","b":1}'.encode()


def test_events_filters_and_order(lived: Path) -> None:
    assert [e["id"] for e in inside(lived, "events", "--json", "--since", "1").lines] == [2, 3]
    removed = inside(lived, "events", "--json", "--kind", "removed", "--kind", "moved").lines
    assert [e["kind"] for e in removed] == ["removed"]
    text = inside(lived, "events").out.splitlines()
    assert [int(line.split()[0]) for line in text] == [3, 2, 1]
    assert len(inside(lived, "events", "--since", "1d").out.splitlines()) == 3
    assert "No events" in inside(lived, "events", "--since", "2999-01-01").out


def test_history_and_diff(lived: Path, its_blog: Blog) -> None:
    url = its_blog.origin + its_blog.posts[0].path
    text = inside(lived, "history", url)
    assert text.code == 0
    assert "edited" in text.out
    records = inside(lived, "history", url, "--json").lines
    assert {r["type"] for r in records} == {"snapshot", "observation", "event"}
    diff = inside(lived, "diff", url).out
    assert "{+" in diff
    (record,) = inside(lived, "diff", url, "1", "2", "--json").lines
    keys = {"from", "to", "fields", "words_added", "words_removed", "similarity", "blocks"}
    assert keys <= set(record)
    assert record["words_added"] == 4
    gone = its_blog.origin + its_blog.posts[1].path.rstrip("/") + "?utm_source=x#top"
    assert "removed" in inside(lived, "history", gone).out
    assert "no version 9" in one_line(inside(lived, "diff", url, "1", "9"), 2)
    assert "two" in one_line(inside(lived, "diff", url, "1"), 2)


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (["check", "--site", "corvan"], 'Did you mean "corvane"'),
        (["events", "--kind", "remved"], 'Did you mean "removed"'),
        (["events", "--site", "x"], 'no site "x"'),
        (["events", "--since", "yesterday"], "expected an event's id"),
        (["history", "http://127.0.0.1/blog/the-nigt-shift/"], "Did you mean http"),
        (["chekc"], 'Did you mean "check"'),
        (["check", "--al"], "--all"),
        (["diff"], "URL"),
        (["add", "ftp://x.example"], "http or https"),
        (["add", "http://[::1/"], "http or https"),
        (["events", "--since", "9" * 20], "expected an event's id"),
    ],
)
def test_wrong_usage_names_the_nearest(lived: Path, args: list[str], said: str) -> None:
    assert said in one_line(inside(lived, *args), 2)


def test_config_is_found_and_named(tmp_path: Path, blog: Blog) -> None:
    assert "postwatch init" in one_line(postwatch(tmp_path, "sites"), 2)
    nowhere = one_line(postwatch(tmp_path, "--config", "nope.toml", "sites"), 2)
    assert "nope.toml" in nowhere
    configure(tmp_path, blog)
    (tmp_path / "postwatch.toml").rename(tmp_path / "other.toml")
    assert postwatch(tmp_path, "--config", "other.toml", "check").code == 0
    assert postwatch(tmp_path, "sites", "--config", "other.toml").code == 0
    assert postwatch(tmp_path, "sites", env={"POSTWATCH_CONFIG": "other.toml"}).code == 0


def test_readers_do_not_make_a_database(tmp_path: Path, blog: Blog) -> None:
    configure(tmp_path, blog)
    for command in (["sites"], ["posts"], ["events"], ["history", "http://x.example/"], ["verify"]):
        assert "postwatch.db" in one_line(inside(tmp_path, *command), 2)
    assert not (tmp_path / "postwatch.db").exists()


def test_init_writes_once(tmp_path: Path) -> None:
    first = postwatch(tmp_path, "init")
    assert first.code == 0
    assert "created" in first.err
    text = (tmp_path / "postwatch.toml").read_text()
    assert stat.S_IMODE((tmp_path / "postwatch.toml").stat().st_mode) == 0o600
    (tmp_path / "postwatch.toml").write_text(text + "# mine\n")
    again = postwatch(tmp_path, "init")
    assert again.code == 0
    assert "left as it is" in again.err
    assert (tmp_path / "postwatch.toml").read_text().endswith("# mine\n")
    assert "No sites are watched yet" in inside(tmp_path, "check").out


def test_add_finds_and_keeps_comments(tmp_path: Path, blog: Blog) -> None:
    (tmp_path / "postwatch.toml").write_text(
        '# my own words\n[fetch]\nallow_private_networks = true\nper_host_delay = "0s" # quick\n'
    )
    ran = inside(tmp_path, "add", blog.url, "--name", "corvane")
    assert ran.code == 0, ran
    assert f"{blog.origin}/blog/feed.xml" in ran.out
    assert f"{blog.origin}/sitemap.xml" in ran.out
    text = (tmp_path / "postwatch.toml").read_text()
    assert "# my own words" in text
    assert "# quick" in text
    assert 'name = "corvane"' in text
    assert "watched already" in one_line(inside(tmp_path, "add", blog.url), 2)
    assert inside(tmp_path, "check").code == 0
    assert len(inside(tmp_path, "posts", "--json").lines) == 4


def test_add_says_why_it_cannot(tmp_path: Path) -> None:
    (tmp_path / "postwatch.toml").write_text("[fetch]\nallow_private_networks = true\n")
    before = (tmp_path / "postwatch.toml").read_bytes()
    ran = inside(tmp_path, "add", "http://127.0.0.1:9/blog/")
    assert ran.code == 1
    assert "cannot be reached" in ran.err
    assert (tmp_path / "postwatch.toml").read_bytes() == before


def test_an_unreachable_site_is_a_finding(tmp_path: Path) -> None:
    (tmp_path / "postwatch.toml").write_text(
        "[fetch]\nallow_private_networks = true\n"
        '[health]\nalert_after = "0s"\n[[site]]\nname = "a"\nurl = "http://127.0.0.1:9/"\n'
    )
    ran = inside(tmp_path, "check")
    assert ran.code == 0
    assert "not seen since" in ran.out


def test_private_addresses_are_refused(tmp_path: Path, blog: Blog) -> None:
    (tmp_path / "postwatch.toml").write_text(f'[[site]]\nname = "a"\nurl = "{blog.url}"\n')
    assert inside(tmp_path, "check").code == 0
    assert blog.asked == []


def test_failed_mail_is_named_kept_and_exits_1(lived: Path, its_blog: Blog) -> None:
    config = lived / "postwatch.toml"
    config.write_text(
        config.read_text()
        + '[channels.mail]\ntype = "email"\nsmtp = "smtp://127.0.0.1:9"\nfrom = "a@x.example"\nto = ["b@x.example"]\n'
    )
    its_blog.posts[2].paragraphs[0] += " And then it rained."
    ran = inside(lived, "check", "--all", "--json")
    assert ran.code == 1
    assert "channel mail" in ran.err
    assert [e["kind"] for e in ran.lines] == ["edited"]
    with sqlite3.connect(lived / "postwatch.db") as db:
        assert db.execute("SELECT state, attempts FROM alerts").fetchall() == [("pending", 1)]
    assert inside(lived, "notify", "--test").code == 1


def test_alerts_that_wait_are_said_and_sent_once(lived: Path, its_blog: Blog) -> None:
    """Killed in the middle of delivery, or with the server away: the next check says so, or sends."""
    config = lived / "postwatch.toml"
    text = config.read_text()
    mail = '[channels.mail]\ntype = "email"\nsmtp = "smtp://127.0.0.1:{}"\nfrom = "a@x.example"\nto = ["b@x.example"]\n'
    config.write_text(text + mail.format(9))
    its_blog.posts[2].paragraphs[0] += " And then it rained."
    assert inside(lived, "check", "--all").code == 1
    waiting = inside(lived, "check")  # not due again yet, and said all the same
    assert waiting.code == 1
    assert "channel mail" in waiting.err
    with sqlite3.connect(lived / "postwatch.db") as db:
        db.execute(
            "UPDATE alerts SET due_at = 0, lease_until = 9000000000000000, lease_owner = 'dead'"
        )
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    server = Controller(_Kept(), hostname="127.0.0.1", port=port)
    server.start()
    try:
        config.write_text(text + mail.format(port))
        assert inside(lived, "check").code == 0
        assert inside(lived, "check").code == 0
        assert len(server.handler.mails) == 1
    finally:
        server.stop()


class _Kept:
    def __init__(self) -> None:
        self.mails: list[bytes] = []

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        self.mails.append(envelope.content)
        return "250 kept"


def test_verify_finds_what_was_exchanged(lived: Path) -> None:
    path = lived / "postwatch.db"
    kept = path.read_bytes()
    for change in (
        "UPDATE articles SET data = (SELECT data FROM articles WHERE snapshot_id = 1) WHERE snapshot_id = 4",
        "UPDATE snapshots SET digest = 'aa' WHERE id = 2",
        "UPDATE header_sets SET json = '[]'",
        "DELETE FROM articles WHERE snapshot_id = 3",
        "DELETE FROM events WHERE id = 3",
    ):
        with sqlite3.connect(path) as db:
            db.execute(change)
        db.close()
        assert inside(lived, "verify").code == 1, change
        for side in ("-wal", "-shm"):
            (lived / f"postwatch.db{side}").unlink(missing_ok=True)
        path.write_bytes(kept)
    assert inside(lived, "verify").code == 0


def test_sources_are_asked_conditionally(tmp_path: Path, blog: Blog) -> None:
    configure(tmp_path, blog)
    for _ in range(2):
        assert inside(tmp_path, "check", "--site", "corvane").code == 0
    with sqlite3.connect(tmp_path / "postwatch.db") as db:
        forms = db.execute("SELECT form, deep_at IS NOT NULL FROM sources").fetchall()
    assert ("listing", 1) in forms


def test_a_hand_picked_post_that_is_not_there_is_named(tmp_path: Path, blog: Blog) -> None:
    configure(tmp_path, blog, more=f'posts = ["{blog.url}mistyped/"]')
    ran = inside(tmp_path, "check")
    assert ran.code == 0
    assert "mistyped" in ran.err


def test_output_that_cannot_be_written(lived: Path) -> None:
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(
            [sys.executable, "-m", "monitor", "events", "--json"],
            cwd=lived,
            env={**os.environ, "PYTHONPATH": str(Path(__file__).parent.parent.parent)},
            stdout=full,
            stderr=subprocess.PIPE,
        )
    assert done.returncode == 1
    assert b"Traceback" not in done.stderr


def test_a_damaged_database_is_left_alone(lived: Path) -> None:
    db = lived / "postwatch.db"
    for side in ("-wal", "-shm"):
        (lived / f"postwatch.db{side}").unlink(missing_ok=True)
    db.write_bytes(b"this is no database at all, but it is somebody's file" * 40)
    before = db.read_bytes()
    for command in (["check"], ["sites"], ["db", "upgrade"]):
        assert "postwatch.db" in one_line(inside(lived, *command), 1)
    assert "not a database" in inside(lived, "init").err
    assert db.read_bytes() == before


def test_a_folder_that_cannot_be_written(tmp_path: Path, blog: Blog) -> None:
    if os.geteuid() == 0:
        target = "/proc/postwatch.db"  # even root cannot write there
    else:
        tmp_path.chmod(0o500)
        target = "postwatch.db"
    configure(tmp_path, blog) if os.geteuid() == 0 else None
    config = tmp_path / "postwatch.toml"
    config.write_text(f'[database]\nurl = "sqlite:///{target}"\n' + config.read_text())
    assert "postwatch.db" in one_line(postwatch(tmp_path, "check"), 1)


def test_a_second_check_is_refused(lived: Path) -> None:
    from monitor.store import Store
    from tests.support.watching import Clock

    with Store.open(f"sqlite:///{lived}/postwatch.db", clock=Clock()) as store, store.lock():
        assert "another process" in one_line(postwatch(lived, "check"), 1)
    assert inside(lived, "check").code == 0


def test_verify_and_upgrade(lived: Path) -> None:
    assert "as it was written" in inside(lived, "verify").out
    assert "up to date" in inside(lived, "db", "upgrade").out
    with sqlite3.connect(lived / "postwatch.db") as db:
        db.execute("UPDATE events SET packed = zeroblob(60) WHERE id = 3")
    broken = inside(lived, "verify")
    assert broken.code == 1
    assert "event" in broken.out


def test_help_has_examples(tmp_path: Path) -> None:
    top = postwatch(tmp_path, "--help").out
    from monitor.cli.main import COMMANDS

    for command in COMMANDS:
        assert command in top
        said = inside(tmp_path, command, "--help")
        assert said.code == 0
        if command != "db":
            assert "Example" in said.out, command
