"""`tipoff dlq`: List, show and resend messages that failed every attempt."""

import json
from typing import Annotated

import typer
from rich.markup import escape

from shared.errors import UserError
from tipoff.cli import render
from tipoff.cli.options import DEFAULT_HOME, AsJson, AtHome, HelpfulGroup
from tipoff.operate.stores import open_stores

dlq = typer.Typer(cls=HelpfulGroup, help="Dead letters. Example: tipoff dlq list --home build/live")


@dlq.command("list")
def list_(home: AtHome = DEFAULT_HOME, as_json: AsJson = False) -> None:
    """Every dead letter with its last error.

    Example: tipoff dlq list --home build/live
    """
    stores = open_stores(home)
    letters = stores.queue.dead_letters()
    if as_json:
        render.print_json([{"id": r, "message": m, "error": e} for r, m, e in letters])
        return
    out, rows = render.console(), ((receipt, message_id, escape(error)) for receipt, message_id, error in letters)
    out.print(render.table("Id", "Message", "Last error", rows=rows) if letters else "no dead letters")
    if letters:
        out.print(f"[dim]send them again: tipoff dlq redrive --all{stores.option}[/]", soft_wrap=True)


@dlq.command()
def show(
    letter: Annotated[str, typer.Argument(metavar="ID", help="As listed, or the message's id.")],
    home: AtHome = DEFAULT_HOME,
) -> None:
    """One dead letter whole, as JSON.

    Example: tipoff dlq show 12 --home build/live
    """
    queue = open_stores(home).queue
    letters = {r: (m, e) for r, m, e in queue.dead_letters()}
    receipt = _receipts(letters, letter)[0]
    delivery = queue.dead(receipt)
    assert delivery is not None
    wanted = delivery.message
    render.print_json(
        {
            "id": receipt,
            "message": wanted.id,
            "topic": wanted.topic,
            "to": wanted.to,
            "published_at": delivery.published_at,
            "attempts": delivery.attempt,
            "error": letters[receipt][1],
            "event": json.loads(wanted.data),
        }
    )


@dlq.command()
def redrive(
    letter: Annotated[str | None, typer.Argument(metavar="[ID]", help="As listed, or the message's id.")] = None,
    everything: Annotated[bool, typer.Option("--all", help="Every dead letter.")] = False,
    home: AtHome = DEFAULT_HOME,
    as_json: AsJson = False,
) -> None:
    """Send dead letters again, with all their attempts left. Harmless for work that is done or superseded.

    Example: tipoff dlq redrive --all --home build/live
    """
    if (letter is None) == (not everything):
        raise UserError("name one dead letter, or give --all")
    stores = open_stores(home)
    letters = {r: (m, e) for r, m, e in stores.queue.dead_letters()}
    chosen = list(letters) if letter is None else _receipts(letters, letter)
    sent = stores.queue.redrive(chosen)
    document = {"redriven": sent, "messages": [letters[r][0] for r in chosen]}
    render.answer(document, f"{sent} sent again; {stores.worker} takes them", as_json=as_json)


def _receipts(letters: dict[str, tuple[str, str]], wanted: str) -> list[str]:
    """The receipts of a letter named by receipt or message id; UserError if there is none."""
    receipts = [r for r, (message_id, _) in letters.items() if wanted in (r, message_id)]
    if not receipts:
        known = ", ".join(f"{r} ({m})" for r, (m, _) in list(letters.items())[:3])
        raise UserError(f"no dead letter {wanted}; there are {known or 'none'}")
    return receipts
