"""balldontlie v1: every answer is a list in `data` (or one object), beside `meta`. https://docs.balldontlie.io.

An answer names neither its endpoint nor its league: the endpoint shows in the records' fields, the league in the names
of their teams. Records that name no team (odds, player props) are of a league that the answer does not say.
"""

from collections.abc import Callable
from typing import Any

from functions.process_raw.feeds.kind import Kind, Row, Rows
from functions.process_raw.feeds.leagues import NBA, league_of_team, leagues
from functions.process_raw.feeds.lines import checked_team
from functions.process_raw.feeds.values import at, day, full_name, instant, number_of, text, whole_of
from functions.process_raw.results import Tally

UNSAID = "not said"  # the league of records without a team
# Tricodes by the ids 1 to 30 of the NBA's teams.
_TEAMS = (
    "ATL", "BOS", "BKN", "CHA", "CHI", "CLE", "DAL", "DEN", "DET", "GSW", "HOU", "IND", "LAC", "LAL", "MEM", "MIA",
    "MIL", "MIN", "NOP", "NYK", "OKC", "ORL", "PHI", "PHX", "POR", "SAC", "SAS", "TOR", "UTA", "WAS",
)  # fmt: skip
_COUNTS = {
    "fgm": "fgm", "fga": "fga", "fg3m": "fg3m", "fg3a": "fg3a", "ftm": "ftm", "fta": "fta", "oreb": "oreb",
    "dreb": "dreb", "reb": "reb", "ast": "ast", "stl": "stl", "blk": "blk", "tov": "turnover", "pf": "pf",
    "points": "pts",
}  # fmt: skip
_RATES = (
    "pie", "pace", "assist_percentage", "assist_ratio", "assist_to_turnover", "defensive_rating",
    "defensive_rebound_percentage", "effective_field_goal_percentage", "net_rating", "offensive_rating",
    "offensive_rebound_percentage", "rebound_percentage", "true_shooting_percentage", "turnover_ratio",
    "usage_percentage",
)  # fmt: skip
_AVERAGES = {
    "games_played": "gp", "minutes": "min", "points": "pts", "rebounds": "reb", "assists": "ast", "steals": "stl",
    "blocks": "blk", "turnovers": "tov", "fgm": "fgm", "fga": "fga", "fg3m": "fg3m", "fg3a": "fg3a", "ftm": "ftm",
    "fta": "fta",
}  # fmt: skip
_ODDS = (
    "spread_home_value", "spread_home_odds", "spread_away_value", "spread_away_odds", "moneyline_home_odds",
    "moneyline_away_odds", "total_value", "total_over_odds", "total_under_odds",
)  # fmt: skip
_FINAL = "Final"
_SIDES = ("home", "visitor")


def _listed(value: Any) -> list[Any]:
    data = value["data"]
    return data if isinstance(data, list) else [data]


def _league(team: Any) -> str | None:
    name = at(team, "full_name")
    return league_of_team(name) if isinstance(name, str) else None


def _player(player: Any) -> Row:
    return {"player_id": at(player, "id"), "player_name": full_name(player)}


def read_games(value: Any, tally: Tally) -> Rows:
    """One row per game."""
    return {"bdl_games": [_game(game) for game in tally.kept("balldontlie.game", _listed(value), "games")]}


def _game(game: Row) -> Row:
    home, away = game["home_team"], game["visitor_team"]
    started = bool(game.get("period"))
    return {
        "league": _league(home) if _league(home) == _league(away) else None,
        "game_id": game.get("id"),
        "game_date": day(game["date"]),
        "season": game.get("season"),
        "is_postseason": game.get("postseason"),
        "tip_utc": instant(game.get("datetime")),
        "status": game["status"],
        "period": game.get("period"),
        "home_team": at(home, "abbreviation"),
        "away_team": at(away, "abbreviation"),
        "home_score": game["home_team_score"] if started else None,
        "away_score": game["visitor_team_score"] if started else None,
    }


def read_box_scores(value: Any, tally: Tally) -> Rows:
    """The games, and one row per listed player; a team whose players do not add up to its score has none."""
    rows: Rows = {"bdl_games": [], "bdl_player_boxscores": []}
    for box in tally.kept("balldontlie.game", _listed(value), "box scores"):
        game = _game(box)
        rows["bdl_games"].append(game)
        for side, other in (("home", "visitor"), ("visitor", "home")):
            team = box[f"{side}_team"]
            if not isinstance(at(team, "players"), list):
                tally.refuse("team_without_players", team)
                continue
            common = {
                "league": game["league"],
                "game_id": game["game_id"],
                "game_date": game["game_date"],
                "team": at(team, "abbreviation"),
                "opponent": at(box, f"{other}_team", "abbreviation"),
                "is_home": side == "home",
            }
            players = tally.kept("balldontlie.line", at(team, "players"), "players of a team")
            lines = [{**common, **_line(player)} for player in players]
            is_final = box["status"] == _FINAL
            rows["bdl_player_boxscores"] += checked_team(lines, box[f"{side}_team_score"], tally, is_final=is_final)
    return rows


