"""The summary of one game, versions 2 and 3: score, officials, inactive players."""

from typing import Any

from functions.process_raw.feeds.kind import Row, Rows
from functions.process_raw.feeds.nba.ids import date_of, game_id_of, league_of, season_columns, team_of, tricode_of
from functions.process_raw.feeds.nba.schedule import jersey, lacks_score, shown_status, text
from functions.process_raw.feeds.nba_cdn.boxscore import SIDES
from functions.process_raw.feeds.nba_stats.result_sets import rows_of
from functions.process_raw.feeds.refusal import Refusal
from functions.process_raw.results import Tally
from shared.rules.dates import parse_utc
from shared.rules.schedule import standing


def is_v2(document: Any) -> bool:
    """Whether it is version 2: result sets."""
    return {"GameSummary", "InactivePlayers"} <= {s["name"] for s in document["resultSets"]}


def is_v3(document: Any) -> bool:
    """Whether it is version 3: one object."""
    return "homeTeam" in document["boxScoreSummary"]


def league_v3(document: Any) -> str:
    """The league of the game."""
    return league_of(document["boxScoreSummary"]["gameId"])


def read_v2(document: Any, tally: Tally) -> Rows:
    """The game, its officials and its inactive players."""
    (summary,) = tally.kept("nba_stats.summary_v2", rows_of(document, "GameSummary"), "GameSummary")
    scores = {row["TEAM_ID"]: row for row in rows_of(document, "LineScore")}
    game_id, day = game_id_of(summary["GAME_ID"]), date_of(summary["GAME_DATE_EST"])
    home, away = (summary[f"{side}_TEAM_ID"] for side in ("HOME", "VISITOR"))
    game = {
        "game_id": game_id,
        "game_date": day,
        **season_columns(game_id),
        "home_team": tricode_of(home),
        "away_team": tricode_of(away),
        "home_points": scores.get(home, {}).get("PTS"),
        "away_points": scores.get(away, {}).get("PTS"),
        "game_status": shown_status("scheduled", summary["GAME_STATUS_ID"]),
        "status_text": text(summary["GAME_STATUS_TEXT"]),
    }
    officials = tally.kept("nba_stats.official_v2", rows_of(document, "Officials"), "Officials")
    named = [(_full(o, "FIRST_NAME", "LAST_NAME"), o["OFFICIAL_ID"], o.get("JERSEY_NUM")) for o in officials]
    inactive = tally.kept("nba_stats.inactive_v2", rows_of(document, "InactivePlayers"), "InactivePlayers")
    players = [
        _inactive(game, p["TEAM_ABBREVIATION"], p["PLAYER_ID"], _full(p, "FIRST_NAME", "LAST_NAME")) for p in inactive
    ]
    return _rows(game, named, players)


def read_v3(document: Any, tally: Tally) -> Rows:
    """The game, its officials and its inactive players."""
    (stated,) = tally.kept("nba_stats.summary_v3", [document["boxScoreSummary"]], "boxScoreSummary")
    game_id, home, away = game_id_of(stated["gameId"]), stated["homeTeam"], stated["awayTeam"]
    arena = stated.get("arena") or {}
    game = {
        "game_id": game_id,
        "game_date": date_of(stated["gameCode"][:8]),
        **season_columns(game_id),
        "tip_utc": parse_utc(stated["gameTimeUTC"]) if stated.get("gameTimeUTC") else None,
        "home_team": team_of(home),
        "away_team": team_of(away),
        "home_points": home.get("score"),
        "away_points": away.get("score"),
        "is_neutral_site": stated.get("isNeutral"),
        "game_status": shown_status(standing(stated, has_midnight=False)[0], stated["gameStatus"]),
        "status_text": text(stated["gameStatusText"]),
        "arena": text(arena.get("arenaName")),
        "city": text(arena.get("arenaCity")),
        "label": text(stated.get("gameLabel")),
    }
    if lacks_score(stated):
        raise Refusal("score_missing", "a game that is over has a team without a score")
    officials = _listed(stated, "officials", "nba_stats.official_v3", tally)
    players = [
        _inactive(game, team_of(stated[f"{side}Team"]), p["personId"], _full(p, "firstName", "familyName"))
        for side in SIDES
        for p in _listed(stated[f"{side}Team"], "inactives", "nba_stats.inactive_v3", tally)
    ]
    return _rows(game, [(text(o["name"]), o["personId"], o.get("jerseyNum")) for o in officials], players)


def _listed(holder: Row, name: str, kind: str, tally: Tally) -> list[Row]:
    """The people listed under a name; that there is no list is counted, as the game stands without it."""
    if not isinstance(holder.get(name), list):
        tally.discarded[f"no_list_of_{name}"] += 1
        return []
    return tally.kept(kind, holder[name], name)


def _full(person: Row, first: str, last: str) -> str | None:
    return text(f"{person.get(first) or ''} {person.get(last) or ''}")


def _inactive(game: Row, team: str | None, player_id: int, name: str | None) -> Row:
    opponent = game["away_team"] if team == game["home_team"] else game["home_team"]
    return {
        "game_id": game["game_id"],
        "game_date": game["game_date"],
        "team": team,
        "opponent": opponent,
        "is_home": team == game["home_team"],
        "player_id": player_id,
        "player_name": name,
        "player_status": "inactive",
    }


def _rows(game: Row, officials: list[tuple[str | None, int, Any]], inactive: list[Row]) -> Rows:
    common = {name: game[name] for name in ("game_id", "game_date", "home_team", "away_team")}
    named = [
        {**common, "official_name": name, "official_id": person, "jersey": jersey(number)}
        for name, person, number in officials
    ]
    return {"nbac_schedule": [game], "nbac_referee_game_assignments": named, "nbac_gamebook_player_stats": inactive}
