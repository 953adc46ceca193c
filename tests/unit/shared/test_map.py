"""The map: its parts fit together, and one that does not fit is refused with everything that is wrong."""

from collections.abc import Callable
from copy import deepcopy
from types import ModuleType
from typing import Any

import pytest
import yaml

from functions.process_raw import core as process_raw
from functions.scrape import core as scrape
from shared.contracts.rows import tables
from shared.errors import UserError
from shared.map import implemented
from shared.map.loader import MAP_PATH, parse_map, pipeline_map
from shared.map.model import PipelineMap
from shared.sql.queries import FUNCTIONS_DIR

TEXT = MAP_PATH.read_text("utf-8")
Raw = dict[str, Any]


def changed(change: Callable[[Raw], Any]) -> str:
    """The text of this checkout's map with a change."""
    raw = deepcopy(yaml.safe_load(TEXT))
    change(raw)
    return yaml.safe_dump(raw, sort_keys=False)


def units_of(m: PipelineMap) -> set[tuple[str, str, str]]:
    """Every (run kind, function, unit) that a run may ask for."""
    return {(k.name, p.function, u) for k in m.runs.values() for p in k.phases.values() for u in p.units}


def test_every_unit_of_a_function_is_asked_for_by_some_run() -> None:
    """A unit in no phase would never run."""
    m = pipeline_map()
    asked = {(function, unit) for _, function, unit in units_of(m)}
    assert asked == {(f.name, u) for f in m.functions.values() for u in f.units}


def test_every_query_and_input_has_its_file() -> None:
    """A file that the map names lies in the function's folder."""
    for function in pipeline_map().functions.values():
        for unit in function.units.values():
            for name in [*unit.inputs.values(), *([unit.query] if unit.query else [])]:
                assert (FUNCTIONS_DIR / function.name / "queries" / name).is_file(), f"{function.name}/{name}"


def test_deadlines_do_not_go_backwards() -> None:
    """A phase that comes after another has at least its time."""
    for kind in pipeline_map().runs.values():
        for phase in kind.phases.values():
            if phase.after is not None:
                assert phase.deadline_min >= kind.phases[phase.after].deadline_min, f"{kind.name}.{phase.name}"


def test_the_player_level_comes_after_the_team_level() -> None:
    """In every run that has both, the player level follows the team level."""
    for kind in pipeline_map().runs.values():
        if "player" in kind.phases:
            assert kind.phases["player"].after == "team"
            assert kind.phases["team"].critical is None, "both team tables are needed"


def test_what_feeds_a_prediction_reads_and_writes_rows_that_say_when_they_were_known() -> None:
    """Units that feed a prediction use tables with known_at, else the as_of door could not filter them."""
    for function in pipeline_map().functions.values():
        for unit in function.units.values():
            if unit.feeds_prediction:
                named = [*unit.reads, *([unit.writes] if unit.writes else [])]
                assert all(tables()[t].has_known_at for t in named), unit.name


def test_only_the_text_makes_the_hash() -> None:
    """Equal text, equal hash; any change, another one."""
    assert parse_map(TEXT).hash == parse_map(TEXT).hash == pipeline_map().hash
    assert parse_map(TEXT + "\n# a word\n").hash != pipeline_map().hash


def test_one_more_unit_is_one_entry() -> None:
    """A unit added to its function and to a phase is expected there; nothing else of the map changes."""

    def add(raw: Raw) -> None:
        raw["functions"]["analytics"]["units"]["one_more"] = {
            "query": "player_game_summary.sql",
            "reads": {"nba_analytics.player_game_summary": 0},
            "writes": "nba_analytics.team_offense_game_summary",
        }
        raw["runs"]["postgame"]["phases"]["player"]["units"].append("one_more")

    m = parse_map(changed(add))
    assert units_of(m) - units_of(pipeline_map()) == {("postgame", "analytics", "one_more")}
    assert m.runs["postgame"].phases["player"].units == ("player_game_summary", "one_more")
    assert m.unit("analytics", "one_more").reads == {"nba_analytics.player_game_summary": 0}
    assert {k: v for k, v in m.runs.items() if k != "postgame"} == {
        k: v for k, v in pipeline_map().runs.items() if k != "postgame"
    }