def _line(record: Row) -> Row:
    """A player's line; of one who did not play, who has the minutes `00` or none, every count is null."""
    minutes = whole_of(record.get("min"))
    counts = {column: record.get(name) for column, name in _COUNTS.items()}
    played = minutes not in (None, "", 0) or any(counts.values())
    return {
        **_player(record["player"]),
        "played": played,
        "minutes": minutes if played else None,
        **(counts if played else dict.fromkeys(counts)),
    }


def read_stats(value: Any, tally: Tally) -> Rows:
    """One row per player and game; the players of a final game whose points are not the team's are left out."""
    by_team: dict[Any, list[Row]] = {}
    scores: dict[Any, tuple[Any, bool]] = {}
    for record in tally.kept("balldontlie.stat", _listed(value), "statistics"):
        game, team = record["game"], record["team"]
        sides = {at(game, "home_team_id"): True, at(game, "visitor_team_id"): False}
        is_home = sides.get(at(team, "id")) if len(sides) == len(_SIDES) else None
        row = {
            "league": _league(team),
            "game_id": at(game, "id"),
            "game_date": day(at(game, "date")),
            "team": at(team, "abbreviation"),
            "opponent": None,
            "is_home": is_home,
            **_line(record),
        }
        key = (str(row["game_id"]), str(row["team"]))
        by_team.setdefault(key, []).append(row)
        score = at(game, "home_team_score" if is_home else "visitor_team_score")
        scores[key] = (score, at(game, "status") == _FINAL)
    rows = []
    for key, lines in by_team.items():
        score, is_final = scores[key]
        rows += checked_team(lines, score, tally, is_final=is_final)
    return {"bdl_player_boxscores": rows}


def read_advanced(value: Any, tally: Tally) -> Rows:
    """One row per player and game with his rates."""
    return {
        "bdl_player_advanced": [
            {
                "league": _league(record["team"]),
                "game_id": at(record, "game", "id"),
                "game_date": day(at(record, "game", "date")),
                "team": at(record, "team", "abbreviation"),
                **_player(record["player"]),
                **{name: record.get(name) for name in _RATES},
            }
            for record in tally.kept("balldontlie.advanced", _listed(value), "advanced statistics")
        ]
    }


def read_injuries(value: Any, tally: Tally) -> Rows:
    """One row per player who is reported; the NBA's answers name his team by its id, the others by its names."""
    rows = []
    for record in tally.kept("balldontlie.injury", _listed(value), "injuries"):
        league, team = _team_of(record["player"])
        rows.append({
            "league": league,
            "team": team,
            **_player(record["player"]),
            "status": record["status"],
            "return_date_text": text(record.get("return_date")),  # `Jul 17`: a day without a year
            "description": text(record.get("description") or record.get("comment")),
        })  # fmt: skip
    return {"bdl_injuries": rows}


def _team_of(player: Any) -> tuple[str | None, Any]:
    """League and abbreviation of a player's team, which he has by its id or with its names."""
    number = at(player, "team_id")
    if isinstance(number, int) and 0 < number <= len(_TEAMS):
        return NBA, _TEAMS[number - 1]
    return _league(at(player, "team")), at(player, "team", "abbreviation")


def read_odds(value: Any, tally: Tally) -> Rows:
    """One row per game and vendor; handicaps that are not each other's opposite are refused."""
    rows = []
    for record in tally.kept("balldontlie.odds", _listed(value), "odds"):
        values = {name: number_of(record.get(name)) if name.endswith("value") else record.get(name) for name in _ODDS}
        home, away = values.pop("spread_home_value"), values.pop("spread_away_value")
        if home is not None and away is not None and home != (-away if isinstance(away, float | int) else away):
            tally.refuse("handicaps_differ", record)
            continue
        rows.append({
            "league": UNSAID,
            "game_id": record["game_id"],
            "vendor": record["vendor"],
            "updated_at": instant(record.get("updated_at")),
            "home_spread": home,
            **values,
        })  # fmt: skip
    return {"bdl_odds": rows}


def read_player_props(value: Any, tally: Tally) -> Rows:
    """One row per player, prop, line and vendor; a milestone (at least N) has the price of one side only."""
    rows = []
    for record in tally.kept("balldontlie.prop", _listed(value), "player props"):
        market = record["market"]
        is_milestone = at(market, "type") == "milestone"
        over = at(market, "odds" if is_milestone else "over_odds")
        under = None if is_milestone else at(market, "under_odds")
        if over is None or (under is None and not is_milestone):
            tally.refuse("price_missing", record)
            continue
        rows.append({
            "league": UNSAID,
            "game_id": record["game_id"],
            "player_id": record["player_id"],
            "vendor": record["vendor"],
            "prop_type": record["prop_type"],
            "market_type": at(market, "type"),
            "line": number_of(record["line_value"]),
            "over_price": over,
            "under_price": under,
            "updated_at": instant(record.get("updated_at")),
        })  # fmt: skip
    return {"bdl_player_props": rows}


