"""`tipoff bankroll`: Show what a bankroll would have become of past picks."""

from datetime import date
from typing import Annotated

import typer
from rich.markup import escape

from shared.map.loader import pipeline_map
from tipoff.cli import render
from tipoff.cli.options import DEFAULT_HOME, AsJson, AtHome, Bankroll, FromDay, ToDay
from tipoff.cli.render import print_json, rows_of
from tipoff.slate.bankroll import Night, Simulation, simulate
from tipoff.words import share

SHOWN = 15  # last dates


def bankroll(
    home: AtHome = DEFAULT_HOME,
    first: FromDay = None,
    last: ToDay = None,
    system: Annotated[str, typer.Option(help="Whose picks.")] = "champion",
    bankroll: Bankroll = None,
    as_json: AsJson = False,
) -> None:
    """Stake a system's graded picks date by date as `tipoff bets` would have, from a bankroll of 1 or the one given.

    The chances of a date are shrunk by what the grades of earlier dates say. Drawdown: the largest fall from an earlier
    peak. Past picks say little about coming ones; the claims that figures allow are those of `tipoff evaluate`.

    Example: tipoff bankroll --home build/r1 --system champion --bankroll 1000
    """
    found = simulate(rows_of(home), system, first or date.min, last or date.max, pipeline_map().stakes)
    if as_json:
        print_json(found)
    else:
        _print(found, bankroll or 1.0)


def _print(found: Simulation, start: float) -> None:
    out = render.console()
    dates = f"{found.nights[0].day} to {found.nights[-1].day}"
    out.print(f"[bold]{dates}[/]  {escape(found.system)}: {found.bets:,} bets on {len(found.nights)} dates")
    end = start * (1.0 + found.growth)
    won = "-" if found.yield_ is None else share(found.yield_, signed=True)
    out.print(
        f"{start:,.2f} became {end:,.2f} ({share(found.growth, signed=True)}), {won} of what was staked;"
        f" maximum drawdown {share(found.drawdown)}\n",
        soft_wrap=True,
    )
    headings = ("Date", ">Bets", ">Staked", ">Won", ">Bankroll", ">Kept of disagreements")
    rows = (_cells(night, start) for night in found.nights[-SHOWN:])
    out.print(render.table(*headings, title=f"the last {min(SHOWN, len(found.nights))} dates", rows=rows))


def _cells(night: Night, start: float) -> tuple[str, ...]:
    return (
        *(str(night.day), str(night.bets), share(night.staked), share(night.won, signed=True)),
        *(f"{start * night.bankroll:,.2f}", f"{night.slope:.2f}"),
    )
