"""How findings are written: for a terminal, for a pipe, for programs; and never a secret."""

from __future__ import annotations

from monitor.show.checkup import Finding, Level, drawn, masked, verdict

FINDINGS = [
    Finding("backups", Level.NOTE, "no backup is known", "postwatch db backup FILE"),
    Finding("config", Level.OK, "postwatch.toml: 2 sites, 1 channel"),
    Finding(
        "config",
        Level.MEND,
        "everybody on this machine can read\x1b[2Jpostwatch.toml (mode 644), and a password stands in it",
        "chmod 600 postwatch.toml",
    ),
]


def test_a_terminal_shows_groups_and_commands_to_copy() -> None:
    assert drawn(FINDINGS, width=60).splitlines() == [
        "config",
        "  [✓]    postwatch.toml: 2 sites, 1 channel",
        "  [!]    everybody on this machine can",
        "         read\ufffd[2Jpostwatch.toml (mode 644), and a password",
        "         stands in it",
        "         mend: chmod 600 postwatch.toml",
        "",
        "backups",
        "  [note] no backup is known",
        "         mend: postwatch db backup FILE",
    ]
    assert all(len(line) <= 66 for line in drawn(FINDINGS, width=60).splitlines())
    assert "\x1b[31m[!]\x1b[0m" in drawn(FINDINGS, width=60, colour=True)


def test_a_pipe_has_one_record_a_line_and_no_colour() -> None:
    lines = drawn(FINDINGS).splitlines()
    assert len(lines) == 3
    assert lines[0] == "[✓] config: postwatch.toml: 2 sites, 1 channel"
    assert lines[2] == "[note] backups: no backup is known; mend: postwatch db backup FILE"
    assert "\x1b" not in drawn(FINDINGS)
    assert drawn(FINDINGS, unicode=False).startswith("[ok] config")


def test_programs_have_every_key() -> None:
    assert FINDINGS[1].as_dict() == {
        "group": "config",
        "level": "ok",
        "what": "postwatch.toml: 2 sites, 1 channel",
        "mend": None,
    }


def test_what_is_secret_is_masked_whoever_said_it() -> None:
    said = [Finding("config", Level.NOTE, "the server says: no such user hunter22 for hunter2")]
    assert masked(said, {"hunter2", "hunter22", ""})[0].what == (
        "the server says: no such user *** for ***"
    )


def test_the_last_line_counts() -> None:
    assert verdict(FINDINGS) == "1 thing to mend, 1 note."
    assert verdict(FINDINGS[1:2]) == "Nothing to mend."
