"""`tipoff up`: the local service on the real clock."""

import signal
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tipoff.cli.options import DEFAULT_HOME, Home

if TYPE_CHECKING:
    import threading

    from shared.work.app import App


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(up)


def up(
    home: Home = DEFAULT_HOME,
    source: Annotated[str, typer.Option(envvar="TIPOFF_SOURCE", help="nba (HTTP) or history (a folder).")] = "nba",
    data: Annotated[Path | None, typer.Option(envvar="TIPOFF_DATA", help="The folder, for history.")] = None,
    http: Annotated[
        int | None, typer.Option(metavar="PORT", help="Also serve /FUNCTION on 127.0.0.1; 0 takes a free port.")
    ] = None,
) -> None:
    """Run the pipeline here and now. Schedules, queue, functions and sweeps, until Ctrl-C or SIGTERM.

    Missed ticks are made up for once: the latest pregame of today, the latest postgame, one sweep.

    Example: tipoff up --home build/live --source history --data ../shared/data
    """
    import logging
    import threading
    from contextlib import nullcontext

    from rich.markup import escape

    from shared.bootstrap import feeds_of
    from shared.settings import Settings
    from tipoff.cli.render import console
    from tipoff.local.runtime import LocalRuntime, only_process
    from tipoff.local.service import Service, queue_of
    from tipoff.local.serving import serving

    out = console()
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(name)s %(message)s")
    logging.getLogger("werkzeug").setLevel(logging.WARNING)
    stop = threading.Event()
    _stop_on_signals(stop)
    feeds_of(Settings(home=home, source=source, data=data))  # a mistake is said before anything is made
    with only_process(home):
        app = _app(home, source, data)
        queue = queue_of(app)

        def say(line: str) -> None:
            out.print(f"[dim]{app.clock.now():%H:%M:%SZ}[/] {escape(line)}", soft_wrap=True)

        runtime = LocalRuntime(app, queue, on_delivery=lambda d: say(f"{d.message.to} {d.message.id}"))
        with serving(app.map, http) if http is not None else nullcontext() as port:
            say(f"up on {home}, source {source}" + (f", http://127.0.0.1:{port}/FUNCTION" if port else ""))
            Service(app, queue, runtime, stop, say).run()
        say("stopped")


def _app(home: Path, source: str, data: Path | None) -> "App":
    """The process's one app, shared with the functions behind HTTP; they build it from the environment."""
    import os

    from shared.bootstrap import current_app

    given = {"TIPOFF_HOME": home, "TIPOFF_SOURCE": source, "TIPOFF_DATA": data}
    os.environ.update({name: str(value) for name, value in given.items() if value is not None})
    return current_app()


def _stop_on_signals(stop: "threading.Event") -> None:
    """Ctrl-C and SIGTERM end the loop after the message in hand."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
