"""What must hold after every step of a disturbed date, whatever went wrong."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from shared.contracts.rows import table
from shared.rules import fanin
from tests.mess import faults, touched
from tests.mess.faults import KINDS, Hits
from tests.mess.surroundings import open_for_ever
from tests.mess.touched import GRADES, Change, Rows, Touched, difference
from tests.mess.world import Day, Step, World
from tipoff.local.replay import Timing
from tipoff.local.replay_report import replay_report
from tipoff.operate import grid, overview
from tipoff.operate.stores import Stores

PREDICTIONS, GRADED = "nba_predictions.player_prop_predictions", "nba_predictions.prediction_accuracy"
SHOWN = 4


@dataclass(frozen=True)
class Broken:
    """An invariant that does not hold, with what shows it."""

    invariant: str
    what: str

    def __str__(self) -> str:
        """One line."""
        return f"{self.invariant}: {self.what}"


@dataclass(frozen=True)
class Seen:
    """What stands in the stores after a step; `hits` are the step's own, `so_far` those of earlier steps too."""

    world: World
    day: Day
    step: Step
    hits: Hits
    so_far: Hits
    before: Rows
    after: Rows
    is_staged: bool = False  # runs of another map were left open

    def verdicts(self, kind: str) -> dict[str, dict[str, Any]]:
        """The verdicts of the date's current generation by phase."""
        app, run_id = self.world.app, f"{self.day.day}.{kind}"
        manifest_id = f"{run_id}.{app.engine.current_generation(run_id)}"
        ids = [f"{manifest_id}.{phase}" for phase in app.map.runs[kind].phases]
        return {i.rpartition(".")[2]: doc for i, doc in app.state.get_many("verdicts", ids).items()}

    def stopped(self, kind: str) -> str:
        """The reason of the first phase that did not go on; empty if none did so."""
        found = (v for v in self.verdicts(kind).values() if v["outcome"] not in fanin.GOES_ON)
        return next((f"{v['outcome']}: {v['reason']}" for v in found), "")


def broken(seen: Seen) -> Iterator[Broken]:
    """Every invariant that does not hold after the step."""
    yield from _untouched(seen)
    yield from _kept(seen)
    yield from _named(seen)
    yield from _add_up(seen)
    yield from _loud(seen)
    if seen.is_staged:
        yield from (Broken("closed", f"{run} of another map stays open") for run in open_for_ever(seen.world.app))


def healed(before: Rows, after: Rows, stays: Touched) -> Iterator[Broken]:
    """Once nothing is wrong any more, a rerun ends in the rows of the undisturbed run, but where something `stays`.

    A table that is merged keeps rows of a date to which a game had been moved by mistake; no query asks for them.
    """
    changes = difference(before, after).beyond(stays)
    changes = [c for c in changes if c.how != "new" or table(c.table).write != "merge"]
    if changes:
        yield Broken("healed", _few(changes))


def _untouched(seen: Seen) -> Iterator[Broken]:
    """What the faults do not touch is as in the undisturbed run; a kind may touch fewer tables than its entity has."""
    found = difference(seen.before, seen.after)
    beyond = found.beyond(seen.so_far.all)
    if beyond and _may_be_blocked(seen):
        beyond = [c for c in beyond if c.table not in GRADES]
    if beyond:
        yield Broken("untouched", _few(beyond))
    limited = [KINDS[f.kind].only for f in seen.so_far.touched]
    if limited and all(only is not None for only in limited):
        allowed = {name for only in limited for name in only or ()}
        further = [c for c in found.changes if c.table not in allowed and not touched.LINKS[c.table].league]
        if further:
            yield Broken(
                "untouched", f"none of {', '.join(f.kind for f in seen.so_far.touched)} changes {_few(further)}"
            )


def _kept(seen: Seen) -> Iterator[Broken]:
    """Where every fault keeps the rows, no prediction and no grade is lost or new."""
    if seen.so_far.touched and all(KINDS[f.kind].keeps for f in seen.so_far.touched):
        found = difference(seen.before, seen.after)
        if changes := [c for name in (PREDICTIONS, GRADED) for c in found.of(name) if c.how != "changed"]:
            yield Broken("kept", _few(changes))


def _may_be_blocked(seen: Seen) -> bool:
    """Whether so much is touched that the map's coverage limits do not allow grading."""
    share = len(seen.so_far.all.games) / seen.day.games.games
    return seen.step.kind == "postgame" and share > 1 - seen.world.app.map.coverage["block_games"]


def _named(seen: Seen) -> Iterator[Broken]:
    """Whatever was disturbed is named in what the run says about itself."""
    texts = _texts(seen)
    for fault in seen.hits.touched:
        if not KINDS[fault.kind].named or seen.stopped(seen.step.kind):
            continue
        names = (*faults.names_of(seen.day.league, seen.day.day, fault), *seen.hits.notes.get(fault, ()))
        if not any(name in text for name in names for text in texts):
            yield Broken("named", f"{fault}: nothing names {names[0]}")


