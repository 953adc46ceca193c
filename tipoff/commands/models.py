"""`tipoff models list`: the registry."""

from typing import TYPE_CHECKING, Any

import typer

from tipoff.commands.options import DEFAULT_HOME, AsJson, Home

if TYPE_CHECKING:
    from collections.abc import Sequence

_METRICS = ("mae", "line_mae", "bias", "coverage_80", "brier")


def register(app: typer.Typer) -> None:
    """Add the group."""
    group = typer.Typer(no_args_is_help=True, help="The models that made predictions, and the one that makes the next.")
    group.command("list")(list_models)
    app.add_typer(group, name="models")


def list_models(home: Home = DEFAULT_HOME, as_json: AsJson = False) -> None:
    """Every model in the home: hash, data cut-off, rows and held-back metrics; the promoted one is marked.

    Example: tipoff models list --home build/r1
    """
    from shared.adapters.models import FileModels
    from shared.errors import UserError
    from tipoff.render import print_json

    models = FileModels(home / "models")
    cards = models.cards()
    if not cards and not home.exists():
        raise UserError(f"{home} is not a Tipoff home; run tipoff demo, replay or up with this --home first")
    promoted = {m.hash for s in {c["system_id"] for c in cards} if (m := models.current(s)) is not None}
    marked = [{**c, "is_current": c["hash"] in promoted} for c in cards]
    if as_json:
        print_json(marked)
    else:
        _print(marked)


def _print(cards: "Sequence[dict[str, Any]]") -> None:
    from tipoff import render

    out = render.console()
    if not cards:
        out.print("no models yet; tipoff train makes one")
        return
    made = render.table("", "System", "Hash", "Through", ">Rows", *(f">{m}" for m in _METRICS), "Created")
    for card in cards:
        made.add_row(
            "[green]●[/]" if card["is_current"] else "",
            card["system_id"],
            card["hash"][:12],
            str(card.get("trained_through", "")),
            f"{card.get('rows', 0):,}",
            *(render.value(card.get("metrics", {}).get(m)) for m in _METRICS),
            card["created_at"][:16].replace("T", " "),
        )
    out.print(made)
    out.print("[dim]● makes the next predictions; metrics on rows held back from training[/]")
