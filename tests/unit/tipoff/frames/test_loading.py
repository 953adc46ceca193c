"""The loaders: what was known at a moment and no more, unique keys, no stale answer, errors that say what to do."""

import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pytest

import tipoff
from shared.contracts.rows import table
from shared.errors import UserError
from shared.ports import Scope
from shared.work.app import App
from tests.support.local import graded, homes
from tests.support.places import ROOT
from tipoff.frames import cache
from tipoff.frames.dictionary import loaders
from tipoff.home import Home

NOUNS = tuple(loaders())
EARLY, LATE = graded.AS_OF - timedelta(hours=1), graded.TIP + timedelta(hours=30)


def put_on(app: App, name: str, row: dict[str, Any]) -> None:
    """Write a row of another date than the fixtures'."""
    contract, day = table(name), row["game_date"]
    written = app.tables.write(
        contract, contract.to_arrow([homes.filled(contract, row)]), Scope("r", 1, 1, "u", day, day)
    )
    assert written.found == 1, written.refused


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Features, lines, predictions and grades of a date, its schedule and one box score, one of the season before."""
    path = tmp_path_factory.mktemp("frames") / "home"
    graded.fill(path)
    app = homes.make_app(path)
    game = {"game_id": homes.GAME, "home_team": "ATL", "away_team": "BOS", "known_at": EARLY, "tip_utc": graded.TIP}
    homes.put(app, "nba_raw.nbac_schedule", [{**game, "game_status": "scheduled"}])
    box = {"points": 20, "seconds_played": 1800, "is_dnp": False, "known_at": graded.TIP + timedelta(minutes=150)}
    homes.put(app, "nba_analytics.player_game_summary", [{**box, "game_id": homes.GAME, "player_id": 7}])
    past = {"game_id": "0022200001", "game_date": date(2022, 10, 18), "player_id": 7, "is_dnp": True}
    put_on(app, "nba_analytics.player_game_summary", past)
    market = {"system_id": "market", "game_id": homes.GAME, "player_id": 7, "as_of": EARLY, "tip_utc": graded.TIP}
    homes.put(app, "nba_predictions.player_prop_predictions", [{**market, "recommendation": "NO_LINE"}], unit="market")
    app.close()
    return path


@pytest.fixture(autouse=True)
def fresh_cache(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Each test begins without a choice and without kept rows."""
    monkeypatch.setattr(cache, "_chosen", [])
    cache._memory.clear()
    return


def loaded(noun: str, **asked: object) -> pd.DataFrame:
    """What a loader gives."""
    frame: pd.DataFrame = getattr(tipoff, f"load_{noun}")(**asked)
    return frame


@pytest.mark.parametrize("noun", NOUNS)
def test_a_loader_gives_the_contracts_columns_and_unique_keys(home: Path, noun: str) -> None:
    """Every column under its own name, in the contract's order, each key once, nothing filled."""
    frame, contract = loaded(noun, home=home), table(loaders()[noun].table)
    assert list(frame.columns) == [c.name for c in contract.columns]
    assert len(frame) > 0
    assert not frame.duplicated(list(contract.key)).any()
    assert str(frame["known_at"].dtype) == "datetime64[us, UTC]"


def test_nothing_is_filled_or_turned_into_another_type(home: Path) -> None:
    """A player without a line has null in it, an integer with nulls stays an integer, a DNP has no points."""
    features = loaded("features", home=home)
    assert features["line"].isna().sum() == 2
    boxes = loaded("box_scores", home=home, seasons=True)
    assert str(boxes["points"].dtype) == "Int64"
    assert boxes.set_index("game_id")["points"].isna().tolist() == [True, False]


@pytest.mark.parametrize("noun", NOUNS)
def test_a_moment_shows_what_was_known_then(home: Path, noun: str) -> None:
    """No row whose known_at is later; the moment itself is included, as text too."""
    whole = loaded(noun, home=home)
    newest = whole["known_at"].max()
    assert len(loaded(noun, home=home, as_of=newest.isoformat())) == len(whole)
    assert (loaded(noun, home=home, as_of=newest - timedelta(seconds=1))["known_at"] < newest).all()
    assert len(loaded(noun, home=home, as_of="2024-02-20")) == 0


def test_a_correction_is_seen_from_when_it_was_known(tmp_path: Path) -> None:
    """Of two generations the newer stands, and before it was known the older one."""
    app = homes.make_app(tmp_path)
    for generation, points in ((1, 20.0), (2, 25.0)):
        known = homes.NOW + timedelta(minutes=generation)
        row = {"system_id": "a", "game_id": homes.GAME, "player_id": 7, "predicted_points": points, "known_at": known}
        row |= {"recommendation": "NO_LINE", "as_of": homes.NOW, "tip_utc": graded.TIP}
        contract = table("nba_predictions.player_prop_predictions")
        rows = contract.to_arrow([homes.filled(contract, row)])
        app.tables.write(contract, rows, Scope("r", generation, 1, "a", homes.DAY, homes.DAY))
    app.close()
    seen = [
        loaded("predictions", home=tmp_path, as_of=homes.NOW + timedelta(minutes=m))["predicted_points"].tolist()
        for m in (0, 1, 2)
    ]
    assert seen == [[], [20.0], [25.0]]
    assert loaded("predictions", home=tmp_path)["predicted_points"].tolist() == [25.0]