def _texts(seen: Seen) -> list[str]:
    """Everything that the step's run says: reasons and what is missing now, what any of its generations refused."""
    app, run_id = seen.world.app, f"{seen.day.day}.{seen.step.kind}"
    manifest = app.engine.manifest(run_id, app.engine.current_generation(run_id))
    done = app.state.get_many("completions", [f"{manifest.id}.{cell}" for cell in manifest.cells])
    texts = [str(v["reason"]) for v in seen.verdicts(seen.step.kind).values()]
    for cell, doc in done.items():
        evidence = {k: v for k, v in doc["evidence"].items() if k != "artifacts"}
        said = json.dumps({"reason": doc["reason"], "evidence": evidence}, ensure_ascii=False)
        document = {"odds_api_game_lines": "odds"} | dict.fromkeys(
            ("odds_api_player_points_props", "odds_api_closing_lines"), "events"
        )
        unit = cell.rpartition(".")[2]
        feed = document.get(unit, unit.removeprefix("nbac_")) if doc["outcome"] != "ok" else ""
        texts.append(f"{feed} {said}")
    held = app.state.find("quarantine", "held", limit=10_000)
    texts += [f"{s.doc['reason']} {s.doc['body']}" for s in held if s.id.startswith(f"{run_id}.")]
    texts += [str(s.doc["sentence"]) for s in app.state.find("alerts", "open")]
    sql = "SELECT rule, row_json FROM nba_orchestration.quarantined_rows WHERE run_id = $run"
    texts += [f"{r['rule']} {r['row_json']}" for r in app.tables.read(sql, {"run": run_id}).to_pylist()]
    return texts


def _add_up(seen: Seen) -> Iterator[Broken]:
    """Every prediction issued has exactly one outcome, in the tables and in the report."""
    days = (seen.day.games,)
    report = replay_report(seen.world.app, days, Timing(), 0.0)
    issued = len(seen.after[PREDICTIONS])
    if sum(report["outcomes"].values()) != issued:
        yield Broken("adds up", f"{report['outcomes']} of {issued} predictions")
    if report["outcomes"].get("pending", 0) != sum(report["pending_reasons"].values()):
        yield Broken("adds up", f"pending {report['outcomes']['pending']}, reasons {report['pending_reasons']}")
    if seen.step.kind == "postgame" and not seen.stopped("postgame"):
        ungraded = seen.after[PREDICTIONS].keys() - seen.after[GRADED].keys()
        twice = seen.after[GRADED].keys() - seen.after[PREDICTIONS].keys()
        if ungraded or twice:
            yield Broken("adds up", f"{len(ungraded)} predictions without a grade, {len(twice)} grades without one")


def _loud(seen: Seen) -> Iterator[Broken]:
    """A date that lacks predictions or grades of the undisturbed run does not call itself whole.

    A game that the schedule takes back is not missing; that it was taken back is named.
    """
    name = PREDICTIONS if seen.step.kind == "pregame" else GRADED
    taken_back = {f.target for f in seen.so_far.touched if f.document == "schedule"}
    changes = difference(seen.before, seen.after).of(name)
    held = {key[:2] for key in seen.after[name]}  # a player-game that some system predicts is there
    lost = [c for c in changes if c.how == "lost" and c.key[:2] not in held and not taken_back & set(c.names)]
    app = seen.world.app
    stores = Stores("home", "", "", None, app.state, app.events, app.map, 0.0)
    now = seen.world.clock.now()
    verdict = grid.day_verdict(str(seen.day.day), overview.day_grids(stores, seen.day.day, now))
    if verdict.exit_code:
        return
    if lost:
        yield Broken("loud", f"{_few(lost)}, and status says: {verdict.sentence}")
    waiting = replay_report(app, (seen.day.games,), Timing(), 0.0)["pending_reasons"].get("no_box_score", 0)
    if seen.step.kind == "postgame" and waiting and not taken_back:
        yield Broken("loud", f"{waiting} predictions wait for a box score, and status says: {verdict.sentence}")


def _few(changes: list[Change]) -> str:
    """The number of rows by table, and a few of them."""
    tables: dict[str, int] = {}
    for change in changes:
        tables[change.table] = tables.get(change.table, 0) + 1
    listed = sorted(changes, key=lambda c: (list(touched.LINKS).index(c.table), str(c.key)))[:SHOWN]
    counts = ", ".join(f"{name.partition('.')[2]} {n}" for name, n in tables.items())
    return f"{len(changes)} rows ({counts}), as {'; '.join(map(str, listed))}"
