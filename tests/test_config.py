"""The config: every complaint names file, key and what is expected; the example holds every key."""

from __future__ import annotations

import base64
import re
import tomllib
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest

from monitor import config as c
from monitor.errors import ConfigError
from monitor.model import Kind
from monitor.notify import option_types

ROOT = Path(__file__).parent.parent
SITE = '[[site]]\nname = "acme"\nurl = "https://acme.example/blog/"\n'


def load(tmp_path: Path, text: str, env: dict[str, str] | None = None) -> c.Config:
    path = tmp_path / "postwatch.toml"
    path.write_text(text, encoding="utf-8")
    return c.load(path, option_types(), env or {})


def test_defaults_are_the_contracts(tmp_path: Path) -> None:
    config = load(tmp_path, SITE)
    assert config.database_url == f"sqlite:///{tmp_path}/postwatch.db"
    assert config.fetch.timeout.total_seconds() == 20
    assert config.fetch.max_body == 10 * 2**20
    assert config.removal.confirmations == 3
    assert config.removal.min_missing.total_seconds() == 1200
    assert config.sites[0].feeds is None
    assert config.web is None
    assert Kind.PUBLISHED not in config.sites[0].alert_on


@pytest.mark.parametrize(
    ("text", "key", "expected"),
    [
        ("[fetch]\ntimeot = '3s'", "[fetch]", 'did you mean "timeout"'),
        ("fetsch = 1", "top level", 'unknown key "fetsch"'),
        ("[fetch]\ntimeout = 3", "[fetch] timeout", 'such as "15m"'),
        ("[fetch]\ntimeout = 'soon'", "[fetch] timeout", 'such as "30s"'),
        ("[fetch]\nmax_body = '10 miles'", "[fetch] max_body", 'such as "10MiB"'),
        ("[fetch]\nper_host_concurrency = 0", "per_host_concurrency", "1 or more"),
        ("[removal]\nconfirmations = '3'", "[removal] confirmations", "a whole number"),
        ("[removal]\nconfirmations = 0", "[removal] confirmations", "1 or more"),
        ("[removal]\nconfirmations = true", "[removal] confirmations", "a whole number"),
        ("[schedule]\ntimezone = 'Mars/Olympus'", "[schedule] timezone", "no time zone"),
        ("[[site]]\nname = 'a'", '[[site]] "a"', '"url" is missing'),
        ("[[site]]\nname = 'a b'\nurl = 'https://x.example'", '[[site]] "a b" name', "letters"),
        ("[[site]]\nname = 'a'\nurl = 'ftp://x.example'", '[[site]] "a" url', "http or https"),
        ("[[site]]\nname = 'a'\nurl = 3", '[[site]] "a" url', "a text"),
        (SITE + SITE, '[[site]] "acme" name', "two sites"),
        (SITE + "feeds = 'x'", '[[site]] "acme" feeds', "a list"),
        (SITE + "every = 'often'", '[[site]] "acme" every', "five cron fields"),
        (SITE + "evry = '1m'", '[[site]] "acme"', 'did you mean "every"'),
        (SITE + "render = 'yes'", '[[site]] "acme" render', '"auto"'),
        (SITE + "notify = ['mail']", '[[site]] "acme" notify', 'no channel "mail"'),
        (SITE + "alert_on = ['remved']", "alert_on[0]", 'did you mean "removed"'),
        ("[channels.m]\ntype = 'emial'", "[channels.m] type", '"email"'),
        ("[channels.m]\ntype = 'stdout'\nnoww = []", "[channels.m]", 'did you mean "now"'),
        ("[channels.m]\ntype = 'stdout'\nsites = ['x']", "[channels.m] sites", 'no site "x"'),
        ("[channels.m]\ntype = 'stdout'\ndigest_at = '8'", "[channels.m] digest_at", "08:00"),
        ("[channels.m]\ntype = 'stdout'\nquiet = 'night'", "[channels.m] quiet", "22:00-07:00"),
        ("[web]\nlisten = '8787'", "[web] listen", "127.0.0.1:8787"),
        ("[web]\nlisten = '0.0.0.0:80'", "[web] listen", "password"),
        ("[retention]\nlooks = 'long'", "[retention] looks", '"forever"'),
        ("[log]\nformat = 'xml'", "[log] format", '"json"'),
        ("[database]\nurl = 'mysql://x'", "[database] url", "postgresql+psycopg"),
        ("[fetch]\nproxy = '${NOPE}'", "[fetch] proxy", "NOPE is not set"),
        ("x = [", "", "not valid TOML"),
        ("x = " + "[" * 20000, "", "nested too deeply"),
        (SITE + "content = 'div['", '[[site]] "acme" content', "no CSS selector"),
        (SITE + "ignore = ['a:::b']", '[[site]] "acme" ignore', "no CSS selector"),
        (SITE + 'headers = { a = "b\\r\\nc: d" }', '[[site]] "acme" headers.a', "one line"),
        (SITE + 'headers = { "a b" = "c" }', '[[site]] "acme" headers', "no header name"),
        (SITE + "include = ['']", '[[site]] "acme" include', "empty text"),
        (SITE + "posts = ['http://x.example:99999/']", '[[site]] "acme" posts', "http or https"),
        ("[[site]]\nname = 'a'\nurl = 'http://[::1/'", '[[site]] "a" url', "http or https"),
        ('[fetch]\nuser_agent = "a\\nb"', "[fetch] user_agent", "one line"),
        ("[fetch]\nuser_agent = ''", "[fetch] user_agent", "who you are"),
        ("[fetch]\nmax_body = '0'", "[fetch] max_body", "10MiB"),
        ("[fetch]\nproxy = 'x'", "[fetch] proxy", "http or https"),
        ("[health]\nping = 'x'", "[health] ping", "http or https"),
        (SITE + "phrases = ['${']", '[[site]] "acme" phrases', "${NAME}"),
        ("[channels.m]\nto = []", "[channels.m]", '"type" is missing'),
    ],
)
def test_bad_configs(tmp_path: Path, text: str, key: str, expected: str) -> None:
    with pytest.raises(ConfigError) as e:
        load(tmp_path, text)
    message = str(e.value)
    assert message.startswith(str(tmp_path / "postwatch.toml") + ": ")
    assert key in message
    assert expected in message
    assert "\n" not in message


