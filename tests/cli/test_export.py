"""`export site`: where to, what of, and what it came to."""

from __future__ import annotations

from pathlib import Path

import pytest

from monitor.store import Store
from tests.support.inside import inside
from tests.web.build import NOW, Filler, article, at


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with a config and a database of one post."""
    (tmp_path / "postwatch.toml").write_text("")
    with Store.open(
        f"sqlite:///{tmp_path / 'postwatch.db'}", create=True, clock=lambda: NOW
    ) as store:
        filler = Filler(store)
        filler.version(filler.post(filler.site()), article("One."), at(9))
    return tmp_path


def test_the_pages_become_a_folder(folder: Path) -> None:
    out = folder / "public"
    done = inside(folder, "export", "site", "-o", str(out))
    assert done.code == 0, done.err
    assert done.out.startswith(f"{out / 'index.html'}: ") and "0 removed" in done.out
    assert (out / "posts" / "1.html").is_file() and (out / "style.css").is_file()
    assert ", 0 written, 0 removed" in inside(folder, "export", "site", "-o", str(out)).out
    alone = inside(folder, "export", "site", "-o", str(folder / "one"), "--site", "tulip")
    assert alone.code == 0 and (folder / "one" / "index.html").is_file()


@pytest.mark.parametrize(
    ("args", "said"),
    [
        ((), "-o"),
        (("-o", "x", "--site", "tulp"), 'no site "tulp"'),
        (("-o", "x", "--address", "example.org"), "expected a URL"),
        (("-o", "."), "holds other things"),
    ],
)
def test_what_cannot_be_is_said_in_a_line(
    folder: Path, args: tuple[str, ...], said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(folder)
    done = inside(folder, "export", "site", *args)
    assert done.code == 2 and said in done.err and done.err.count("\n") == 1
    assert not (folder / "x").exists()
