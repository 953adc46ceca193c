"""The tables of docs/model-card.md, from homes that `tipoff replay` filled.

`python -m tools.model_card` writes the tables anew from the stored figures. With `--commit HASH HOME ...` it first
measures homes, whose predictions the code of that commit made, and stores their figures.
"""

import argparse
import json
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from math import isfinite
from pathlib import Path
from typing import Any

from tipoff.evaluation import columns
from tipoff.evaluation.graded_rows import played, read_rows, refuse_seen_dates
from tipoff.evaluation.report import evaluate
from tipoff.home import Home

ROOT = Path(__file__).resolve().parent.parent
CARD = ROOT / "docs" / "model-card.md"
RECORDS = ROOT / "docs" / "records"
BEGIN, END = "<!-- tables: begin, by `make docs` -->", "<!-- tables: end -->"
REPLAY = "tipoff replay --data DIR --from {first} --to {last} --retrain {retrain} --home HOME"
DIGITS = 6
_DATES = "SELECT MIN(game_date) AS first, MAX(game_date) AS last FROM nba_predictions.player_prop_predictions"
# A column of the card: the figure's key in tipoff.evaluation, which names and writes it; its interval follows it.
SHOWN = (
    *("rows", "mae", "mae_against_line", "crps", "brier_against_market", "calibration_slope", "coverage_80"),
    *("bets", "roi"),
)


def measured(home: Home, retrain: str) -> dict[str, Any]:
    """The figures of every system of a home, best MAE first; the dates predicted, and those with lines."""
    tables, every = home.tables(), (date.min, date.max)
    refuse_seen_dates(tables, home.models.cards(), *every)
    systems = played(read_rows(tables, *every))
    lined = [day for rows in systems.values() for day in (rows.days.min(), rows.days.max())]
    keys = ("system", "line_mae", "market_brier", *SHOWN, *(f"{key}_95" for key in SHOWN))
    found = sorted(evaluate(systems), key=lambda row: row["mae"])
    return {
        **{name: str(day) for name, day in tables.read(_DATES, {}).to_pylist()[0].items()},
        "retrain": retrain,
        "lines_from": str(min(lined)),
        "lines_to": str(max(lined)),
        "systems": [{key: _plain(row[key]) for key in keys if key in row} for row in found],
    }


def _plain(value: Any) -> Any:
    """The figure as JSON, rounded far below what is shown."""
    if isinstance(value, tuple):
        return [_plain(v) for v in value]
    if isinstance(value, float):
        return round(value, DIGITS) if isfinite(value) else None
    return value


def stored() -> dict[str, Any]:
    """The newest figures that were measured."""
    found: dict[str, Any] = json.loads(max(RECORDS.glob("*-model-card.json")).read_text("utf-8"))
    return found


def tables_of(figures: Mapping[str, Any]) -> str:
    """The Markdown between the card's markers: for each home its origin and a table."""
    return "\n\n".join(_table(home, figures["commit"]) for home in figures["homes"])


def _table(home: Mapping[str, Any], commit: str) -> str:
    written = {c.key: c for c in (*columns.POINTS, *columns.CHANCES, *columns.BETS)}
    head = ["system", *(written[key].heading for key in SHOWN)]
    systems: list[dict[str, Any]] = [
        {k: tuple(v) if isinstance(v, list) else v for k, v in row.items()} for row in home["systems"]
    ]
    rows = [[str(row["system"]), *(_cell(row, written, key) for key in SHOWN)] for row in systems]
    lines = [f"|{'|'.join(cells)}|" for cells in (head, ["---", *("---:" for _ in SHOWN)], *rows)]
    best = systems[0]
    line, market = (written[key].cell(best) for key in ("line_mae", "market_brier"))
    about = (
        f"Code {commit}; lines from {home['lines_from']} to {home['lines_to']}. For {best['system']} the line's"
        f" MAE is {line}, the market's Brier score {market}."
    )
    return "\n\n".join((f"`{REPLAY.format_map(home)}`", about, "\n".join(lines)))


def _cell(row: Mapping[str, Any], written: Mapping[str, columns.Column], key: str) -> str:
    interval = f"{key}_95"
    return f"{written[key].cell(row)} {written[interval].cell(row) if interval in written else ''}".strip()


def card(text: str, tables: str) -> str:
    """The card's text with these tables between its markers."""
    return re.sub(
        rf"(?<={re.escape(BEGIN)}\n).*?(?=\n{re.escape(END)})", lambda _: f"\n{tables}\n", text, flags=re.DOTALL
    )


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure the homes that are named, then write the card's tables."""
    parser = argparse.ArgumentParser(prog="tools.model_card", description=__doc__)
    parser.add_argument("homes", nargs="*", type=Path, metavar="HOME")
    parser.add_argument("--commit", help="The commit whose code filled the homes.")
    parser.add_argument("--retrain", default="never", help="How the replays that filled the homes trained again.")
    options = parser.parse_args(arguments)
    if options.homes:
        if not options.commit:
            parser.error("--commit is needed with homes")
        figures = {"commit": options.commit, "homes": [measured(Home(home), options.retrain) for home in options.homes]}
        path = RECORDS / f"{datetime.now(UTC).date()}-model-card.json"
        path.write_text(json.dumps(figures, indent=1) + "\n", "utf-8")
    CARD.write_text(card(CARD.read_text("utf-8"), tables_of(stored())), "utf-8")


if __name__ == "__main__":
    main()
