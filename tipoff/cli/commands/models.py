"""`tipoff models`: List, show, compare, promote and roll back models."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Annotated, Any

import typer

from shared.errors import UserError
from tipoff.cli import render
from tipoff.cli.options import DEFAULT_HOME, AsJson, AtHome, HelpfulGroup
from tipoff.cli.render import rows_of
from tipoff.home import Home
from tipoff.training import gates

Digest = Annotated[str, typer.Argument(help="How a model's hash begins.")]
_FACTS = ("first_date", "trained_through", "held_back_from", "rows", "trials")
_METRICS = ("mae", "mae_with_line", "line_mae", "bias", "coverage_80", "brier")


models = typer.Typer(cls=HelpfulGroup, help="The models in the home.")


@models.command("list")
def list_models(home: AtHome = DEFAULT_HOME, as_json: AsJson = False) -> None:
    """Every model in the home. Hash, data cut-off, rows and held-back metrics; the promoted one is marked.

    Example: tipoff models list --home build/r1
    """
    models = home.models
    cards = models.cards()
    if not cards and not home.exists:
        raise UserError(f"{home} is not a Tipoff home; run tipoff demo, replay or up with this --home first")
    promoted = {m.hash for s in {c["system_id"] for c in cards} if (m := models.current(s)) is not None}
    marked = [{**c, "is_current": c["hash"] in promoted} for c in cards]
    if as_json:
        render.print_json(marked)
    else:
        _print(marked)


@models.command()
def show(digest: Digest, home: AtHome = DEFAULT_HOME) -> None:
    """Everything the card of one model says, as JSON.

    Example: tipoff models show 3f2a --home build/r1
    """
    render.print_json(_card(home, digest))


@models.command()
def compare(first: Digest, second: Digest, home: AtHome = DEFAULT_HOME, as_json: AsJson = False) -> None:
    """Two models side by side. What they learnt from, and their held-back figures.

    The rows held back are each model's own, the last of what it learnt from: compare models of one cut-off.

    Example: tipoff models compare 3f2a 91bc --home build/r1
    """
    cards = [_card(home, first), _card(home, second)]
    if as_json:
        render.print_json(cards)
        return
    metrics = sorted(set().union(*(c.get("metrics", {}) for c in cards)))
    rows = (
        *((n, *(render.value(c.get(n)) for c in cards)) for n in _FACTS),
        ("features", *(str(len(c.get("features", []))) for c in cards)),
        *((n, *(render.value(c.get("metrics", {}).get(n)) for c in cards)) for n in metrics),
    )
    headings = (f">{c['system_id']} {c['hash'][:8]}" for c in cards)
    render.console().print(render.table("Figure", *headings, rows=rows))


@models.command()
def promote(digest: Digest, home: AtHome = DEFAULT_HOME, as_json: AsJson = False) -> None:
    """Let a kept model predict from now on, if it passes the gates.

    They are limits for its figures on dates held back from training, and its CLV: a model whose graded picks in this
    home lost chance until the close, by the 95 % interval from 20 dates on, is refused.

    Example: tipoff models promote 3f2a --home build/r1
    """
    card = _card(home, digest)
    known = _closing_value(home, card)
    refused = [reason for reason in (*gates.failures(card), gates.closing_failure(known)) if reason]
    if refused:
        raise UserError(f"{card['system_id']} {card['hash'][:12]} is not promoted: {'; '.join(refused)}")
    home.models.promote(card["system_id"], card["hash"])
    _say(card["system_id"], card["hash"], f"is now in use; {gates.closing_sentence(known)}", as_json=as_json)


@models.command()
def rollback(
    system: Annotated[str, typer.Argument(help="A system.")], home: AtHome = DEFAULT_HOME, as_json: AsJson = False
) -> None:
    """Return a system to the model in use before its current one.

    Example: tipoff models rollback champion --home build/r1
    """
    model = home.models.rollback(system)
    if model is None:
        raise UserError(f"{system} has no model before its current one in {home}")
    _say(system, model.hash, "is in use again", as_json=as_json)


def _closing_value(home: Home, card: Mapping[str, Any]) -> dict[str, Any]:
    """CLV of the picks that the model made in this home; empty without any that is graded."""
    from tipoff.evaluation import clv, graded_rows
    from tipoff.evaluation.metrics import staked

    if not home.exists:
        return {}
    systems = graded_rows.played(graded_rows.read_rows(rows_of(home), date.min, date.max, card["system_id"]))
    made = [rows.only((rows.models == card["hash"]) & staked(rows)) for rows in systems.values()]
    return clv.figures(made[0]) if made and len(made[0]) else {}


def _say(system: str, digest: str, what: str, *, as_json: bool) -> None:
    document = {"system_id": system, "hash": digest, "is_current": True}
    render.answer(document, f"{system} {digest[:12]} {what}", as_json=as_json)


def _card(home: Home, digest: str) -> dict[str, Any]:
    """The one card whose hash begins so; UserError otherwise."""
    cards = [c for c in home.models.cards() if c["hash"].startswith(digest)]
    if len(cards) != 1:
        raise UserError(f"{len(cards)} models in {home} have a hash that begins with {digest}; see tipoff models list")
    return cards[0]


def _print(cards: Sequence[dict[str, Any]]) -> None:
    out = render.console()
    if not cards:
        out.print("no models yet; tipoff train makes one")
        return
    headings = ("", "System", "Hash", "Through", ">Rows", *(f">{m}" for m in _METRICS), "Created (UTC)")
    out.print(render.table(*headings, rows=map(_row, cards)))
    out.print("[dim]● makes the next predictions; metrics on rows held back from training[/]")


def _row(card: dict[str, Any]) -> tuple[str, ...]:
    return (
        *("[green]●[/]" if card["is_current"] else "", card["system_id"], card["hash"][:12]),
        *(str(card.get("trained_through", "")), f"{card.get('rows', 0):,}"),
        *(render.value(card.get("metrics", {}).get(m)) for m in _METRICS),
        card["created_at"][:16].replace("T", " "),
    )
