"""Every check of the raw tables refuses a row that is known to be bad, and lets its good neighbour through."""

from datetime import UTC, date, datetime
from typing import Any

import pytest

from shared.contracts.rows import table, tables
from tests.support.data.inputs import broken_rules

KNOWN = {"known_at": datetime(2024, 1, 10, tzinfo=UTC), "known_at_source": "assumed", "source": "s"}
GAME = {"game_id": "0022300500", "game_date": date(2024, 1, 10), "home_team": "BOS", "away_team": "NYK"}
PLAYER = {"player_id": 7, "player_name": "A B", "player_lookup": "ab"}
COUNTS = dict.fromkeys(("oreb", "dreb", "ast", "stl", "blk", "tov", "pf"), 0)
GOOD: dict[str, dict[str, Any]] = {
    "nbac_schedule": {**GAME, **KNOWN, "season": 2023, "season_type": "Regular Season", "tip_source": "schedule",
                      "tip_utc": datetime(2024, 1, 11, tzinfo=UTC), "game_status": "scheduled"},
    "nbac_gamebook_player_stats": {
        **GAME, **KNOWN, **PLAYER, **COUNTS, "season": 2023, "season_type": "Regular Season", "overtimes": 0, "team": "BOS",
        "opponent": "NYK", "is_home": True, "is_starter": True, "player_status": "played", "seconds_played": 2880,
        "fgm": 5, "fga": 9, "fg3m": 1, "fg3a": 3, "ftm": 2, "fta": 2, "points": 13},
    "nbac_player_list": {**KNOWN, **PLAYER, "list_date": date(2024, 1, 10), "team": "BOS"},
    "nbac_injury_report": {**KNOWN, **PLAYER, "game_date": date(2024, 1, 10), "injury_status": "out"},
    "odds_api_player_points_props": {**GAME, **KNOWN, **PLAYER, "bookmaker": "b", "market": "player_points",
                                     "points_line": 20.5, "over_price": -110, "under_price": 100},
    "odds_api_closing_lines": {**GAME, **KNOWN, **PLAYER, "bookmaker": "b", "market": "player_points",
                               "points_line": 20.5, "over_price": -110, "under_price": 100},
    "odds_api_game_lines": {**GAME, **KNOWN, "bookmaker": "b", "home_spread": -6.5, "total": 220.0},
}  # fmt: skip
BAD: list[tuple[str, str, dict[str, Any]]] = [
    *((name, "overruled", {"contradiction": "overruled"}) for name in GOOD),
    ("nbac_schedule", "league_game", {"game_id": "0032300001"}),
    ("nbac_schedule", "two_teams", {"away_team": "BOS"}),
    ("nbac_schedule", "known_status", {"game_status": "maybe"}),
    ("nbac_gamebook_player_stats", "league_game", {"game_id": "0032300001"}),
    ("nbac_gamebook_player_stats", "on_one_of_the_teams", {"team": "LAL"}),
    ("nbac_gamebook_player_stats", "on_one_of_the_teams", {"opponent": "BOS"}),
    ("nbac_gamebook_player_stats", "points_add_up", {"points": 12}),
    ("nbac_gamebook_player_stats", "makes_within_attempts", {"fga": 4}),
    ("nbac_gamebook_player_stats", "makes_within_attempts", {"fta": 1}),
    ("nbac_gamebook_player_stats", "counts_not_negative", {"tov": -1}),
    ("nbac_gamebook_player_stats", "minutes_within_game", {"seconds_played": 2880 + 31}),
    ("nbac_gamebook_player_stats", "minutes_within_game", {"seconds_played": -1}),
    ("nbac_gamebook_player_stats", "played_has_line", {"seconds_played": None}),
    ("nbac_gamebook_player_stats", "known_status", {"player_status": "asleep"}),
    ("nbac_injury_report", "known_status", {"injury_status": "day_to_day"}),
    *(
        (name, rule, change)
        for name in ("odds_api_player_points_props", "odds_api_closing_lines")
        for rule, change in (
            ("line_in_range", {"points_line": 120.5}),
            ("whole_or_half", {"points_line": 20.3}),
            ("american_odds", {"under_price": 90}),
        )
    ),
    ("odds_api_game_lines", "total_in_range", {"total": 22.0}),
    ("odds_api_game_lines", "spread_in_range", {"home_spread": 60.0}),
]


@pytest.mark.parametrize(("name", "rule", "change"), BAD)
def test_a_bad_row_breaks_its_rule_and_a_good_one_none(name: str, rule: str, change: dict[str, Any]) -> None:
    """One wrong value, one broken rule; beside it the good row stays."""
    contract = table(f"nba_raw.{name}")
    good = {**GOOD[name], "game_id": "0022300501", "game_date": date(2024, 1, 11), "list_date": date(2024, 1, 11)}
    rows = contract.to_arrow([{**GOOD[name], **change}, good])
    assert rule in broken_rules(contract.full_name, rows)
    assert broken_rules(contract.full_name, contract.to_arrow([good])) == {}
    assert broken_rules(contract.full_name, rows)[rule] == 1


@pytest.mark.parametrize("name", GOOD)
def test_the_same_key_twice_is_a_duplicate(name: str) -> None:
    """A repeat of the natural key of a table is a duplicate."""
    contract = table(f"nba_raw.{name}")
    assert broken_rules(contract.full_name, contract.to_arrow([GOOD[name]] * 2)) == {"duplicate_key": 1}


def test_every_raw_check_has_a_bad_row() -> None:
    """A check is proved by a row that breaks it."""
    checks = {(t.name, rule) for t in tables().values() if t.dataset == "nba_raw" for rule, _ in t.checks}
    assert checks == {(name, rule) for name, rule, _ in BAD}
