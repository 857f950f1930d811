"""`sites rename`: the database and the config follow, comments kept; two histories never become one."""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from pathlib import Path

import pytest

from monitor.demo.blog import Blog
from tests.cli.test_commands import configure, one_line
from tests.support.inside import inside
from tests.support.prose import posts

CHANNEL = """
[channels.pipe]
type = "stdout"
sites = ["corvane"]  # these alone
"""


@pytest.fixture
def lived(tmp_path: Path) -> Iterator[Path]:
    with Blog(posts(4)) as blog:
        configure(tmp_path, blog, CHANNEL)
        assert inside(tmp_path, "check").code == 0
        blog.posts[1].status, blog.posts[1].listed = 404, False
        for _ in range(2):
            assert inside(tmp_path, "check", "--all").code == 0
        yield tmp_path


def test_a_site_keeps_its_life_under_a_new_name(lived: Path) -> None:
    config = lived / "postwatch.toml"
    config.write_text("# mine\n" + config.read_text())
    config.chmod(0o640)
    before = inside(lived, "posts", "--json").lines
    ran = inside(lived, "sites", "rename", "corvane", "harbour")
    assert (ran.code, ran.out) == (
        0,
        '"corvane" is now called "harbour"; its history goes on.\n',
    ), ran
    text = config.read_text()
    assert text.startswith("# mine\n") and 'sites = ["harbour"]  # these alone' in text
    assert 'name = "harbour"' in text and "corvane" not in text
    assert config.stat().st_mode & 0o777 == 0o640
    [site] = inside(lived, "sites", "--json").lines
    assert (site["name"], site["status"], site["removed"]) == ("harbour", "up", 1)
    now = inside(lived, "posts", "--json").lines
    assert [{**p, "site": "corvane"} for p in now] == before
    assert len(inside(lived, "events", "--json", "--site", "harbour").lines) == 1
    ran = inside(lived, "check", "--all", "--json")
    assert (ran.code, ran.lines) == (0, [])
    assert inside(lived, "verify").code == 0


def test_a_rename_that_was_killed_halfway_is_finished(lived: Path) -> None:
    config = lived / "postwatch.toml"
    text = config.read_text()
    assert inside(lived, "sites", "rename", "corvane", "harbour").code == 0
    wanted = config.read_text()
    config.write_text(text)  # the database has it, the config has not
    assert inside(lived, "sites", "rename", "corvane", "harbour").code == 0
    assert config.read_text() == wanted
    # Not where the name is another site's.
    config.write_text(text.replace("/blog/", "/other/"))
    assert "no site" in one_line(inside(lived, "sites", "rename", "corvane", "harbour"), 2)


def test_what_cannot_be_renamed(lived: Path) -> None:
    def said(*names: str) -> str:
        return one_line(inside(lived, "sites", "rename", *names), 2)

    assert 'Did you mean "corvane"?' in said("corvan", "harbour")
    assert "letters, digits" in said("corvane", "two words")
    assert "already" in said("corvane", "corvane")
    config = lived / "postwatch.toml"
    config.write_text(
        config.read_text() + '[[site]]\nname = "other"\nurl = "http://127.0.0.1:9/"\n'
    )
    assert "a name is for one site" in said("corvane", "other")
    with (lived / "postwatch.db.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        text = config.read_text()
        ran = inside(lived, "sites", "rename", "corvane", "harbour")
        assert ran.code == 1 and "stop it first" in ran.err
        assert config.read_text() == text


def test_a_name_changed_in_the_config_alone_is_noticed_and_mended(lived: Path) -> None:
    config = lived / "postwatch.toml"
    config.write_text(config.read_text().replace('"corvane"', '"harbour"'))
    ran = inside(lived, "check")
    hint = "postwatch sites rename corvane harbour"
    assert ran.code == 0 and hint in ran.err
    assert len(inside(lived, "sites", "--json").lines) == 2
    assert inside(lived, "sites", "rename", "corvane", "harbour").code == 0
    [site] = inside(lived, "sites", "--json").lines
    assert (site["name"], site["posts"], site["removed"]) == ("harbour", 4, 1)
    ran = inside(lived, "check", "--all", "--json")
    assert ran.lines == [] and hint not in ran.err
    assert inside(lived, "verify").code == 0
