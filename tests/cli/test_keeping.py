"""`db backup`, `db restore` and what holds back: from outside, as they are typed."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from monitor.demo.blog import Blog
from monitor.demo.sink import MailSink
from tests.cli.test_commands import configure, one_line
from tests.support.command import postwatch
from tests.support.inside import inside
from tests.support.mailbox import mails
from tests.support.prose import posts

MAIL = """
[channels.mail]
type = "email"
smtp = "smtp://{host}"
from = "postwatch@example.org"
to = ["desk@example.org"]
"""


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder whose site has a removal behind it, told to nobody: no mail server is there."""
    folder = tmp_path_factory.mktemp("kept")
    with Blog(posts(4)) as blog:
        configure(folder, blog, MAIL.format(host="127.0.0.1:9"))
        assert inside(folder, "check").code == 0
        blog.posts[1].status, blog.posts[1].listed = 404, False
        assert inside(folder, "check", "--all").code == 0
        assert inside(folder, "check", "--all").code == 1  # the mail does not get out
        yield folder


@pytest.fixture
def kept(told: Path, tmp_path: Path) -> Path:
    return shutil.copytree(told, tmp_path / "kept")


def test_there_and_back(kept: Path) -> None:
    file = kept / "monday.backup"
    ran = inside(kept, "db", "backup", str(file))
    assert ran.code == 0 and ran.out.startswith(f"{file}: ") and ran.out.endswith("checked.\n")
    assert "is there already" in one_line(inside(kept, "db", "backup", str(file)), 2)
    before = inside(kept, "events", "--json").lines
    (kept / "postwatch.db").unlink()
    (kept / "postwatch.db-wal").unlink(missing_ok=True)
    ran = inside(kept, "db", "restore", str(file))
    assert ran.code == 0, ran
    assert "1 site, 4 posts, 1 event. All of it verifies." in ran.out
    assert "1 alert that waited is held back" in ran.out or "alerts that waited are" in ran.out
    after = inside(kept, "events", "--json").lines
    assert after[:1] == before and after[1]["reason"] == "restored"
    assert inside(kept, "verify").code == 0


def test_a_restore_holds_what_waits_until_it_is_resumed(kept: Path) -> None:
    file = kept / "b"
    assert inside(kept, "db", "backup", str(file)).code == 0
    ran = inside(kept, "db", "restore", str(file))
    assert ran.code == 0 and "What was there before is now " in ran.out
    assert list(kept.glob("postwatch.db.aside-*"))
    ran = inside(kept, "notify", "--test")
    assert "held back since the restore" in ran.err


async def test_resumed_alerts_are_sent(kept: Path, tmp_path: Path, sink: MailSink) -> None:
    import asyncio

    config = kept / "postwatch.toml"
    file = kept / "b"
    config.write_text(config.read_text().replace("127.0.0.1:9", f"127.0.0.1:{sink.port}"))

    def play() -> None:
        assert inside(kept, "db", "backup", str(file)).code == 0
        assert inside(kept, "db", "restore", str(file)).code == 0
        ran = inside(kept, "check")
        assert "held back since the restore" in ran.err and mails(sink) == []
        ran = inside(kept, "notify", "--resume")
        assert ran.code == 0 and "mail: 1 message sent" in ran.out, ran
        assert inside(kept, "notify", "--resume").out == "Nothing is held back.\n"

    await asyncio.to_thread(play)
    assert ["removed" in str(m["Subject"]) for m in mails(sink)] == [True]


def test_a_config_whose_variables_are_not_set_can_be_restored(kept: Path) -> None:
    file = kept / "b"
    assert inside(kept, "db", "backup", str(file)).code == 0
    config = kept / "postwatch.toml"
    config.write_text(config.read_text().replace("smtp://127", "smtp://user:${NOT_SET_SMTP}@127"))
    assert "NOT_SET_SMTP is not set" in inside(kept, "sites").err
    ran = inside(kept, "db", "restore", str(file))
    assert ran.code == 0
    assert "wants these in the environment: NOT_SET_SMTP (not set here)" in ran.out


def test_a_restore_beside_who_checks_is_refused(kept: Path) -> None:
    import fcntl

    file = kept / "b"
    assert inside(kept, "db", "backup", str(file)).code == 0
    with (kept / "postwatch.db.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        ran = postwatch(kept, "db", "restore", str(file))
    assert "another process is checking" in one_line(ran, 1)


def test_a_post_is_forgotten_and_what_may_hold_it_is_named(kept: Path) -> None:
    url = inside(kept, "posts", "--json", "--state", "removed").lines[0]["url"]
    assert inside(kept, "db", "backup", str(kept / "monday.backup")).code == 0
    assert inside(kept, "export", "site", "-o", str(kept / "public")).code == 0
    (kept / "postwatch.db.before-0009.bak").write_text("a copy")
    refused = inside(kept, "forget", url)
    assert refused.code == 2 and "say --yes" in refused.err and refused.out == ""
    assert inside(kept, "verify").code == 0
    assert inside(kept, "forget", url + "x", "--yes").code == 2  # names the nearest
    ran = inside(kept, "forget", url, "--yes")
    assert ran.code == 0, ran
    assert f"Forgotten: {url}. No word of it is in the database's files" in ran.out
    for name in ("monday.backup", "public", "postwatch.db.before-0009.bak"):
        assert f"  {kept / name}  (" in ran.out
    assert inside(kept, "verify").code == 0
    [event] = inside(kept, "events", "--json").lines
    assert (event["title"], event["salt"], event["evidence"]) == ("", "", [])
    assert "It was forgotten" in inside(kept, "history", url).out
    again = inside(kept, "forget", url, "--yes")
    assert again.code == 0 and again.out.startswith("Forgotten before: ")
    # Nothing that waited to be told of it is told.
    assert "could not deliver" not in inside(kept, "check").err


def test_a_move_says_what_to_write_and_shows_no_password(kept: Path) -> None:
    ran = inside(kept, "db", "move", "sqlite:///moved.db")
    assert ran.code == 0, ran
    assert f"{kept / 'moved.db'}: 1 site, 4 posts, 4 versions, 1 event. All of it" in ran.out
    assert '[database]\nurl = "sqlite:///moved.db"\n' in ran.out
    config = kept / "postwatch.toml"
    before = inside(kept, "events", "--json").lines
    config.write_text('[database]\nurl = "sqlite:///moved.db"\n' + config.read_text())
    (kept / "postwatch.db").unlink()
    assert inside(kept, "events", "--json").lines == before and before
    assert inside(kept, "verify").code == 0
    assert "is the database itself" in one_line(inside(kept, "db", "move", "sqlite:///moved.db"), 2)
    assert "expected" in one_line(inside(kept, "db", "move", "mysql://x/y"), 2)
    secret = "postgresql+psycopg://u:geheim-wort@127.0.0.1:9/x"
    ran = inside(kept, "db", "move", secret)
    assert ran.code == 1 and "geheim-wort" not in ran.out + ran.err
