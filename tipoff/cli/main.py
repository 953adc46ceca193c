"""The command line. A user's mistake is one line on stderr, never a traceback.

Exit codes: 0 success, 1 an error in the data or the program, 2 a mistake at the command line, 130 Ctrl-C.
`tipoff status` adds 3 running, 4 late or degraded, 5 failed; `replay` and `demo` add 5 for a failed phase;
`tipoff deploy status` adds 5 for drift.
"""

import errno
import os
import sys
from collections.abc import Sequence
from importlib import import_module
from io import TextIOWrapper
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.exceptions import Abort, TyperException

from shared.errors import TipoffError, UserError
from tipoff.cli.options import INTERRUPTED, HelpfulGroup

COMMANDS = (
    "demo", "replay", "status", "picks", "bets", "results", "bankroll", "quotes", "explain", "trace", "tables",
    "export", "web", "report", "up", "request", "rerun", "dlq", "quarantine", "parse", "train", "models", "systems",
    "evaluate", "map", "deploy", "spans",
)  # fmt: skip
FOLDER = Path(__file__).parent / "commands"
UNUSABLE = (errno.EACCES, errno.EISDIR, errno.ENOENT, errno.ENOSPC, errno.ENOTDIR, errno.EROFS)  # of a file


class Commands(HelpfulGroup):
    """The commands, in this order; each is imported when it is asked for."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        names: Any = dict.fromkeys(COMMANDS)
        self.commands = names  # for suggestions

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """The command or the group that its module has by this name."""
        del ctx
        if cmd_name not in COMMANDS:
            return None
        module = import_module(f"tipoff.cli.commands.{cmd_name}")
        command, one = getattr(module, cmd_name), typer.Typer(rich_markup_mode=None, callback=lambda: None)
        if isinstance(command, typer.Typer):
            one.add_typer(command, name=cmd_name)
        else:
            one.command(cmd_name, context_settings=getattr(module, "CONTEXT", None))(command)
        return typer.main.get_group(one).commands[cmd_name]

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        """List each command with the purpose that the first line of its module states."""
        del ctx
        with formatter.section("Commands"):
            formatter.write_dl([(name, _purpose(name)) for name in COMMANDS])


def _purpose(command: str) -> str:
    with (FOLDER / f"{command}.py").open(encoding="utf-8") as file:
        return file.readline().strip('"\n').partition(": ")[2]


app = typer.Typer(
    name="tipoff",
    cls=Commands,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,  # typer's rich help takes as long to import as the rest of the command line
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _version(is_asked: bool) -> None:  # noqa: FBT001 - typer calls it so
    if is_asked:
        from importlib.metadata import version

        typer.echo(f"tipoff {version('tipoff')}")
        raise typer.Exit


@app.callback()
def tipoff(
    *,
    version: Annotated[bool, typer.Option("--version", callback=_version, is_eager=True, help="Print it.")] = False,
) -> None:
    """NBA player-points predictions made before the tip and graded after the buzzer, with the proof of both.

    Start with "tipoff demo"; look with "tipoff status"; ask why with "tipoff trace PLAYER DATE".
    """
    del version


def run(arguments: Sequence[str]) -> int:
    """Run one command line; its exit code. Only an unexpected error leaves a traceback."""
    try:
        code = app(list(arguments), standalone_mode=False)
        sys.stdout.flush()
    except TipoffError as error:
        return _fail(str(error), 2 if isinstance(error, UserError) else 1)
    except TyperException as error:
        return _fail(f"{error.format_message()} (tipoff --help lists commands and options)", 2)
    except (Abort, KeyboardInterrupt):
        return INTERRUPTED
    except SystemExit as stop:  # how rich and typer end when the reader of the output has closed the pipe
        if not isinstance(stop.__context__, BrokenPipeError):
            raise
        return _discard_output(0)
    except BrokenPipeError:
        return _discard_output(0)
    except OSError as error:
        if error.errno not in UNUSABLE:
            raise
        code = _fail(f"{error.filename or 'the output'} cannot be used: {error.strerror}", 2)
        return code if error.filename else _discard_output(code)
    return code if isinstance(code, int) else 0


def _discard_output(code: int) -> int:
    """Let what is left in the buffer go nowhere, so that writing it at exit does not fail again."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return code


def _fail(sentence: str, code: int) -> int:
    print(f"tipoff: {' '.join(sentence.split())}", file=sys.stderr)
    return code


def main() -> None:
    """The console script. Only `replay` runs long enough to start again with other allocators."""
    if sys.argv[1:2] == ["replay"]:
        from shared.adapters.local.tuning import use_allocators
        from shared.settings import is_tuned

        if is_tuned(os.environ):
            use_allocators(os.environ)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="replace")  # a name that the terminal's encoding lacks
    sys.exit(run(sys.argv[1:]))
