"""Where the pages may be served: beyond this machine only behind a password, or read-only."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.inside import inside


@pytest.mark.parametrize("listen", ["0.0.0.0:0", "[::]:0", "192.0.2.7:80", "127.evil.example:80"])
def test_no_open_door_beyond_loopback(tmp_path: Path, listen: str) -> None:
    config = tmp_path / "postwatch.toml"
    config.write_text("")
    ran = inside(tmp_path, "serve", "--listen", listen)
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.startswith(f'postwatch: --listen "{listen}": beyond loopback [web] needs a')
    config.write_text(f'[web]\nlisten = "{listen}"\n')
    ran = inside(tmp_path, "serve")
    assert ran.code == 2 and "beyond loopback a password is needed" in ran.err
    for more in ('password = "x"', "public = true"):
        config.write_text(f"[web]\n{more}\n")
        ran = inside(tmp_path, "serve", "--listen", listen)
        assert ran.code == 2 and "there is no database" in ran.err, more
