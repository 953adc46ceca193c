"""The tables and sentences of docs/model-card.md, from homes that `tipoff replay` filled.

`python -m tools.model_card` writes the card anew from the stored figures. With `--data DIR --season NAME ...` it
first replays these seasons, each into a home of its own below `--homes`, and measures them; killed, the same command
carries on. With `--commit HASH HOME ...` it measures homes that are there, whose predictions that commit's code made.
"""

import argparse
import json
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from math import isfinite
from pathlib import Path
from typing import Any

from shared.adapters.history_feeds import HistoryFeeds
from shared.errors import UserError
from shared.map.loader import pipeline_map
from shared.rules.dates import season_name, season_year
from tipoff.cli.options import NOT_WHOLE
from tipoff.evaluation import baselines, claims, columns, refusals
from tipoff.evaluation.graded_rows import played, read_rows, refuse_seen_dates
from tipoff.evaluation.report import evaluate
from tipoff.home import Home
from tipoff.local.calendar import history_days

ROOT = Path(__file__).resolve().parent.parent
CARD = ROOT / "docs" / "model-card.md"
RECORDS = ROOT / "docs" / "records"
BEGIN, END = "<!-- {}: begin, by `make docs` -->", "<!-- {}: end -->"
REPLAY = "tipoff replay --data DIR --from {first} --to {last} --retrain {retrain} --home HOME"
DIGITS = 6
_DATES = "SELECT MIN(game_date) AS first, MAX(game_date) AS last FROM nba_predictions.player_prop_predictions"
# A column of the card: the figure's key in tipoff.evaluation, which names and writes it; its interval follows it.
SHOWN = (
    *("rows", "mae", "mae_lead", "crps_lead", "log_score_lead", "brier_lead", "calibration_slope", "coverage_80"),
    *("bets", "roi", "claimed_ev", "roi_lead"),
)
LEADS = tuple(claims.NAMES)


def measured(home: Home, retrain: str) -> dict[str, Any]:
    """The figures of every system of a home, best CRPS first; the dates, those with lines, and the refused quotes."""
    tables, every = home.tables(), (date.min, date.max)
    refuse_seen_dates(tables, home.models.cards(), *every)
    systems = played(read_rows(tables, *every))
    lined = [day for rows in systems.values() for day in (rows.days.min(), rows.days.max())]
    evidence = [f"{score}_{what}" for score in LEADS for what in ("best", "rows", "dates", "word")]
    keys = ("system", "bet_dates", *SHOWN, *(f"{key}_95" for key in SHOWN), *evidence)
    found = sorted(evaluate(systems, rates=baselines.over_rates(tables)), key=lambda row: row["crps"])
    return {
        **{name: str(day) for name, day in tables.read(_DATES, {}).to_pylist()[0].items()},
        "retrain": retrain,
        "lines_from": str(min(lined)),
        "lines_to": str(max(lined)),
        "refused_quotes": _refused(refusals.counted(tables, *every, by=("bookmaker",))),
        "systems": [{key: _plain(row[key]) for key in keys if key in row} for row in found],
    }


def _refused(counted: Sequence[Mapping[str, Any]]) -> dict[str, int]:
    """Quotes by the reason why they are no bet, the most frequent first; usable ones have none."""
    by_reason = Counter[str]()
    for row in counted:
        by_reason[row["reason"] or "usable"] += row["quotes"]
    return dict(by_reason.most_common())


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


def _systems(home: Mapping[str, Any]) -> list[dict[str, Any]]:
    """A home's stored figures as the evaluation gives them."""
    return [{k: tuple(v) if isinstance(v, list) else v for k, v in row.items()} for row in home["systems"]]


# -- what the card shows ----------------------------------------------------------------------------------------------


def summary_of(figures: Mapping[str, Any]) -> str:
    """What the figures show: for each score the systems that have the same word beside the best baseline everywhere."""
    spans = [_systems(home) for home in figures["homes"]]
    by_system = {row["system"]: [r for span in spans for r in span if r["system"] == row["system"]] for row in spans[0]}
    if not any(claims.of(row, score) for rows in by_system.values() for row in rows for score in LEADS):
        return (
            "No system is shown to be better than a baseline: these figures were measured before there were baselines."
        )
    everywhere = "on the one span of dates" if len(spans) == 1 else f"on each of the {len(spans)} spans of dates"
    return "\n".join(f"- {_of_score(score, by_system, len(spans), everywhere)}" for score in LEADS)


def _of_score(score: str, by_system: Mapping[str, list[dict[str, Any]]], spans: int, everywhere: str) -> str:
    made = {s: [c for row in rows if (c := claims.of(row, score))] for s, rows in by_system.items()}
    name = claims.NAMES[score]
    if not any(made.values()):
        return f"{name}: not shown; no baseline was measured."
    words = {s: claims.together(c) if len(c) == spans else claims.NOT_SHOWN for s, c in made.items()}
    leading = [s for s, word in words.items() if word == claims.BETTER]
    level = [s for s, word in words.items() if word == claims.LEVEL]
    if leading or level:
        return " ".join(claim.sentence for s in (leading or level) for claim in made[s])
    return f"{name}: no system is shown to be better than, or level with, its best baseline {everywhere}."