def read_plays(value: Any, tally: Tally) -> Rows:
    """One row per event of a game; the team is null for events of none."""
    plays = tally.kept("balldontlie.play", _listed(value), "plays")
    of_game = {play["game_id"]: _league(play["team"]) for play in plays if play.get("team")}
    return {
        "bdl_plays": [
            {
                "league": of_game.get(record["game_id"], UNSAID),
                "game_id": record["game_id"],
                "event_number": record["order"],
                "period": record["period"],
                "clock": record["clock"],
                "event_type": record["type"],
                "description": text(record.get("text")),
                "team": at(record, "team", "abbreviation"),
                "home_score": record["home_score"],
                "away_score": record["away_score"],
                "is_scoring": record.get("scoring_play"),
                "points": record.get("score_value"),
            }
            for record in plays
        ]
    }


def read_players(value: Any, tally: Tally) -> Rows:
    """One row per player with his team."""
    return {
        "bdl_active_players": [
            {
                "league": _league(player["team"]),
                **_player(player),
                "team": at(player, "team", "abbreviation"),
                "position": text(player.get("position")),
                "jersey": text(player.get("jersey_number")),
                "height": text(player.get("height")),
                "draft_year": player.get("draft_year"),
            }
            for player in tally.kept("balldontlie.player", _listed(value), "players")
        ]
    }


def read_averages(value: Any, tally: Tally) -> Rows:
    """One row per player and season; the answer names no team, so that its league is not said."""
    return {
        "bdl_season_averages": [
            {
                "league": UNSAID,
                **_player(record["player"]),
                "season": record["season"],
                "season_type": record.get("season_type"),
                **{column: at(record, "stats", name) for column, name in _AVERAGES.items()},
            }
            for record in tally.kept("balldontlie.average", _listed(value), "season averages")
        ]
    }


def read_standings(value: Any, tally: Tally) -> Rows:
    """One row per team and season."""
    return {
        "bdl_standings": [
            {
                "league": _league(record["team"]),
                "team": at(record, "team", "abbreviation"),
                "season": record["season"],
                "wins": record["wins"],
                "losses": record["losses"],
                "conference_rank": record.get("conference_rank"),
                "division_rank": record.get("division_rank"),
                "home_record": record.get("home_record"),
                "road_record": record.get("road_record"),
            }
            for record in tally.kept("balldontlie.standing", _listed(value), "standings")
        ]
    }


def read_teams(value: Any, tally: Tally) -> Rows:
    """One row per team; the teams of today and, without a conference, those of the league's first years."""
    return {
        "bdl_teams": [
            {
                "league": _league(team) or UNSAID,
                "team_id": team["id"],
                "team": text(team["abbreviation"]),
                "full_name": text(team["full_name"]),
                "city": text(team.get("city")),
                "nickname": text(team.get("name")),
                "conference": text(team.get("conference")),
                "division": text(team.get("division")),
            }
            for team in tally.kept("balldontlie.team", _listed(value), "teams")
        ]
    }


def _has(*fields: str) -> Callable[[Any], bool]:
    """Whether a record of the answer, most of them being whole, has all these fields."""
    return lambda value: any(all(field in record for field in fields) for record in _listed(value))


def _is_box_scores(value: Any) -> bool:
    return any("players" in game[f"{side}_team"] for game in _listed(value) for side in _SIDES)


def _league_of(*teams: tuple[str, ...]) -> Callable[[Any], str]:
    """The leagues of the teams at these paths of the records."""
    return lambda value: leagues(_league(at(record, *path)) for record in _listed(value) for path in teams)


def _league_of_injuries(value: Any) -> str:
    return leagues(_team_of(at(record, "player"))[0] for record in _listed(value))


def _unsaid(_: Any) -> str:
    return UNSAID


def _no_rows(_: Any, __: Tally) -> Rows:
    return {}


_OF_TEAM = _league_of(("team",))
KINDS = (
    Kind("empty", "json", lambda value: value["data"] == [], _no_rows, _unsaid, "the answer lists nothing"),
    Kind("box_scores", "json", _is_box_scores, read_box_scores, _league_of(("home_team",))),
    Kind("player_props", "json", _has("prop_type"), read_player_props, _unsaid),
    Kind("odds", "json", _has("vendor"), read_odds, _unsaid),
    Kind("plays", "json", _has("clock", "order"), read_plays, _OF_TEAM),
    Kind("injuries", "json", _has("player", "return_date"), read_injuries, _league_of_injuries),
    Kind("stats_advanced", "json", _has("player", "pie"), read_advanced, _OF_TEAM),
    Kind("season_averages", "json", _has("player", "stats"), read_averages, _unsaid),
    Kind("stats", "json", _has("player", "game"), read_stats, _OF_TEAM),
    Kind("games", "json", _has("home_team_score"), read_games, _league_of(("home_team",))),
    Kind("standings", "json", _has("wins"), read_standings, _OF_TEAM),
    Kind("players", "json", _has("first_name"), read_players, _OF_TEAM),
    Kind("teams", "json", _has("full_name"), read_teams, _league_of(())),
)
