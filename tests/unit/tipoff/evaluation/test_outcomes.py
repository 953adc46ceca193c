"""The count of outcomes from a home's rows, from its documents, and row by row: three views of one answer."""

from collections import Counter
from datetime import date, timedelta
from pathlib import Path
from random import Random

import pytest

from functions.grade.grading import counted
from shared.bootstrap import LocalApp
from shared.contracts.rows import Table, table
from shared.ports import Scope
from shared.rules.outcomes import OUTCOMES
from tests.support.local.homes import NOW, completion, filled, make_app
from tipoff.evaluation import outcomes

PREDICTIONS, GRADES = table("nba_predictions.player_prop_predictions"), table("nba_predictions.prediction_accuracy")
SYSTEMS = ("moving_average", "champion", "ensemble_v1")
REASONS = {"pending": "pending_reason", "void": "void_reason", "ungradeable": "ungradeable_reason"}
FIRST, DAYS = date(2024, 1, 1), 40
LAST = FIRST + timedelta(DAYS - 1)


def write(app: LocalApp, made: Table, day: date, kind: str, generation: int, unit: str, rows: list[dict]) -> None:
    """Rows of one unit of a generation, and the completion that says so."""
    full = [filled(made, {"game_date": day, "recommendation": "NO_LINE", **row}) for row in rows]
    written = app.tables.write(made, made.to_arrow(full), Scope(f"{day}.{kind}", generation, 1, unit, day, day))
    assert written.found == len(rows), written.refused
    phase = "grade" if made is GRADES else "ensemble" if unit == "ensemble_v1" else "predict"
    evidence = {"grades": counted(made.to_arrow(full))} if made is GRADES else {}
    doc = completion(found=len(rows), evidence=evidence)
    app.state.create("completions", f"{day}.{kind}.{generation}.{phase}.{unit}", doc)


def predictions_of(rng: Random, system: str) -> list[dict]:
    """What a system predicted: some players of two games."""
    players = [(f"00223000{g}", p) for g in (10, 11) for p in range(rng.randint(0, 6))]
    return [{"game_id": g, "player_id": p, "system_id": system} for g, p in players]


def play_a_date(app: LocalApp, rng: Random, day: date) -> int:
    """A random history of a date; how many predictions stand in the end."""
    standing: dict[str, tuple[int, list[dict]]] = {}
    for generation in range(1, rng.randint(1, 3) + 1):
        for system in SYSTEMS:
            rows = predictions_of(rng, system) if rng.random() < 0.8 else []
            if rows:
                write(app, PREDICTIONS, day, "pregame", generation, system, rows)
                standing[system] = (generation, rows)
        app.state.delete("runs", f"{day}.pregame")
        app.state.create("runs", f"{day}.pregame", {"state": "settled", "generation": generation, "requests": {}})
        if generation == 1 and rng.random() < 0.6:
            grade(app, rng, day, standing)
    return sum(len(rows) for _, rows in standing.values())


def grade(app: LocalApp, rng: Random, day: date, standing: dict[str, tuple[int, list[dict]]]) -> None:
    """A grading run that graded what stands, or was blocked."""
    app.state.create("runs", f"{day}.postgame", {"state": "settled", "generation": 1, "requests": {}})
    if rng.random() < 0.3:
        app.state.create("verdicts", f"{day}.postgame.1.team", {"outcome": "failed", "reason": "503", "state": "sent"})
        return
    app.state.create("verdicts", f"{day}.postgame.1.grade", {"outcome": "complete", "reason": "", "state": "sent"})
    rows = []
    for generation, predicted in standing.values():
        for row in predicted:
            outcome = rng.choice(OUTCOMES)
            reason = {REASONS[outcome]: "because"} if outcome in REASONS else {}
            rows.append(
                {
                    **row,
                    "prediction_generation": generation,
                    "outcome": outcome,
                    **dict.fromkeys(REASONS.values()),
                    **reason,
                }
            )
    if rows:
        write(app, GRADES, day, "postgame", 1, "prediction_accuracy", rows)


@pytest.mark.parametrize("seed", [1, 2])
def test_rows_and_documents_count_the_same(tmp_path: Path, seed: int) -> None:
    """Over random dates: every prediction that stands has one outcome, also where it was repaired or never graded."""
    rng, app = Random(seed), make_app(tmp_path)
    days = [FIRST + timedelta(n) for n in range(DAYS)]
    issued = sum(play_a_date(app, rng, day) for day in days)
    by_rows = outcomes.of_rows(app.tables, app.state, app.map, (FIRST, LAST), NOW)
    assert by_rows == outcomes.of_documents(app.state, app.map, days, NOW)
    assert sum(by_rows.outcomes.values()) == issued
    each = outcomes.each(app.tables, app.state, app.map, (FIRST, LAST), NOW).to_pylist()
    assert Counter(r["outcome"] for r in each) == {o: n for o, n in by_rows.outcomes.items() if n}
    pending = Counter(r["reason"] for r in each if r["outcome"] == "pending")
    assert dict(sorted(pending.items())) == by_rows.pending_reasons
    wanted = {"because", "left_out_of_grades", "not_yet_graded", "grading_blocked: team is failed: 503"}
    assert set(pending) == wanted
    assert len({(r["game_id"], r["game_date"], r["player_id"], r["system_id"]) for r in each}) == issued
    app.close()


def test_a_carried_over_prediction_keeps_its_grade(tmp_path: Path) -> None:
    """A repair that carried a system over names the generation of its rows, and the grades of these count."""
    app, day = make_app(tmp_path), FIRST
    rows = [{"game_id": "0022300010", "player_id": 1, "system_id": "champion"}]
    write(app, PREDICTIONS, day, "pregame", 1, "champion", rows)
    for kind, generation in (("pregame", 2), ("postgame", 1)):
        app.state.create("runs", f"{day}.{kind}", {"state": "settled", "generation": generation, "requests": {}})
    app.state.create("completions", f"{day}.pregame.2.predict.champion", completion(carried_from=1))
    won = {"prediction_generation": 1, "outcome": "win", **dict.fromkeys(REASONS.values())}
    write(app, GRADES, day, "postgame", 1, "prediction_accuracy", [{**rows[0], **won}])
    by_rows = outcomes.of_rows(app.tables, app.state, app.map, (day, day), NOW)
    assert by_rows == outcomes.of_documents(app.state, app.map, [day], NOW)
    assert by_rows.outcomes == {**dict.fromkeys(OUTCOMES, 0), "win": 1}
    app.close()
