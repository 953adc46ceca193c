"""`tipoff web`: Show the home's pages in a browser: tonight, record, pipeline."""

import threading
import webbrowser
from typing import Annotated

import typer

from tipoff.cli.options import DEFAULT_HOME, AtHome
from tipoff.cli.render import console
from tipoff.home import Home

PORT = 8642


def web(
    home: AtHome = DEFAULT_HOME,
    port: Annotated[int, typer.Option(help="On 127.0.0.1; 0 takes a free port.")] = PORT,
    open_browser: Annotated[bool, typer.Option("--open", help="Open the browser.")] = False,
) -> None:
    """Serve the home's pages on this machine until Ctrl-C. Works while `tipoff up` runs, and follows it live.

    Tonight's picks with the reasons, each player, the track record, the pipeline and the models. Nothing is fetched
    from elsewhere, and nothing can be changed from a page.

    Example: tipoff web --home build/demo --open
    """
    show(home, port, "/", open_browser=open_browser)


def show(home: Home, port: int, path: str, *, open_browser: bool) -> None:
    """Serve the pages, and open one of them."""
    from tipoff.web.app import create_app
    from tipoff.web.serving import Server, listen

    app = create_app(home)
    with listen(port) as socket:
        url = f"http://127.0.0.1:{socket.getsockname()[1]}"
        console().print(f"{home} on {url}{path} until Ctrl-C", soft_wrap=True)
        if open_browser:
            threading.Timer(0.5, webbrowser.open, (url + path,)).start()
        Server(app).run(sockets=[socket])
