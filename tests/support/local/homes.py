"""Scratch homes for tests of the operator's side: the real engine over the SQLite twins, completions by hand."""

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from shared.bootstrap import LocalApp, build_local
from shared.clock import VirtualClock
from shared.contracts.events import RunRequested, UnitRequested
from shared.contracts.rows import Table, table
from shared.contracts.work import Answer, Request
from shared.errors import SourceUnavailable
from shared.ports import Scope
from shared.protocol.manifest import Manifest
from shared.settings import Settings
from shared.work.app import App

DAY = date(2024, 2, 26)
NOW = datetime(2024, 2, 26, 22, 30, tzinfo=UTC)
GAME = "0022300840"
_DEFAULTS: dict[str, Any] = {"STRING": "x", "INT64": 1, "FLOAT64": 0.5, "BOOL": False, "DATE": DAY, "TIMESTAMP": NOW}


class NoFeeds:
    """A world that never answers."""

    def fetch(self, request: Request) -> Answer:
        """Nothing comes."""
        raise SourceUnavailable(f"{request.site} is not there")


def make_app(home: Path, now: datetime = NOW) -> LocalApp:
    """An app on a home of its own."""
    return build_local(Settings(home=home, source="history", data=home), VirtualClock(now), NoFeeds())


def completion(outcome: str = "ok", reason: str = "", **more: Any) -> dict[str, Any]:
    """A completion document."""
    counted = {"expected": 1, "found": 1, "hash": "h", "refused": {}, "evidence": {}}
    return {"outcome": outcome, "reason": reason, **counted, **more}


def play(
    app: App, kind: str, day: date = DAY, given: Mapping[str, dict[str, Any]] | None = None, until: str = ""
) -> Manifest:
    """Open a run and complete its units, well unless `given` says otherwise by `phase.unit`; stop before `until`."""
    manifest = app.engine.open_run(
        RunRequested(request_id=f"{day}.{kind}@test", kind=kind, from_date=day, to_date=day, as_of=NOW)
    )
    for phase, plan in manifest.phases.items():
        if phase == until:
            break
        for unit in plan.units:
            doc = (given or {}).get(f"{phase}.{unit}", completion())
            function = app.map.runs[kind].phases[phase].function
            event = UnitRequested(run_id=manifest.run_id, generation=1, phase=phase, unit=unit, to=function)
            app.engine.complete(event, doc)
    return manifest


def put(
    app: App,
    name: str,
    rows: Iterable[Mapping[str, Any]],
    run_id: str = f"{DAY}.pregame",
    unit: str = "u",
    through: date = DAY,
) -> None:
    """Write rows of DAY, or from it `through` another date, as a unit would; what the contract requires is filled in."""
    contract = table(name)
    full = [filled(contract, row) for row in rows]
    written = app.tables.write(contract, contract.to_arrow(full), Scope(run_id, 1, 1, unit, DAY, through))
    assert written.found == len(full), written.refused


def filled(contract: Table, row: Mapping[str, Any]) -> dict[str, Any]:
    """The row with a value for every required column and every array."""
    needed = {c.name: _DEFAULTS[c.type] for c in contract.columns if c.required}
    arrays = {c.name: [0.0] * c.length for c in contract.columns if c.length}
    return {**needed, **arrays, "game_id": GAME, **row}
