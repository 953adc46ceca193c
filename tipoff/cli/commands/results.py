"""`tipoff results`: Show what became of a date's picks."""

from typing import Annotated

import typer
from rich.markup import escape

from tipoff.cli import render
from tipoff.cli.options import DEFAULT_HOME, AsJson, AtHome, MaybeDay
from tipoff.cli.render import print_json, rows_of
from tipoff.slate.results import Record, Result, Results
from tipoff.slate.results import results as results_of
from tipoff.words import interval, odds, share, signed

STYLES = {"win": "green", "loss": "red", "pending": "cyan"}


def results(
    date: MaybeDay = None,
    home: AtHome = DEFAULT_HOME,
    system: Annotated[str, typer.Option(help="Whose picks.")] = "champion",
    as_json: AsJson = False,
) -> None:
    """A date's picks with their outcomes, and the record through it. Default: the last date that was graded.

    Units: profit at one unit a pick, at the best line and price that were offered; 0 for a push and for a player who
    did not play. CLV: points by which the line of the pick's book moved our way until its last quote before the
    tip; a dash where that book was not seen later. Intervals are 95 %, clustered by date, from 20 dates on.

    Example: tipoff results yesterday --home build/r1
    """
    found = results_of(rows_of(home), date, system)
    if as_json:
        print_json({**render.plain(found), "outcomes": found.outcomes})
    else:
        _print(found)


def _print(found: Results) -> None:
    out = render.console()
    count = f"{len(found.picks)} pick{'' if len(found.picks) == 1 else 's'}"
    ended = ", ".join(f"{n} {outcome}" for outcome, n in found.outcomes.items())
    heading = f"[bold]{found.day}[/]  {escape(found.system)}: {count} of {found.predictions} predictions"
    out.print(f"{heading}{': ' if ended else ''}{ended}\n")
    if found.picks:
        headings = ("Player", "Pick", "Result", ">Scored", ">Units", ">Odds", ">CLV", "Game", "Book", ">Predicted")
        render.show(render.table(*headings, rows=map(_cells, found.picks)))
    for name, record in ((str(found.day), found.record), (f"all through {found.day}", found.running)):
        out.print(f"{name}: {_sentence(record)}", soft_wrap=True)


def _cells(pick: Result) -> tuple[str, ...]:
    style, reason = STYLES.get(pick.outcome, "default"), pick.reason.replace("_", " ")
    ended = f"[{style}]{pick.outcome}[/]{f' ({escape(reason)})' if reason else ''}"
    return (
        *(escape(pick.player_name), f"{pick.side} {pick.line:g}", ended, render.value(pick.actual_points)),
        *(signed(pick.units), odds(pick.odds), signed(pick.clv_points, 1)),
        *(f"{pick.team} {'v' if pick.is_home else '@'} {pick.opponent}", escape(pick.bookmaker)),
        f"{pick.predicted_points:.1f}",
    )


def _sentence(record: Record) -> str:
    """`34 bets, +2.10 units, ROI +6.2% (-8.0% to +20.1%), CLV +0.12 points of 30 (88 %), 60.0% beat the close`."""
    if not record.bets:
        return "no settled pick"
    roi = " ".join(filter(None, (share(record.roi, signed=True), interval(record.roi_95))))
    covered = f"{record.clv_bets:,} of {record.bets:,} with a later quote of their book"
    clv = f"CLV {signed(record.clv_points)} points ({covered})" if record.clv_bets else f"no CLV: {covered}"
    beaten = "" if record.clv_beaten is None else f", {share(record.clv_beaten)} of those that moved beat the close"
    return f"{record.bets:,} bets, {signed(record.units)} units, ROI {roi}, {clv}{beaten}"
