"""`tipoff`: the operator's side. A person's mistake is one line on stderr, never a traceback.

Exit codes: 0 fine, 1 an error of ours or of the data, 2 a mistake at the command line, 130 Ctrl-C;
`tipoff status` adds 3 running, 4 late or degraded, 5 failed; so do `replay` and `demo` for a failed phase;
`tipoff deploy status` adds 5 drift.
"""

import sys
from collections.abc import Sequence
from importlib import import_module
from typing import Annotated

import typer
from typer.exceptions import Abort, TyperException

from shared.errors import TipoffError, UserError
from tipoff.cli.options import HelpfulGroup

COMMANDS = (
    "demo", "replay", "status", "picks", "explain", "trace", "export", "up", "request", "rerun", "dlq", "quarantine",
    "train", "models", "evaluate", "map", "deploy", "spans",
)  # fmt: skip
INTERRUPTED = 130

app = typer.Typer(
    name="tipoff",
    cls=HelpfulGroup,
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


for _name in COMMANDS:
    import_module(f"tipoff.cli.commands.{_name}").register(app)


def run(arguments: Sequence[str]) -> int:
    """Run one command line; the exit code. Only what nobody foresaw leaves a traceback."""
    try:
        code = app(list(arguments), standalone_mode=False)
    except UserError as error:
        return _fail(str(error), 2)
    except TipoffError as error:
        return _fail(f"{type(error).__name__}: {error}", 1)
    except TyperException as error:
        return _fail(f"{error.format_message()} (tipoff --help lists commands and options)", 2)
    except (Abort, KeyboardInterrupt):
        return INTERRUPTED
    return code if isinstance(code, int) else 0


def _fail(sentence: str, code: int) -> int:
    print(f"tipoff: {' '.join(sentence.split())}", file=sys.stderr)
    return code
