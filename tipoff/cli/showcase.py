"""What a demo shows: the picks, the grades, the path of every phase, and hashes to compare two runs by."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from shared.adapters.local.readers import HomeRows
from shared.bootstrap import LocalApp
from shared.contracts.rows import table
from shared.rules.content import content_hash
from tipoff.cli import render

SHOWN_PICKS = 12
SHOWN_SYSTEM = "ensemble_v1"
HASHED = ("nba_predictions.player_prop_predictions", "nba_predictions.prediction_accuracy")
_PICKS = """
SELECT p.player_name, p.team, p.opponent, p.is_home, p.best_line AS line, p.best_bookmaker AS bookmaker,
  p.best_price AS price, p.predicted_points, p.p_over, p.p_under, p.recommendation,
  p.feature_quality_score, a.actual_points, a.outcome
FROM nba_predictions.player_prop_predictions p
JOIN nba_predictions.prediction_accuracy a
  ON a.game_date = p.game_date AND a.game_id = p.game_id AND a.player_id = p.player_id AND a.system_id = p.system_id
  AND a.prediction_generation = p.generation
WHERE p.game_date = $day AND p.system_id = $system AND p.recommendation IN ('OVER', 'UNDER')
ORDER BY GREATEST(p.p_over, p.p_under) DESC, p.player_name
"""
_GRADES = """
SELECT system_id, predictions, picks, pick_wins, pick_losses, voids, ungradeable, mae_with_line, line_mae, brier
FROM nba_predictions.system_daily_performance WHERE game_date = $day ORDER BY system_id
"""


def showcase(app: LocalApp, day: date) -> dict[str, Any]:
    """Picks of the shown system, every system's grades, each phase's verdict, and the content hash of each table."""
    picks = app.tables.read(_PICKS, {"day": day, "system": SHOWN_SYSTEM}).to_pylist()
    return {
        "day": day.isoformat(),
        "system": SHOWN_SYSTEM,
        "picks": picks,
        "grades": app.tables.read(_GRADES, {"day": day}).to_pylist(),
        "path": [_phase(app, f"{day}.{kind}", phase) for kind in app.map.daily_kinds() for phase in _phases(app, kind)],
        "hashes": {name: _hash(app.tables, name, day) for name in HASHED},
    }


def _phases(app: LocalApp, kind: str) -> list[str]:
    return list(app.map.runs[kind].phases)


def _phase(app: LocalApp, run_id: str, phase: str) -> dict[str, Any]:
    manifest = app.engine.manifest(run_id, app.engine.current_generation(run_id))
    verdict = app.state.get("verdicts", f"{manifest.id}.{phase}")
    units = manifest.phases[phase].units
    done = app.state.get_many("completions", [f"{manifest.id}.{phase}.{u}" for u in units])
    return {
        "run": run_id,
        "phase": phase,
        "function": app.map.runs[manifest.kind].phases[phase].function,
        "completed": f"{len(done)}/{len(units)}",
        "rows": sum(d["found"] for d in done.values()),
        "outcome": verdict.doc["outcome"] if verdict else "no verdict",
        "reason": verdict.doc["reason"] if verdict else "",
    }


def _hash(tables: HomeRows, name: str, day: date) -> str:
    contract = table(name)
    rows = tables.read(f"SELECT * FROM {name} WHERE {contract.partition} = $day", {"day": day})  # noqa: S608
    return content_hash(rows, contract.key)


def show(report: Mapping[str, Any]) -> None:
    """Print it."""
    out = render.console()
    out.print(f"\n[bold]Tipoff demo[/]: a fictional league, {report['day']}, {report['games']} games\n")
    for run in dict.fromkeys(p["run"] for p in report["path"]):
        rows = (
            (s["phase"], s["function"], s["completed"], f"{s['rows']:,}", render.state(s["outcome"]), s["reason"])
            for s in report["path"]
            if s["run"] == run
        )
        out.print(render.table("Phase", "Function", ">Units", ">Rows", "Verdict", "Why", title=run, rows=rows))
    _show_picks(out, report)
    _show_grades(out, report)
    for name, digest in report["hashes"].items():
        out.print(f"[dim]{name}[/] {digest}")
    out.print(
        f"\n{report['events']} events, {report['redeliveries']} redeliveries, {report['dead_letters']} dead letters, "
        f"{report['seconds_total']:.1f} s. Look further: tipoff web --home {report['home']} --open"
    )


def _show_picks(out: Any, report: Mapping[str, Any]) -> None:
    picks = report["picks"]
    title = f"{len(picks)} picks of {report['system']}, the {min(SHOWN_PICKS, len(picks))} most likely"
    made = render.table("Player", "Game", "Pick", "Best book", ">Price", ">Mean", ">Scored", "Outcome", title=title)
    for pick in picks[:SHOWN_PICKS]:
        side = "vs" if pick["is_home"] else "at"
        made.add_row(
            pick["player_name"], f"{pick['team']} {side} {pick['opponent']}",
            f"{pick['recommendation']} {pick['line']:g}", pick["bookmaker"], f"{pick['price']:+d}",
            f"{pick['predicted_points']:.1f}", render.value(pick["actual_points"]), pick["outcome"],
        )  # fmt: skip
    out.print(made)


def _show_grades(out: Any, report: Mapping[str, Any]) -> None:
    columns = ("System", ">Predictions", ">Picks", ">Won", ">Lost", ">Void", ">MAE of mean", ">Line's MAE", ">Brier")
    made = render.table(*columns, title="Grades, beside the market's line on the same rows")
    for row in report["grades"]:
        made.add_row(
            row["system_id"], *(str(row[k]) for k in ("predictions", "picks", "pick_wins", "pick_losses", "voids")),
            *(render.value(row[k]) for k in ("mae_with_line", "line_mae", "brier")),
        )  # fmt: skip
    out.print(made)
