"""Box scores of ESPN: the summary of a game, and its box score page."""

from typing import Any

from functions.process_raw.feeds.espn.lines import Player, add_team
from functions.process_raw.feeds.espn.records import content_of, game_of, league_of, team_of
from functions.process_raw.feeds.kind import Row, Rows
from functions.process_raw.feeds.refusal import Refusal
from functions.process_raw.feeds.values import at, instant, listed, whole_of
from functions.process_raw.results import Tally


def read_summary(value: Any, tally: Tally) -> Rows:
    """One row per listed player of a game's box score."""
    header = value["header"]
    game = game_of(header, at(header, "competitions", 0))
    rows: list[Row] = []
    for team in listed(value, "boxscore", "players"):
        for block in listed(team, "statistics"):
            players = [_player(athlete) for athlete in listed(block, "athletes")]
            add_team(rows, game, team_of(at(team, "team"), game["league"]), listed(block, "keys"), players, tally)
    return {"espn_boxscores": rows}


def _player(record: Any) -> Player:
    """A player of a summary. Whether he played says didNotPlay: a reason also stands beside players who did."""
    rested = at(record, "didNotPlay")
    played = not rested if isinstance(rested, bool) else rested
    said = {"is_starter": at(record, "starter"), "played": played, "reason": at(record, "reason")}
    return at(record, "athlete"), at(record, "stats"), said


def read_box_page(value: Any, tally: Tally) -> Rows:
    """One row per listed player of a box score page."""
    package = content_of(value)["gamepackage"]
    game = _game(package["gmStrp"])
    rows: list[Row] = []
    for team in listed(package, "bxscr"):
        groups = [group for group in listed(team, "stats") if at(group, "type") in ("starters", "bench")]
        keys = [at(group, "keys") for group in groups]
        if not keys or any(k != keys[0] for k in keys):
            raise Refusal("unreadable", "the statistics of starters and bench have different columns")
        players = [_page_player(player, group["type"]) for group in groups for player in listed(group, "athlts")]
        add_team(rows, game, team_of(at(team, "tm"), game["league"]), keys[0], players, tally)
    return {"espn_boxscores": rows}


def _game(strip: Any) -> Row:
    """The game of a page, from the strip above the box score."""
    league = league_of(at(strip, "uid"))
    sides = {at(side, "isHome"): side for side in listed(strip, "tms")}
    home, away = sides.get(True), sides.get(False)
    return {
        "league": league,
        "event_id": whole_of(at(strip, "gid")),
        "tip_utc": instant(at(strip, "dt")),
        "state": at(strip, "status", "state"),
        "home_team": team_of(home, league),
        "away_team": team_of(away, league),
        "home_score": whole_of(at(home, "score")),
        "away_score": whole_of(at(away, "score")),
    }


def _page_player(record: Any, group: str) -> Player:
    stats = at(record, "stats")
    said = {"is_starter": group == "starters", "played": bool(stats), "reason": at(record, "dnpRsn")}
    return at(record, "athlt"), stats, said