def test_missing_and_unreadable_files(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="no such file"):
        c.load(tmp_path / "nope.toml", {})
    with pytest.raises(ConfigError, match="cannot be read"):
        c.load(tmp_path, {})
    (tmp_path / "latin.toml").write_bytes(b"# caf\xe9\n")
    with pytest.raises(ConfigError, match="not UTF-8"):
        c.load(tmp_path / "latin.toml", {})


def test_environment_and_secrets(tmp_path: Path) -> None:
    text = '[channels.mail]\ntype = "email"\nsmtp = "smtp://u:${PW}@mail.example:587"\nfrom = "a@b.example"\nto = ["c@d.example"]\n[web]\npassword = "${PW}"\n'
    config = load(tmp_path, text, {"PW": "hunter2"})
    assert config.web is not None
    assert config.web.password.reveal() == "hunter2"
    assert "hunter2" not in repr(config)
    assert "hunter2" not in str(config)


@pytest.mark.parametrize(
    "text",
    [
        "[fetch]\ntimeout = '${PW}'",
        "[fetch]\nmax_body = 'x${PW}'",
        "[health]\nping = '${PW}'",
        "[health]\nping = 'http://[${PW}'",
        "[retention]\nraw = '${PW}'",
        "[schedule]\nevery = '${PW}'",
        "[schedule]\ntimezone = '${PW}'",
        "[database]\nurl = '${PW}'",
        "[database]\nurl = 'postgresql+psycopg://u:p@h:${PW}/x'",
        SITE + "feeds = ['${PW}']",
        SITE + "alert_on = ['${PW}']",
        SITE + "content = '[[${PW}'",
        SITE + "notify = ['${PW}']",
    ],
)
def test_a_complaint_shows_nothing_that_came_from_the_environment(
    tmp_path: Path, text: str
) -> None:
    with pytest.raises(ConfigError) as told:
        load(tmp_path, text, {"PW": "Soft & secret"})
    assert "secret" not in str(told.value).casefold()
    assert told.value.__cause__ is None and told.value.__suppress_context__


