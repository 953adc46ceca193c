"""Names of other feeds matched with the player list: one player or none, never a guess."""

import json
from collections import defaultdict
from datetime import date
from typing import Any

import duckdb
from hypothesis import given
from hypothesis import strategies as st

from functions.process_raw.parsers.matching import matcher_of
from shared.rules.names import may_be_same, player_lookup
from tests.support.data.inputs import inputs, needs_shared, recorded
from tests.support.places import SHARED_DATA

GIVEN = ("Jalen", "Jaylin", "J.", "Herb", "Herbert", "Moe", "Moritz", "Franz", "Đorđe", "Djordje")
FAMILY = ("Williams", "Wagner", "Jones", "Waller-Prince", "Prince", "Williams Jr.")
names = st.builds("{} {}".format, st.sampled_from(GIVEN), st.sampled_from(FAMILY))


def listed(name: str, team: str | None, number: int, code: str = "") -> dict[str, Any]:
    """A player as the input `identities` has him."""
    lookup = player_lookup(code.replace("_", " ")) or None
    return {
        "player_id": number,
        "player_name": name,
        "player_lookup": player_lookup(name),
        "team": team,
        "player_code_lookup": lookup,
    }


@given(st.lists(st.tuples(names, st.sampled_from(("BOS", "NYK", "LAL", None))), max_size=8), names)
def test_a_name_is_one_player_or_none(people: list[tuple[str, str | None]], name: str) -> None:
    """Only a player whom the name may mean; of several with the same claim, none."""
    players = [listed(who, team, number) for number, (who, team) in enumerate(people, 1)]
    matcher = matcher_of(inputs([], players))
    chosen = matcher.player(name, ("BOS", "NYK"))
    exact = [p for p in players if p["player_lookup"] == player_lookup(name)]
    on_teams = [p for p in players if p["team"] in ("BOS", "NYK")]
    rivals = exact
    if len(exact) != 1:
        rivals = [p for p in exact if p in on_teams] or [p for p in on_teams if may_be_same(name, p["player_name"])]
    assert (chosen and chosen["player_id"]) == (rivals[0]["player_id"] if len(rivals) == 1 else None)


def test_the_lists_own_code_is_a_name_too() -> None:
    """`carlton_carrington` resolves him wherever he plays, a nickname alone only on one of the two teams."""
    matcher = matcher_of(
        inputs([], [listed("Bub Carrington", "WAS", 1, "carlton_carrington"), listed("Nic Claxton", "BKN", 2)])
    )
    assert matcher.player("Carlton Carrington", ("BOS", "NYK")) is not None
    assert matcher.player("Nicolas Claxton", ("BOS", "BKN")) is not None
    assert matcher.player("Nicolas Claxton", ("BOS", "NYK")) is None


def test_a_player_without_a_team_is_known_by_his_name() -> None:
    """Signed today and not on a roster yet; of two of that name, only one on the event's teams."""
    free = listed("Mac McClung", None, 1)
    assert matcher_of(inputs([], [free])).player("Mac McClung", ("BOS", "NYK")) is not None
    assert matcher_of(inputs([], [free, listed("Mac McClung", "LAL", 2)])).player("Mac McClung", ("BOS", "NYK")) is None


@needs_shared
def test_recorded_lines_of_a_season_resolve() -> None:
    """Of 22,300 outcomes of two books on 79 days fewer than 40 are refused, and none is given to another player."""
    body = json.loads(recorded("nba_stats/commonallplayers.json.gz"))["resultSets"][0]
    everybody = [dict(zip(body["headers"], row, strict=True)) for row in body["rowSet"]]
    season = [p for p in everybody if int(p["FROM_YEAR"]) <= 2024 <= int(p["TO_YEAR"])]
    with duckdb.connect() as db:
        lines = db.execute(
            f"""
            SELECT p.game_date, p.player_name_raw, p.player_id, g.home_team, g.away_team, COUNT(*)
            FROM '{SHARED_DATA}/props_points.parquet' p JOIN '{SHARED_DATA}/games.parquet' g USING (game_id)
            WHERE p.source = 'odds_api_dfs_2024' AND p.line_type = 'standard' GROUP BY ALL
            """
        ).fetchall()
        played = db.execute(
            f"SELECT player_id, game_date, team FROM '{SHARED_DATA}/box_scores_2024-25.parquet' ORDER BY game_date DESC"
        ).fetchall()
    teams: defaultdict[int, list[tuple[date, str]]] = defaultdict(list)
    for player_id, day, team in played:
        teams[player_id].append((day, team))
    total, refused, wrong = 0, 0, []
    for day in {line[0] for line in lines}:
        people = [
            listed(
                p["DISPLAY_FIRST_LAST"], next((t for d, t in teams[p["PERSON_ID"]] if d <= day), None), p["PERSON_ID"],
                p["PLAYERCODE"] or "",
            )
            for p in season
        ]  # fmt: skip
        matcher = matcher_of(inputs([], people))
        for _, name, player_id, home, away, rows in (line for line in lines if line[0] == day):
            player = matcher.player(name, (home, away))
            total += 2 * rows
            refused += 2 * rows * (player is None)
            wrong += [name] if player and player["player_id"] != player_id else []
    assert (total, wrong) == (22_300, [])
    assert refused < 40
