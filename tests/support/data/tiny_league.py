"""A tiny league for tests of the feature queries: four teams, six players each, fourteen days, and a slate."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

from shared.adapters.local.warehouse import DuckTables
from shared.contracts.rows import table
from shared.ports import Scope
from tests.support.data.feature_chain import GAMES, SLATE, run, stored

TEAMS = ("BOS", "NYK", "LAL", "DEN")
FIRST, SLATE_DAY = date(2023, 11, 1), date(2023, 12, 1)
TIP = datetime(2023, 12, 2, 0, 0, tzinfo=UTC)
AS_OF = TIP - timedelta(minutes=30)
SECOND = timedelta(seconds=1)


def tip_of(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(days=1)


def game_row(number: int, day: date, home: str, away: str, **other: Any) -> dict[str, Any]:
    return {
        "game_id": f"00223{number:05d}", "game_date": day, "season": 2023, "season_type": "Regular Season",
        "tip_utc": tip_of(day), "tip_source": "schedule", "home_team": home, "away_team": away,
        "is_neutral_site": False, "game_status": "scheduled", "known_at": tip_of(day) - timedelta(days=14),
        "known_at_source": "assumed", "source": "test", **other,
    }  # fmt: skip


def box_rows(game: dict[str, Any], number: int) -> Iterator[dict[str, Any]]:
    """Six players a side, five of whom play all 48 minutes; the sixth does not play."""
    sides = ((game["home_team"], game["away_team"]), (game["away_team"], game["home_team"]))
    for team, opponent in sides:
        for slot in range(6):
            fgm, ftm = 3 + (number + slot) % 6 + (slot == 0) * 5, slot % 3
            stats = {
                "seconds_played": 2880, "fgm": fgm, "fga": fgm + 6, "fg3m": slot % 2, "fg3a": 4, "ftm": ftm, "fta": ftm + 1,
                "oreb": 1, "dreb": 5, "ast": 3, "stl": 1, "blk": 0, "tov": 2, "pf": 3,
                "points": 2 * fgm + slot % 2 + ftm, "points_in_paint": fgm,
            }  # fmt: skip
            yield {
                **{k: game[k] for k in ("game_id", "game_date", "season", "season_type", "home_team", "away_team")},
                "overtimes": 0, "team": team, "opponent": opponent, "is_home": team == game["home_team"],
                "player_id": 100 * TEAMS.index(team) + slot, "player_name": f"{team} {slot}",
                "player_lookup": f"{team}{slot}".lower(), "is_starter": slot < 5,
                "player_status": "played" if slot < 5 else "dnp", **(stats if slot < 5 else {}),
                "known_at": game["tip_utc"] + timedelta(minutes=150), "known_at_source": "assumed", "source": "test",
            }  # fmt: skip


def line_row(player_id: int, line: float, known_at: datetime, **other: Any) -> dict[str, Any]:
    return {
        "game_id": "0022300900", "game_date": SLATE_DAY, "player_id": player_id, "player_name": "A", "player_lookup": "a",
        "team": "BOS", "bookmaker": "fanduel", "market": "player_points", "points_line": line, "over_price": -110,
        "under_price": -110, "known_at": known_at, "known_at_source": "timestamp", "source": "test", **other,
    }  # fmt: skip


def injury_row(player_id: int, status: str, known_at: datetime) -> dict[str, Any]:
    return {
        "game_date": SLATE_DAY, "team": "BOS", "player_id": player_id, "player_name": "A", "player_lookup": "a",
        "injury_status": status, "known_at": known_at, "known_at_source": "timestamp", "source": "test",
    }  # fmt: skip


def game_line_row(spread: float, total: float, known_at: datetime, book: str = "fanduel") -> dict[str, Any]:
    return {
        "game_id": "0022300900", "game_date": SLATE_DAY, "home_team": "BOS", "away_team": "NYK", "bookmaker": book,
        "home_spread": spread, "total": total, "known_at": known_at, "known_at_source": "timestamp", "source": "test",
    }  # fmt: skip


def put(tables: DuckTables, name: str, rows: list[dict[str, Any]], unit: str = "test") -> None:
    """Rows straight into a table through the production path, beside what is there."""
    target = table(name)
    days = sorted(r[target.partition] for r in rows)
    kept = tables.read(
        f"SELECT * EXCLUDE (run_id, generation) FROM {name} WHERE {target.partition} BETWEEN $first AND $last",
        {"first": days[0], "last": days[-1]},
    ).to_pylist()
    keys = {tuple(r[k] for k in target.key) for r in rows}
    kept = [r for r in kept if tuple(r[k] for k in target.key) not in keys]
    written = tables.write(target, target.to_arrow(kept + rows), Scope(unit, 1, 1, unit, days[0], days[-1]))
    assert not written.refused


def games() -> list[dict[str, Any]]:
    """Fourteen days with two games each, then the slate: one at 19:00 Eastern, one three hours later."""
    played = []
    for day in range(14):
        pairs = (("BOS", "NYK"), ("LAL", "DEN")) if day % 2 else (("BOS", "LAL"), ("NYK", "DEN"))
        played += [game_row(2 * day + k, FIRST + timedelta(days=2 * day), *pair) for k, pair in enumerate(pairs)]
    late = TIP + timedelta(hours=3)
    return [*played, game_row(900, SLATE_DAY, "BOS", "NYK"), game_row(901, SLATE_DAY, "LAL", "DEN", tip_utc=late)]


def make_league() -> DuckTables:
    """Raw tables and game summaries of the league, with lines, a spread and an injury for the slate."""
    tables = DuckTables(None)
    schedule = games()
    put(tables, "nba_raw.nbac_schedule", schedule)
    boxes = [row for number, game in enumerate(schedule[:-2]) for row in box_rows(game, number)]
    put(tables, "nba_raw.nbac_gamebook_player_stats", boxes)
    hour = timedelta(hours=1)
    put(tables, "nba_raw.odds_api_player_points_props", [
        line_row(0, 20.5, AS_OF - 5 * hour),
        line_row(0, 21.5, AS_OF - hour),
        line_row(0, 24.5, AS_OF - hour, over_price=200, under_price=-300),
        line_row(0, 22.5, AS_OF - 2 * hour, bookmaker="draftkings", under_price=-120),
        line_row(777, 9.5, AS_OF - hour, player_name="New Man", team="NYK", bookmaker="another"),
    ])  # fmt: skip
    put(tables, "nba_raw.odds_api_game_lines", [
        game_line_row(-4.0, 220.0, AS_OF - hour), game_line_row(-5.0, 223.0, AS_OF - hour, "b"),
        game_line_row(-9.0, 221.0, AS_OF - hour, "c"),
    ])  # fmt: skip
    put(tables, "nba_raw.nbac_injury_report", [
        injury_row(1, "questionable", AS_OF - 3 * hour), injury_row(1, "out", AS_OF - hour),
        injury_row(2, "probable", AS_OF),
    ])  # fmt: skip
    assert run(tables, GAMES, FIRST, SLATE_DAY) == {}
    return tables


def slate(tables: DuckTables) -> dict[str, list[dict[str, Any]]]:
    """The whole chain of the slate: every unit's rows, in the order of their keys."""
    assert run(tables, SLATE, SLATE_DAY, SLATE_DAY) == {}
    return {name: stored(tables, name) for name in SLATE}


def features_of(rows: dict[str, list[dict[str, Any]]], player_id: int) -> dict[str, Any]:
    return next(r for r in rows["ml_feature_store_v2"] if r["player_id"] == player_id)
