"""A date as spans: one trace, parents that exist and last as long, and OTLP as its specification writes it."""

import json
import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from shared.contracts.events import UnitRequested, message
from shared.map.loader import pipeline_map
from shared.telemetry import traces
from shared.work.app import App
from tests.support.local.homes import DAY, NOW, completion, make_app, play
from tipoff.cli import main
from tipoff.operate.spans import Span, otlp, spans_of_day


def ended(outcome: str = "ok", seconds: float = 2.5, **more: Any) -> dict[str, Any]:
    """A completion as a unit leaves it."""
    return completion(outcome, completed_at=NOW.isoformat(), seconds=seconds, code_hash="c", attempt=1, **more)


def cells(app: App, kind: str) -> dict[str, dict[str, Any]]:
    return {f"{p.name}.{u}": ended() for p in app.map.runs[kind].phases.values() for u in p.units}


@pytest.fixture
def app(tmp_path: Path) -> App:
    """A night: its pregame and its postgame."""
    made = make_app(tmp_path / "home")
    for kind in ("pregame", "postgame"):
        play(made, kind, given=cells(made, kind))
    return made


def spans(app: App, only: set[tuple[str, int, str]] | None = None) -> list[Span]:
    return spans_of_day(app.state, app.map, DAY, only)


def test_a_night_is_one_trace(app: App) -> None:
    """Every unit, phase and run of both kinds, in one trace, each span once."""
    day_spans = spans(app)
    assert {s.trace for s in day_spans} == {traces.trace_id(f"{DAY}.pregame")}
    assert len({s.id for s in day_spans}) == len(day_spans)
    runs = [app.map.runs[k] for k in ("pregame", "postgame")]
    wanted = sum(1 + len(r.phases) + sum(len(p.units) for p in r.phases.values()) for r in runs)
    assert len(day_spans) == wanted


def test_every_parent_is_there_and_lasts_as_long(app: App) -> None:
    """Units below phases, phases below runs; no span begins before or ends after its parent."""
    by_id = {s.id: s for s in spans(app)}
    roots = [s for s in by_id.values() if not s.parent]
    assert sorted(s.name.split()[0] for s in roots) == ["postgame", "pregame"]
    for span in by_id.values():
        assert span.start <= span.end
        if span.parent:
            parent = by_id[span.parent]
            assert parent.start <= span.start
            assert span.end <= parent.end


def test_a_units_span_is_its_messages(app: App) -> None:
    """The id that a message carries and its log lines have is the id of the unit's span."""
    event = UnitRequested(run_id=f"{DAY}.pregame", generation=1, phase="scrape", unit="nbac_schedule", to="scrape")
    carried = traces.of(message("t", event))
    (span,) = [s for s in spans(app) if s.id == carried.span_id]
    assert (span.trace, span.service, span.name) == (carried.trace_id, "scrape", "nbac_schedule")
    assert span.end - span.start == timedelta(seconds=2.5)


def test_what_failed_is_marked_up_to_the_run(tmp_path: Path) -> None:
    """A failed unit marks its phase and its run, and says why."""
    app = make_app(tmp_path / "home")
    play(app, "pregame", given={**cells(app, "pregame"), "scrape.nbac_schedule": ended("failed", reason="cut off")})
    day_spans = spans(app)
    failed = {s.name for s in day_spans if s.failed}
    assert {"nbac_schedule", "scrape", f"pregame {DAY}.pregame.1"} <= failed
    assert next(s for s in day_spans if s.name == "nbac_schedule" and s.failed).about["reason"] == "cut off"


def test_one_players_night_is_what_brought_his_rows(app: App) -> None:
    """Of the cells with his rows: who wrote them and who fetched them, with the phases around; no others."""
    only = {
        (f"{DAY}.postgame", 1, t) for t in ("nba_raw.nbac_gamebook_player_stats", "nba_predictions.prediction_accuracy")
    }
    day_spans = spans(app, only)
    assert sorted((s.service, s.name) for s in day_spans if s.service != "engine") == [
        ("grade", "prediction_accuracy"),
        ("process_raw", "nbac_gamebook_player_stats"),
        ("scrape", "nbac_gamebook_player_stats"),
    ]
    assert {s.parent for s in day_spans} <= {s.id for s in day_spans} | {""}


def test_the_form_is_otlps(app: App) -> None:
    """Hex ids of the right length, 64-bit integers as text, enums as numbers, and the whole is JSON."""
    request = json.loads(json.dumps(otlp(spans(app))))
    services = {r["resource"]["attributes"][0]["value"]["stringValue"] for r in request["resourceSpans"]}
    assert services == {"engine", *pipeline_map().functions} - {"coverage_monitor"}
    for resource in request["resourceSpans"]:
        for span in resource["scopeSpans"][0]["spans"]:
            assert re.fullmatch("[0-9a-f]{32}", span["traceId"])
            assert re.fullmatch("[0-9a-f]{16}", span["spanId"])
            assert span["startTimeUnixNano"].isdecimal()
            assert len(span["endTimeUnixNano"]) == 19
            assert (span["kind"], span["status"]) == (1, {"code": 1})
            assert all(set(a) == {"key", "value"} for a in span["attributes"])


def test_the_command_writes_a_file(app: App, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """To a file or to stdout, the same; a date of nothing is one line and exit 2."""
    home = ["--home", str(app.settings.home)]
    assert main.run(["spans", str(DAY), *home, "--out", str(tmp_path / "x.json")]) == 0
    assert "spans of trace" in capsys.readouterr().out
    assert main.run(["spans", str(DAY), *home]) == 0
    assert capsys.readouterr().out == (tmp_path / "x.json").read_text("utf-8")
    assert main.run(["spans", "2024-02-27", *home]) == 2
    assert "nothing was done for 2024-02-27" in capsys.readouterr().err
