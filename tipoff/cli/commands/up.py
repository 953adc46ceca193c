"""`tipoff up`: Run the local service on the real clock."""

import logging
import signal
import threading
from contextlib import nullcontext
from dataclasses import replace
from typing import Annotated

import typer
from rich.markup import escape

from shared.bootstrap import share
from shared.clock import SystemClock
from shared.contracts.sources import SITES
from shared.errors import UserError
from shared.settings import Settings
from tipoff.cli.options import DEFAULT_HOME, AtHome, Data, Source
from tipoff.cli.render import console
from tipoff.home import NoFeeds
from tipoff.local.runtime import LocalRuntime
from tipoff.local.service import Service
from tipoff.local.serving import serving


def up(
    home: AtHome = DEFAULT_HOME,
    source: Source = None,
    data: Data = None,
    feeds_from: Annotated[
        str | None, typer.Option(metavar="URL", help="A server that stands for every site of the source nba.")
    ] = None,
    http: Annotated[
        int | None, typer.Option(metavar="PORT", help="Also serve /FUNCTION on 127.0.0.1; 0 takes a free port.")
    ] = None,
) -> None:
    """Run the pipeline here and now. Schedules, queue, functions and sweeps, until Ctrl-C or SIGTERM.

    Missed ticks are made up for once: the latest pregame of today, the latest postgame, one sweep.

    Example: tipoff up --home build/live --source history --data ../shared/data
    """
    out = console()
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(name)s %(message)s")
    logging.getLogger("werkzeug").setLevel(logging.WARNING)
    stop = threading.Event()
    _stop_on_signals(stop)
    settings, feeds = home.source(source, data, feeds_from)
    settings = replace(settings, durable=True)  # a power loss must not leave a queue older than the state
    if isinstance(feeds, NoFeeds):
        raise UserError(feeds.reason)
    with home.opened(settings, SystemClock(), feeds) as app:
        share(app)

        def say(line: str) -> None:
            out.print(f"[dim]{app.clock.now():%H:%M:%SZ}[/] {escape(line)}", soft_wrap=True)

        runtime = LocalRuntime(app, app.events, lambda d: say(f"{d.message.to} {d.message.id}"), on_settled=app.show)
        with serving(app.map, http) if http is not None else nullcontext() as port:
            say(f"up on {home}" + (f", http://127.0.0.1:{port}/FUNCTION" if port else ""))
            say(f"feeds from {_origin(settings)}")
            Service(app, runtime, stop, say).run()
        say("stopped")


def _origin(settings: Settings) -> str:
    """Where the feeds come from: the folder, or the address of each site."""
    if settings.source == "history":
        return f"the folder {settings.data}"
    addresses = {site: settings.base_urls.get(site, stated.host) for site, stated in SITES.items()}
    if len(set(addresses.values())) == 1:
        return f"{addresses.popitem()[1]}, for every site"
    return ", ".join(f"{url} ({site})" for site, url in addresses.items())


def _stop_on_signals(stop: threading.Event) -> None:
    """Ctrl-C and SIGTERM end the loop after the current message."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
