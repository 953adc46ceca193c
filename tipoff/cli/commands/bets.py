"""`tipoff bets`: List a date's bets with their stakes, also as CSV."""

import csv
import sys
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.markup import escape

from shared.errors import UserError
from shared.map.loader import pipeline_map
from tipoff.cli import render
from tipoff.cli.options import DEFAULT_HOME, AsJson, AtHome, Bankroll, MaybeDay
from tipoff.cli.render import print_json, rows_of
from tipoff.slate.picks import Board, Pick, board
from tipoff.words import minutes, odds, share

COLUMNS = (
    *("date", "system", "player", "team", "opponent", "tip_utc", "side", "line", "book", "price", "quote_age_minutes"),
    *("ev", "ev_of_system", "stake_share", "stake", "playable_to_line", "playable_to_price"),
)


def bets(
    date: MaybeDay = None,
    home: AtHome = DEFAULT_HOME,
    system: Annotated[str, typer.Option(help="Whose picks.")] = "champion",
    bankroll: Bankroll = None,
    csv_file: Annotated[Path | None, typer.Option("--csv", help="Write a CSV here; - prints it.")] = None,
    as_json: AsJson = False,
) -> None:
    """The picks of a date that get a stake, and how much of the bankroll. Default: the latest date.

    A stake is a quarter of Kelly's share, by a chance that is drawn to the market's as far as the system's earlier
    disagreements with the market came true; EV is by that chance, too. Caps per bet, game and date are in the map
    (stakes). With a bankroll the stake is an amount as well.

    Example: tipoff bets 2024-02-26 --home build/r1 --bankroll 1000 --csv bets.csv
    """
    pipeline = pipeline_map()
    slate = board(rows_of(home), date, system, pipeline.settings["min_ev"], pipeline.stakes)
    listed = [_row(slate, pick, bankroll) for pick in slate.picks if pick.stake > 0.0]
    if csv_file is not None:
        _write(csv_file, listed)
    if as_json:
        print_json({"day": slate.day, "system": system, "slope": slate.slope, "bets": listed})
    elif csv_file is None:
        _print(slate, listed)


def _row(slate: Board, pick: Pick, bankroll: float | None) -> dict[str, Any]:
    """One bet; the amount is rounded down to cents."""
    amount = None if bankroll is None else int(100.0 * bankroll * pick.stake) / 100.0
    values = (
        *(slate.day, slate.system, pick.player_name, pick.team, pick.opponent, pick.tip_utc, pick.side, pick.line),
        *(pick.bookmaker, pick.odds, pick.age_minutes, round(pick.shrunk_ev or 0.0, 4), round(pick.ev or 0.0, 4)),
        *(round(pick.stake, 6), amount, pick.playable_to, pick.playable_odds),
    )
    return dict(zip(COLUMNS, values, strict=True))


def _write(path: Path, listed: list[dict[str, Any]]) -> None:
    """The CSV, whole in a file or on standard output."""
    if str(path) == "-":
        _rows_to(sys.stdout, listed)
        return
    try:
        with path.open("w", encoding="utf-8", newline="") as file:
            _rows_to(file, listed)
    except OSError as error:
        raise UserError(f"cannot write {path}: {error.strerror or error}") from error


def _rows_to(file: Any, listed: list[dict[str, Any]]) -> None:
    writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows({**row, "tip_utc": f"{row['tip_utc']:%Y-%m-%dT%H:%M:%SZ}"} for row in listed)


def _print(slate: Board, listed: list[dict[str, Any]]) -> None:
    out = render.console()
    total = sum(row["stake_share"] for row in listed)
    count = f"{len(listed)} bet{'' if len(listed) == 1 else 's'} of {len(slate.picks)} picks"
    out.print(f"[bold]{slate.day}[/]  {escape(slate.system)}: {count}, {share(total)} of the bankroll", soft_wrap=True)
    kept = f"Kept of the disagreement with the market: {slate.slope.value:.2f}; {slate.slope.about}"
    out.print(f"[dim]{kept}[/]\n", soft_wrap=True)
    if listed:
        headings = ("Player", "Game", "Bet", "Book", ">Price", ">Age", ">EV", ">Stake", ">Amount", ">Playable to")
        out.print(render.table(*headings, rows=map(_cells, listed)))


def _cells(row: dict[str, Any]) -> tuple[str, ...]:
    line = "-" if row["playable_to_line"] is None else f"{row['playable_to_line']:g}"
    return (
        *(escape(row["player"]), f"{row['team']} v {row['opponent']}", f"{row['side']} {row['line']:g}"),
        *(escape(row["book"]), odds(row["price"]), minutes(row["quote_age_minutes"]), share(row["ev"], signed=True)),
        *(f"{row['stake_share']:.2%}", "-" if row["stake"] is None else f"{row['stake']:,.2f}"),
        f"{line}, {odds(row['playable_to_price'])}",
    )