def _unit(raw: Raw, function: str = "analytics", name: str = "player_game_summary") -> Raw:
    found: Raw = raw["functions"][function]["units"][name]
    return found


def _phase(raw: Raw, name: str = "player") -> Raw:
    found: Raw = raw["runs"]["postgame"]["phases"][name]
    return found


WRONG: dict[str, tuple[Callable[[Raw], Any], str]] = {
    "no such run": (
        lambda r: r["schedules"]["postgame"].update(run="nope"),
        "schedule postgame: no run nope",
    ),
    "no such cell": (
        lambda r: r["schedules"]["corrections_2"].update(redo=["scrape.nope"]),
        "schedule corrections_2: postgame has no cell scrape.nope",
    ),
    "no such table": (
        lambda r: _unit(r)["reads"].update({"nba_raw.nope": 0}),
        "player_game_summary: no table nba_raw.nope",
    ),
    "writes nowhere": (lambda r: _unit(r).update(writes="nba_raw.nope"), "player_game_summary: no table nba_raw.nope"),
    "two kinds of work": (
        lambda r: _unit(r).update(compute="x"),
        "analytics.player_game_summary: needs exactly one of feed, query, compute",
    ),
    "no work": (lambda r: _unit(r).pop("query"), "needs exactly one of feed, query, compute"),
    "no such query": (
        lambda r: _unit(r).update(query="nope.sql"),
        "analytics.player_game_summary names functions/analytics/queries/nope.sql, which is not there",
    ),
    "unused query": (
        lambda r: _unit(r).update(query="slate.sql"),
        "functions/analytics/queries/player_game_summary.sql is used by no unit",
    ),
    "compute without code": (
        lambda r: _unit(r, "predict", "champion").update(compute="nope"),
        "predict.champion asks for nope, which functions/predict/core.py does not implement",
    ),
    "feed without code": (
        lambda r: _unit(r, "scrape", "nbac_schedule").update(feed="nope"),
        "scrape.nbac_schedule asks for nope, which functions/scrape/core.py does not implement",
    ),
    "code without a unit": (
        lambda r: _unit(r, "predict", "champion").update(compute="moving_average"),
        "functions/predict/core.py implements champion, which no unit asks for",
    ),
    "no such window": (lambda r: _unit(r).update(window="week"), "window week is not slate or next_slate"),
    "no such function": (lambda r: _phase(r).update(function="nope"), "postgame.player: no function nope"),
    "no such unit": (lambda r: _phase(r)["units"].append("nope"), "postgame.player: no unit nope"),
    "after what is below": (
        lambda r: _phase(r, "scrape").update(after="player"),
        "postgame.scrape: comes after player, which is not above it",
    ),
    "critical but not there": (
        lambda r: _phase(r).update(critical=["nope"]),
        "postgame.player: critical units that are not units of the phase",
    ),
    "a request on an unknown topic": (
        lambda r: r["request_topics"].update(sweep="nope"),
        "topic nope is not in topics",
    ),
    "unknown topic": (lambda r: _phase(r).update(publishes="nope"), "topic nope is not in topics"),
    "topic without consumer": (lambda r: r["topics"].update(idle="x"), "topic idle has no consumer"),
    "topic without producer": (
        lambda r: (r["topics"].update(idle="x"), r["functions"]["grade"]["subscribes"].append("idle")),
        "topic idle has no producer",
    ),
    "missing subscription": (
        lambda r: r["functions"]["grade"]["subscribes"].remove("nba-grading-trigger"),
        "postgame.grade: grade does not subscribe to nba-grading-trigger",
    ),
}


@pytest.mark.parametrize("case", WRONG)
def test_a_wrong_map_is_refused_by_name(case: str) -> None:
    """One mistake: UserError says what and where."""
    change, message = WRONG[case]
    with pytest.raises(UserError, match=r"pipeline\.yaml: ") as error:
        parse_map(changed(change))
    assert message in str(error.value)


def test_a_unit_without_code_is_named_by_file_and_line() -> None:
    """The line is that of the unit in the text which was read."""
    text = TEXT.replace("compute: champion\n", "compute: nobody\n")
    line = next(n for n, words in enumerate(text.splitlines(), 1) if words == "      champion:")
    with pytest.raises(UserError, match=rf"^pipeline\.yaml: line {line}: predict\.champion asks for nobody"):
        parse_map(text)