def tables_of(figures: Mapping[str, Any]) -> str:
    """The Markdown between the card's markers: for each home its origin, its refused quotes and a table."""
    return "\n\n".join(_table(home, figures["commit"]) for home in figures["homes"])


def _table(home: Mapping[str, Any], commit: str) -> str:
    written = {c.key: c for c in (*columns.POINTS, *columns.BEST, *columns.CHANCES, *columns.BETS)}
    systems = _systems(home)
    shown = [key for key in SHOWN if any(key in row for row in systems)]
    head = ["system", *(written[key].heading for key in shown)]
    rows = [[str(row["system"]), *(_cell(row, written, key) for key in shown)] for row in systems]
    lines = [f"|{'|'.join(cells)}|" for cells in (head, ["---", *("---:" for _ in shown)], *rows)]
    about = f"Code {commit}; lines from {home['lines_from']} to {home['lines_to']}."
    if refused := home.get("refused_quotes"):
        about += " Quotes: " + ", ".join(f"{count:,} {reason}" for reason, count in refused.items()) + "."
    return "\n\n".join((f"`{REPLAY.format_map(home)}`", about, "\n".join(lines)))


def _cell(row: Mapping[str, Any], written: Mapping[str, columns.Column], key: str) -> str:
    interval, score = f"{key}_95", key.removesuffix("_lead")
    parts = [written[key].cell(row), written[interval].cell(row) if interval in written else ""]
    if key.endswith("_lead") and f"{score}_best" in row:
        parts.append(f"on {row[f'{score}_best']}")
    return " ".join(filter(None, parts))


def card(text: str, figures: Mapping[str, Any]) -> str:
    """The card with what the figures show between its markers; ContractError if its text claims more than they do."""
    for name, made in (("summary", summary_of(figures)), ("tables", tables_of(figures))):
        begin, end = re.escape(BEGIN.format(name)), re.escape(END.format(name))
        shown = f"\n{made}\n".replace("\\", r"\\")  # as it is, not a template
        text = re.sub(rf"(?<={begin}\n).*?(?=\n{end})", shown, text, flags=re.DOTALL)
    return claims.checked(text)


# -- the command ------------------------------------------------------------------------------------------------------


def season_dates(data: Path, season: str) -> tuple[date, date]:
    """The first and the last date with games of a season such as 2023-24; UserError if the folder has none."""
    days = [d.day for d in history_days(HistoryFeeds(data), pipeline_map())]
    inside = [day for day in days if season_name(season_year(day)) == season]
    if not inside:
        known = sorted({season_name(season_year(day)) for day in days})
        raise UserError(f"no game of {season} in {data}; there are {', '.join(known)}")
    return inside[0], inside[-1]


def replayed(data: Path, season: str, homes: Path, retrain: str) -> Path:
    """The home of a season, after its replay; CalledProcessError if that failed."""
    first, last = season_dates(data, season)
    home = homes / season
    given = ("--data", data, "--from", first, "--to", last, "--retrain", retrain, "--home", home)
    done = subprocess.run([sys.executable, "-m", "tipoff", "replay", *map(str, given)], check=False)  # noqa: S603
    if done.returncode not in {0, NOT_WHOLE}:
        done.check_returncode()
    return home


def main(arguments: Sequence[str] | None = None) -> None:
    """Replay and measure what is asked for, then write the card."""
    parser = argparse.ArgumentParser(prog="tools.model_card", description=__doc__)
    parser.add_argument("at", nargs="*", type=Path, metavar="HOME", help="Homes that replays have filled.")
    parser.add_argument("--commit", help="The commit whose code filled the homes; default with --season: the newest.")
    parser.add_argument("--retrain", default="never", help="How the replays train again: never, weekly or monthly.")
    parser.add_argument("--data", type=Path, help="The history folder that is replayed (docs/history-format.md).")
    parser.add_argument("--season", action="append", default=[], metavar="2023-24", help="A season; may be repeated.")
    parser.add_argument(
        "--homes", type=Path, default=ROOT / "build" / "card", help="Where the replays' homes are kept."
    )
    options = parser.parse_args(arguments)
    if options.season and not options.data:
        parser.error("--data is needed with --season")
    if options.at and not options.commit:
        parser.error("--commit is needed with homes")
    try:
        at = [*options.at, *(replayed(options.data, s, options.homes, options.retrain) for s in options.season)]
    except UserError as error:
        parser.error(str(error))
    if at:
        figures = {
            "commit": options.commit or _head(),
            "homes": [measured(Home(home), options.retrain) for home in at],
        }
        path = RECORDS / f"{datetime.now(UTC).date()}-model-card.json"
        path.write_text(json.dumps(figures, indent=1) + "\n", "utf-8")
    CARD.write_text(card(CARD.read_text("utf-8"), stored()), "utf-8")


def _head() -> str:
    """The newest commit, short."""
    asked = ["git", "rev-parse", "--short", "HEAD"]
    return subprocess.run(asked, check=True, cwd=ROOT, capture_output=True, text=True).stdout.strip()  # noqa: S603


if __name__ == "__main__":
    main()