def test_seasons_choose_by_the_games_ids(home: Path) -> None:
    """None is the newest, True all, a year or a list those; a season that is not there is refused, with those that are."""
    ids = {"past": "0022200001", "now": homes.GAME}
    for asked, games in ((None, ["now"]), (True, ["past", "now"]), (2022, ["past"]), ([2023, 2022], ["past", "now"])):
        assert loaded("box_scores", home=home, seasons=asked)["game_id"].tolist() == [ids[g] for g in games]
    with pytest.raises(UserError, match=r"no box_scores of 2019-20 \(2019\); there are 2022-23, 2023-24"):
        loaded("box_scores", home=home, seasons=2019)
    for wrong in (False, [], "2023", [True]):
        with pytest.raises(UserError, match="seasons is None"):
            loaded("box_scores", home=home, seasons=wrong)


@pytest.mark.parametrize(("as_of", "message"), [("noon", "is not an ISO 8601 time"), ("2024-02-26T18:00", "no offset")])
def test_a_moment_that_is_none_is_refused(home: Path, as_of: str, message: str) -> None:
    """Text that is no time, and a time whose offset is open."""
    with pytest.raises(UserError, match=message):
        loaded("lines", home=home, as_of=as_of)


def test_a_home_without_rows_says_what_to_run(tmp_path: Path) -> None:
    """No warehouse, and a warehouse without such rows."""
    with pytest.raises(UserError, match="run tipoff demo, replay or up"):
        loaded("lines", home=tmp_path)
    homes.make_app(tmp_path).close()
    with pytest.raises(UserError, match="has no lines yet; run tipoff replay"):
        loaded("lines", home=tmp_path)


def test_print_says_how_new_the_rows_are(home: Path) -> None:
    """Table, home, moment and the newest known_at; what is derived is a plain DataFrame."""
    frame = loaded("lines", home=home, as_of=LATE)
    shown = repr(frame).splitlines()[-1]
    for part in ("nba_raw.odds_api_player_points_props", str(home), LATE.isoformat(), "data updated 2024-02-2"):
        assert part in shown
    assert type(frame.head(1)) is pd.DataFrame


@pytest.mark.parametrize("mode", ["memory", "files", "off"])
def test_no_cache_answers_what_a_writer_has_changed(tmp_path: Path, mode: cache.Mode) -> None:
    """The same answer while nothing changes, whoever changes the frame; another one after a write."""
    tipoff.set_cache(mode)
    graded.fill(tmp_path)
    first = loaded("lines", home=tmp_path)
    first["points_line"] = 0.0
    again = loaded("lines", home=tmp_path)
    assert (again["points_line"] > 0).all()
    assert len(list((tmp_path / "frames").glob("*.arrow"))) == (mode == "files")
    assert len(cache._memory) == (mode == "memory")
    app = homes.make_app(tmp_path)
    new = {"game_id": homes.GAME, "player_id": 4, "points_line": 9.5, "over_price": 100, "under_price": -110}
    homes.put(app, "nba_raw.odds_api_player_points_props", [new], unit="later")
    app.close()
    assert len(loaded("lines", home=tmp_path)) == len(again) + 1
    tipoff.clear_cache(tmp_path)
    assert not list((tmp_path / "frames").glob("*")) or mode != "files"
    assert not cache._memory


@pytest.mark.parametrize(("mode", "times"), [("memory", 1), ("files", 1), ("off", 2)])
def test_a_kept_answer_is_not_read_again(home: Path, mode: cache.Mode, times: int) -> None:
    """In memory and in files the second question asks no table; a damaged file is read anew."""
    tipoff.set_cache(mode)
    asked: list[int] = []

    def read() -> pa.Table:
        asked.append(1)
        return pa.table({"x": [1]})

    for _ in range(2):
        assert cache.of(Home(home), ("x", mode), read).num_rows == 1
    assert len(asked) == times
    for kept in (home / "frames").glob("*.arrow"):
        kept.write_bytes(b"x")
        assert cache.of(Home(home), ("x", mode), read).num_rows == 1
        assert len(asked) == times + 1
    tipoff.clear_cache(home)


def test_the_environment_chooses_the_cache_and_a_wrong_word_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """TIPOFF_CACHE until set_cache says otherwise."""
    monkeypatch.setenv("TIPOFF_CACHE", "off")
    assert cache.mode() == "off"
    tipoff.set_cache("files")
    assert cache.mode() == "files"
    with pytest.raises(UserError, match="memory, files, off"):
        tipoff.set_cache("disk")  # type: ignore[arg-type]


def test_the_status_says_what_is_behind(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A row per loader: rows, first and last date, the newest known_at, the date that is due, and the state."""
    frame = tipoff.load_status(home).set_index("loader")
    assert list(frame.index) == [f"load_{noun}" for noun in NOUNS]
    assert set(frame["state"]) == {"current"}
    assert frame.loc["load_box_scores", "first"] == date(2022, 10, 18)
    app = homes.make_app(home)
    later = {"game_id": "0022300850", "game_date": date(2024, 2, 27), "home_team": "ATL", "away_team": "BOS"}
    later |= {"game_status": "scheduled", "tip_utc": datetime(2024, 2, 28, tzinfo=UTC), "known_at": EARLY}
    put_on(app, "nba_raw.nbac_schedule", later)
    app.close()
    after = tipoff.load_status(home)
    assert set(after["state"]) == {"behind"}
    assert set(after["due"]) == {date(2024, 2, 27)}


def test_importing_tipoff_is_light() -> None:
    """Neither pandas, Arrow nor DuckDB comes with `import tipoff`; every public name is there."""
    code = "import sys, tipoff; print(sorted({'pandas', 'pyarrow', 'duckdb', 'numpy'} & set(sys.modules)))"
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == "[]"
    assert set(tipoff.__all__) <= set(dir(tipoff))
    assert all(getattr(tipoff, name) for name in tipoff.__all__)
    with pytest.raises(AttributeError, match="no attribute 'load_nothing'"):
        _ = tipoff.load_nothing  # type: ignore[attr-defined]