@pytest.mark.parametrize(("lacking", "other"), [(process_raw, scrape), (scrape, process_raw)])
def test_a_feed_of_a_source_needs_both_its_plan_and_its_parser(
    monkeypatch: pytest.MonkeyPatch, lacking: ModuleType, other: ModuleType
) -> None:
    """A source may lack a feed, in both cores; with a plan alone or a parser alone the map does not load."""
    monkeypatch.delitem(lacking.FEEDS["history"], "nbac_injury_report")
    file = lacking.__name__.replace(".", "/") + ".py"
    problem = f"{file} lacks nbac_injury_report of the source history, which another function has"
    with pytest.raises(UserError, match=rf"^pipeline\.yaml: {problem}$"):
        parse_map(TEXT)
    monkeypatch.delitem(other.FEEDS["history"], "nbac_injury_report")
    assert parse_map(TEXT) == pipeline_map()


def test_every_source_of_the_settings_has_feeds(monkeypatch: pytest.MonkeyPatch) -> None:
    """A source that can be set but has no plans is refused when the map is loaded, not with the first unit."""
    monkeypatch.setattr(implemented, "SOURCES", ("history", "nba", "wnba"))
    with pytest.raises(UserError) as error:
        parse_map(TEXT)
    for function in ("scrape", "process_raw"):
        assert f"functions/{function}/core.py knows the sources history, nba; " in str(error.value)


def test_everything_that_does_not_fit_is_named_at_once() -> None:
    """Several mistakes: one error with all of them."""
    several = ("no such table", "no such window", "no such unit", "unknown topic")

    def spoil(raw: Raw) -> None:
        for case in several:
            WRONG[case][0](raw)

    with pytest.raises(UserError, match=r"pipeline\.yaml: ") as error:
        parse_map(changed(spoil))
    assert all(WRONG[case][1] in str(error.value) for case in several)


MISSPELT: dict[str, tuple[str, str, str]] = {
    "unit": ("facts: box_scores.sql", "fact: box_scores.sql", "analytics.units.team_offense_game_summary.fact: "),
    "function": ("timeout_s: 120", "timeout: 120", "functions.phase3_to_grading.timeout: "),
    "phase": ("critical: [ensemble_v1]", "critcal: [ensemble_v1]", "runs.pregame.phases.ensemble.critcal: "),
    "kind of run": ("builds_own_slates: true", "own_slates: true", "runs.backfill.own_slates: "),
    "schedule": ("only_if: not_whole", "onlyif: not_whole", "schedules.postgame_retry.onlyif: "),
    "value": ("only_if: not_whole", "only_if: whole", "schedules.postgame_retry.only_if: "),
    "topic of requests": ("first_units: nba", "firstunits: nba", "request_topics.firstunits: "),
    "number": ("deadline_min: 29", "deadline_min: soon", "runs.pregame.phases.ensemble.deadline_min: "),
    "section": ("assumptions:", "assumption:", "assumption: "),
}


@pytest.mark.parametrize("case", MISSPELT)
def test_a_word_that_the_map_does_not_know_is_refused_by_line(case: str) -> None:
    """A misspelt property or value does not pass for one left out: UserError names file, line and place."""
    right, wrong, place = MISSPELT[case]
    assert right in TEXT
    text = TEXT.replace(right, wrong, 1)
    line = next(n for n, words in enumerate(text.splitlines(), 1) if wrong in words)
    with pytest.raises(UserError, match=r"^pipeline\.yaml: line \d+: ") as error:
        parse_map(text)
    assert any(
        m.startswith(f"line {line}: ") and place in m
        for m in str(error.value).removeprefix("pipeline.yaml: ").split("; ")
    )


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("version: 1\nruns: [\n", r"^pipeline\.yaml: line \d+: "),
        ("a: 1\n b: 2\n", r"^pipeline\.yaml: line 2: "),
        ("", r"^pipeline\.yaml: is not a mapping"),
        ("- a list\n", r"^pipeline\.yaml: is not a mapping"),
        ("functions: {scrape: 3}\n", r"line 1: functions\.scrape: "),
    ],
)
def test_broken_yaml_is_refused_by_line(text: str, message: str) -> None:
    """Text that is no map gives a UserError, whatever is wrong with it."""
    with pytest.raises(UserError, match=message):
        parse_map(text)