@pytest.mark.parametrize(
    "said",
    [
        "no S%C3%B6ft/pw here",
        "no söft/pw here, s%c3%b6ft%2Fpw",
        "no S\\u00f6ft/pw",
        "no b'S\\xc3\\xb6ft/pw'",
        "535 " + base64.b64encode("\0ada\0Söft/pw".encode()).decode(),
        "Basic " + base64.urlsafe_b64encode("ada:Söft/pw".encode()).decode().rstrip("="),
        "ada:söft&#47;pw".replace("&#47;", "/"),
    ],
)
def test_a_secret_is_masked_however_it_is_written(said: str) -> None:
    hidden = c.masked(said, ["S%C3%B6ft/pw", "x"])
    assert "***" in hidden and "pw" not in hidden.casefold()
    assert c.masked("next exit: xylophone", ["x", "exi"]) == "next exit: xylophone"


@pytest.mark.parametrize(
    ("cron", "minutes"),
    [
        ("*/15 * * * *", 15),
        ("0 14 * * *", 120),
        ("0 12 * * 0", 5 * 24 * 60),
        ("0 12 * * sun", 5 * 24 * 60),
        ("0 12 * * 1-2", 60 * 24 * 6),
    ],
)
def test_cron_counts_days_as_crontab_does(cron: str, minutes: int) -> None:
    tuesday = datetime(2026, 6, 2, 12, 0, 0, tzinfo=UTC)
    assert c.Every(cron).wait(tuesday + timedelta(seconds=1), "UTC") == timedelta(
        minutes=minutes, seconds=-1
    )


def test_cron_goes_on_over_a_change_to_summer_time_and_back() -> None:
    every, hour = c.Every("0 2 * * *"), timedelta(hours=1)
    for at, waits in (
        (datetime(2026, 3, 28, 1, tzinfo=UTC), [24 * hour, 23 * hour, 24 * hour]),
        (datetime(2026, 10, 25, 0, tzinfo=UTC), [hour, 24 * hour, 24 * hour]),  # 2 o'clock twice
    ):
        for wait in waits:
            assert every.wait(at, "Europe/Berlin") == wait
            at += wait


@pytest.mark.parametrize("cron", ["61 * * * *", "0 0 30 2 *", "x * * * *"])
def test_bad_cron(cron: str) -> None:
    with pytest.raises(ValueError, match=re.escape(cron)):
        c.Every(cron)


def _keys(struct: type[msgspec.Struct]) -> dict[str, Any]:
    return {f.encode_name: f for f in msgspec.structs.fields(struct)}


def test_the_example_holds_every_key_with_its_default(tmp_path: Path) -> None:
    text = (ROOT / "config.example.toml").read_text(encoding="utf-8")
    live = "\n".join(
        re.sub(r"^# (?=[a-z_\[]+[a-z_.\]]*(?: =|\]|$))", "", line) for line in text.splitlines()
    )
    secret = "whsec_" + base64.b64encode(bytes(32)).decode()
    env = {"SMTP_PASSWORD": "x", "POSTWATCH_PASSWORD": "y", "HOOK_SECRET": secret}
    env["SLACK_TOKENS"] = "A/B/C"
    full = load(tmp_path, live, env)
    assert full.sites[0].name == "acme"
    raw = tomllib.loads(live)
    tables: dict[str, type[msgspec.Struct]] = {
        "database": c.DatabaseConfig,
        "fetch": c.FetchConfig,
        "schedule": c.ScheduleConfig,
        "removal": c.RemovalConfig,
        "edits": c.EditsConfig,
        "health": c.HealthConfig,
        "web": c.WebConfig,
        "retention": c.RetentionConfig,
        "log": c.LogConfig,
    }
    for name, struct in tables.items():
        assert set(raw[name]) == set(_keys(struct)), name
    assert set(raw["site"][0]) == set(_keys(c.SiteConfig))
    assert set(raw["channels"]["mail"]) == set(_keys(option_types()["email"]))
    as_written = load(tmp_path, text)
    bare = load(tmp_path, "[web]\n")
    for part in ("fetch", "schedule", "removal", "edits", "health", "web", "retention", "log"):
        assert getattr(as_written, part) == getattr(bare, part), part
