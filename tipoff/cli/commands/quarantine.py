"""`tipoff quarantine`: List, show and release refused messages and rows."""

from typing import Annotated

import typer
from rich.markup import escape

from shared.clock import SystemClock
from shared.errors import UserError
from shared.ports import Stored
from tipoff.cli import render
from tipoff.cli.options import DEFAULT_HOME, AsJson, AtHome, HelpfulGroup
from tipoff.operate import quarantine as holding
from tipoff.operate.stores import Stores, open_stores

SHOWN = 50
LIMIT = 10_000
quarantine = typer.Typer(
    cls=HelpfulGroup, help="What could not be handled. Example: tipoff quarantine list --home build/live"
)


@quarantine.command("list")
def list_(home: AtHome = DEFAULT_HOME, as_json: AsJson = False) -> None:
    """Everything that is held, with the reason.

    Example: tipoff quarantine list --home build/live
    """
    held = open_stores(home).state.find("quarantine", "held", LIMIT)
    if as_json:
        render.print_json([{"id": s.id, "reason": s.doc["reason"], "at": s.doc["at"]} for s in held])
        return
    out = render.console()
    rows = ((escape(s.id), str(s.doc["at"])[:16], escape(str(s.doc["reason"]))) for s in held[:SHOWN])
    out.print(render.table("Id", "Since (UTC)", "Reason", rows=rows) if held else "quarantine is empty")
    if len(held) > SHOWN:
        out.print(f"and {len(held) - SHOWN} more; --json lists all")


@quarantine.command()
def show(
    held: Annotated[str, typer.Argument(metavar="ID", help="Or its beginning.")], home: AtHome = DEFAULT_HOME
) -> None:
    """One thing whole, as JSON.

    Example: tipoff quarantine show 2024-02-26.pregame.1.raw --home build/live
    """
    stored = _one(open_stores(home), held)
    render.print_json({"id": stored.id, **stored.doc})


@quarantine.command()
def release(
    held: Annotated[str, typer.Argument(metavar="ID", help="Or its beginning.")],
    home: AtHome = DEFAULT_HOME,
    as_json: AsJson = False,
) -> None:
    """Let one thing go. A message is sent again; a row is judged again by doing its unit again.

    Example: tipoff quarantine release 2024-02-26.pregame.1.raw --home build/live
    """
    stores = open_stores(home)
    stored = _one(stores, held)
    released = holding.release_of(stores, stored)
    stores.queue.publish([released.message])
    holding.mark_released(stores, stored, SystemClock().now().isoformat())
    document = {"id": stored.id, "message": released.message.id, "sentence": released.sentence}
    render.answer(document, f"{released.sentence}; {stores.worker} does it", as_json=as_json)


def _one(stores: Stores, wanted: str) -> Stored:
    """The one held thing whose id starts so; UserError if there is none, or several."""
    held = stores.state.find("quarantine", "held", LIMIT)
    matching = [s for s in held if s.id == wanted] or [s for s in held if s.id.startswith(wanted)]
    if len(matching) == 1:
        return matching[0]
    if not matching:
        raise UserError(f"nothing held starts with {wanted}; tipoff quarantine list shows what is")
    raise UserError(f"{len(matching)} held things start with {wanted}: {', '.join(s.id for s in matching[:3])}")
