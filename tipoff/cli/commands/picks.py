"""`tipoff picks`: List the picks of a date and why the rest is passed."""

from typing import Annotated

import typer
from rich.markup import escape

from shared.map.loader import pipeline_map
from tipoff.cli import render
from tipoff.cli.options import DEFAULT_HOME, AsJson, AtHome, MaybeDay
from tipoff.cli.render import print_json, rows_of
from tipoff.slate.picks import Board, Pick, board, why_passed
from tipoff.words import minutes, odds, share


def picks(
    date: MaybeDay = None,
    home: AtHome = DEFAULT_HOME,
    system: Annotated[str, typer.Option(help="Whose picks.")] = "champion",
    as_json: AsJson = False,
) -> None:
    """The picks of a date, highest EV first, at the best prices offered. Default: the latest date with predictions.

    Book: the one that is best for the side by our probabilities. Age: how long before the prediction its quote was last
    seen. Shopped: what its price and line add to the EV at the book that the prediction's line is from.
    Chance: of the side, given no push. No-vig: the market's chance. EV: per unit staked. Stake: the share of the
    bankroll, as `tipoff bets` lists it.
    Flips: the line from which the other side is likelier. Playable to: the worst line, and the worst odds at
    the pick's line, for which it is still a pick.

    Example: tipoff picks 2024-02-26 --home build/r1 --system champion
    """
    pipeline = pipeline_map()
    slate = board(rows_of(home), date, system, pipeline.settings["min_ev"], pipeline.stakes)
    if as_json:
        print_json(slate)
    else:
        _print(slate)


def _print(board: Board) -> None:
    out = render.console()
    count = f"{len(board.picks)} pick{'' if len(board.picks) == 1 else 's'}"
    out.print(f"[bold]{board.day}[/]  {escape(board.system)}: {count} of {board.players} predictions\n")
    if board.picks:
        headings = (
            *("Player", "Game", "Pick", ">Odds", ">EV", ">Stake", "Book", ">Age", ">Shopped", ">Chance", ">No-vig"),
            *(">Edge", ">Points", ">Fair", ">Flips", ">Playable to"),
        )
        render.show(render.table(*headings, rows=([escape(cell) for cell in _cells(pick)] for pick in board.picks)))
    if board.passed:
        passed = ((reason, f"{players:,}", why_passed(reason)) for reason, players in board.passed.items())
        out.print(render.table("No pick", ">Players", "", rows=passed))


def _cells(pick: Pick) -> tuple[str, ...]:
    game = f"{pick.team} {'v' if pick.is_home else '@'} {pick.opponent}"
    return (
        *(pick.player_name, game, f"{pick.side} {pick.line:g}", odds(pick.odds), share(pick.ev, signed=True)),
        *(share(pick.stake), pick.bookmaker, minutes(pick.age_minutes), share(pick.gained, signed=True)),
        *(share(pick.chance), share(pick.market_chance), share(pick.edge, signed=True)),
        *(f"{pick.predicted_points:.1f}", odds(pick.fair_odds), f"{pick.flips_at:g}"),
        f"{'-' if pick.playable_to is None else f'{pick.playable_to:g}'}, {odds(pick.playable_odds)}",
    )
