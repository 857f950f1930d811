"""`postwatch`: the command group, how errors are said, and the exit codes of the contract."""

from __future__ import annotations

import atexit
import gc
import logging
import os
import sys
from importlib import import_module
from typing import Any

import click

from .. import __version__
from ..errors import PostwatchError, StoreForeign, nearest

#: command -> (module in this package, what it does): nothing is imported until it is called.
COMMANDS: dict[str, tuple[str, str]] = {
    "demo": ("demonstrate", "See a post's life played against a small blog on this machine."),
    "init": ("setup", "Write a commented config and create the database."),
    "add": ("setup", "Find a site's feeds, sitemaps and listings, and watch it."),
    "check": ("check", "Look once at what is due, and send the alerts."),
    "run": ("serve", "Watch for good: check, alert, and show the pages."),
    "serve": ("serve", "Show the pages alone."),
    "worker": ("working", "Check as one of several machines that share a PostgreSQL database."),
    "sites": ("reading", "Each watched site and its health."),
    "posts": ("reading", "Every post and its state."),
    "events": ("reading", "What happened, newest first."),
    "history": ("history", "One post's life: versions, events, looks."),
    "diff": ("history", "What changed between two versions of a post."),
    "ack": ("triage", "Mark an event as seen, for us alone."),
    "dismiss": ("triage", "Mark an event as noise, for us alone."),
    "note": ("triage", "Keep a remark beside an event, for us alone."),
    "retract": ("triage", "Withdraw an event that was false, and tell all who had it."),
    "export": ("transfer", "Write what is kept into files: the pages as a folder."),
    "doctor": ("doctor", "What is wrong and how to mend it; or all a successor needs."),
    "forget": ("forgetting", "Erase a post for good: every version, look and word of it."),
    "verify": ("care", "Check every stored byte and the event chain against their hashes."),
    "notify": ("care", "Try the channels, or send once more what was refused."),
    "token": ("tokens", "Make, list and revoke tokens that read without the password."),
    "db": ("care", "Back the database up, restore it, migrate it."),
}


#: `gc.set_threshold` for all commands. Nearly all that a start makes stays, and so do the rows of a pass, two hundred
#: thousand objects of ten thousand posts: with 50,000 a pass over 2,700 posts went through what it held for 30 ms.
#: Python's own (700, 10, 10) took 5 % of a start.
COLLECT = (150_000, 10, 50)


class _Commands(click.Group):
    """Loads a command when it is called, and names the nearest one where there is none."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        if name not in COMMANDS:
            return None
        module = import_module(f".{COMMANDS[name][0]}", __package__)
        command: click.Command = getattr(module, name)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and args[0] not in COMMANDS:
            near = nearest(args[0], COMMANDS)
            hint = f'Did you mean "{near}"?' if near else "See: postwatch --help"
            raise click.UsageError(f'no command "{args[0]}". {hint}')
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, what) for name, (_, what) in COMMANDS.items()])


@click.group(
    cls=_Commands,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="First steps: postwatch init, postwatch add https://example.com/blog/, postwatch run. "
    "Or see it work: postwatch demo",
)
@click.option(
    "--config",
    "config",
    metavar="PATH",
    help="The config file. Else: $POSTWATCH_CONFIG, ./postwatch.toml, ./config.toml, the user's "
    "config folder, /etc/postwatch/config.toml.",
)
@click.option("--no-color", is_flag=True, help="No colours on the terminal.")
@click.version_option(__version__, prog_name="postwatch", message="%(prog)s %(version)s")
@click.pass_context
def cli(ctx: click.Context, config: str | None, no_color: bool) -> None:
    """Watches corporate blogs and tells when a post is removed, put back, edited, moved or
    delisted, with evidence."""
    ctx.ensure_object(dict).update(config=config, no_color=no_color)


def main(args: list[str] | None = None) -> None:
    """Runs a command and exits with the contract's code: 0 done, 1 failed in part, 2 wrong usage."""
    shared: dict[str, Any] = {}
    gc.set_threshold(*COLLECT)
    # What is left at the end goes with the process: to look through it all for what nobody holds took 0.1 s.
    atexit.register(gc.freeze)
    try:
        code: Any = cli.main(args, prog_name="postwatch", standalone_mode=False, obj=shared)
    except StoreForeign as e:
        from .common import FOUND, as_owner

        typed = sys.argv[1:] if args is None else args
        _say(f"{e}. Run: {as_owner(e.owner, typed, shared[FOUND])}")
        sys.exit(e.exit_code)
    except PostwatchError as e:
        _say(str(e))
        sys.exit(e.exit_code)
    except click.exceptions.NoArgsIsHelpError as e:
        click.echo(e.format_message(), err=True)
        sys.exit(2)
    except click.UsageError as e:
        where = f" See: {e.ctx.command_path} --help" if e.ctx and e.ctx.parent else ""
        said = e.format_message()
        _say((said if said.endswith(("?", ".", "!")) else said + ".") + where)
        sys.exit(2)
    except click.ClickException as e:
        _say(e.format_message())
        sys.exit(2)
    except (KeyboardInterrupt, click.Abort):
        _say("stopped")
        sys.exit(130)
    except BrokenPipeError:
        # The reader of our pipe has left; there is nobody to tell.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)
    except OSError as e:
        _say(f"{e.filename or 'output'}: {e.strerror or e}")
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
    sys.exit(code if isinstance(code, int) else 0)


def _say(message: str) -> None:
    line = " ".join(message.split())
    lines = sys.modules.get(f"{__package__}.log_lines")  # a command that logs has loaded it
    if lines is not None:
        line = lines.hidden(line)
    if lines is not None and lines.are_json():
        logging.getLogger("postwatch").error("%s", line)
    else:
        click.echo(f"postwatch: {line}", err=True)
