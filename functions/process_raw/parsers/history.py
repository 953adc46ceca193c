"""Rows from the slices of a history folder, column by column in Arrow."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from functions.process_raw.parsers import history_injuries
from functions.process_raw.parsers.history_tables import identity, table_of
from functions.process_raw.results import Tally
from shared.contracts.history_files import HISTORY
from shared.contracts.rows import OVERRULED, table
from shared.contracts.work import Computed, Missing, Payload, Work
from shared.errors import ContractError
from shared.rules import history_times
from shared.rules.box_scores import difference
from shared.rules.history_rows import fitting, misfits, season_types, seasons
from shared.rules.history_times import column
from shared.rules.repeats import MARK, resolve
from shared.rules.schedule import name_of
from shared.rules.stats_tables import overtimes_of

Build = Callable[[Mapping[str, pa.Table], Work], Computed]
Parser = Callable[[Sequence[Payload], Mapping[str, pa.Table], Work], Computed]
_NOT_THERE = "the game is over, and its box score is not there"
_BOX_SCORES = "nba_raw.nbac_gamebook_player_stats"
_EMPTY = "no rows in the window"
_SOURCE = "history"  # of a row that names no other
_LINES = ("home_spread", "total", "home_ml", "away_ml")
_LINE_TYPES = ("standard", "alternate")  # not those of one side at a fixed payout
_STATISTICS = ("fgm", "fga", "fg3m", "fg3a", "ftm", "fta", "oreb", "dreb", "ast", "stl", "blk", "tov", "pf")


def _read(payload: Payload) -> pa.Table:
    name = payload.artifact.path
    try:
        rows = pq.ParquetFile(pa.BufferReader(payload.body)).read(use_threads=False)
        return rows.select(list(HISTORY[name].columns)).cast(pa.schema(list(HISTORY[name].columns.items())))
    except (pa.ArrowException, OSError, KeyError, ValueError) as error:
        raise ContractError(f"slice {name} does not hold its columns: {error}") from error


def _parser(build: Build) -> Parser:
    """The parser of a feed made of slices of `games` and other files; `no_source` if the folder lacks them."""

    def parse(payloads: Sequence[Payload], inputs: Mapping[str, pa.Table], work: Work) -> Computed:
        del inputs  # the rows of a history folder have the ids of games and players
        tables = {p.artifact.path: _read(p) for p in payloads if p.body}
        missing = [p.artifact.path for p in payloads if not p.body]
        if "games" not in tables or (len(tables) == 1 and missing):
            reason = f"the history folder has no {' and no '.join(missing) or 'games'}"
            return Computed(outcome="no_source", reason=reason)
        return build(tables, work)

    return parse


def _known_at(file: str, rows: pa.Table, games: pa.Table, work: Work) -> dict[str, pa.Array]:
    stamped = history_times.is_stamped(file, rows)
    return {
        "known_at": history_times.known_at(file, rows, games, work.assumptions),
        "known_at_source": pc.if_else(stamped, pa.scalar("first_seen"), pa.scalar("assumed")),
    }


def _league_only(rows: pa.Table) -> tuple[pa.Table, Tally]:
    """The rows of league games. Other games (All-Star, preseason) are counted, contradictions of the id refused."""
    tally, broken = Tally(), misfits(rows)
    for rule in pc.unique(pc.drop_null(broken)).to_pylist():
        tally.refuse(rule, *rows.filter(pc.fill_null(pc.equal(broken, rule), fill_value=False)).to_pylist())
    readable = rows.filter(pc.is_null(broken))
    kept = readable.filter(pc.is_valid(season_types(column(readable, "game_id"))))
    tally.discarded["not_a_league_game"] = len(readable) - len(kept)
    return kept, tally


def _or(values: pa.Array, value: str) -> pa.Array:
    return pc.fill_null(values, value)


def _schedule(tables: Mapping[str, pa.Table], work: Work) -> Computed:
    rows, tally = _league_only(tables["games"])
    has_tip = pc.is_valid(column(rows, "tip_utc"))
    columns = {
        **{n: column(rows, n) for n in ("game_id", "game_date", "home_team", "away_team", "is_neutral_site")},
        "season": seasons(column(rows, "game_id")),
        "season_type": season_types(column(rows, "game_id")),
        "tip_utc": history_times.tips(rows, work.assumptions),
        "tip_source": pc.if_else(has_tip, pa.scalar("schedule"), pa.scalar("assumed")),
        "game_status": "scheduled",
        **_known_at("games", rows, rows, work),
        "source": _SOURCE,
    }
    kept = table_of("nba_raw.nbac_schedule", columns, len(rows))
    return tally.computed(kept, "no league game in the window", "no_games")


def _box_scores(tables: Mapping[str, pa.Table], work: Work) -> Computed:
    games = fitting(tables["games"])
    rows, tally = _league_only(tables["box_scores"])
    minutes = column(rows, "minutes")
    played = pc.coalesce(column(rows, "played"), pc.is_valid(minutes))
    home, away = (history_times.of_game(rows, games, column(games, f"{side}_team")) for side in ("home", "away"))
    team = column(rows, "team")
    is_home = pc.coalesce(column(rows, "is_home"), pc.equal(team, home))
    opponent = pc.coalesce(column(rows, "opponent"), pc.if_else(is_home, away, home))
    seconds = pc.cast(pc.round(pc.multiply(minutes, 60.0)), pa.int64())
    columns = {
        **{n: column(rows, n) for n in ("game_id", "game_date", *_STATISTICS, "is_starter")},
        "season": seasons(column(rows, "game_id")),
        "season_type": season_types(column(rows, "game_id")),
        "team": team,
        "opponent": opponent,
        "is_home": is_home,
        "source": _or(column(rows, "source"), _SOURCE),
        "home_team": pc.coalesce(home, pc.if_else(is_home, team, opponent)),
        "away_team": pc.coalesce(away, pc.if_else(is_home, opponent, team)),
        "overtimes": pc.fill_null(history_times.of_game(rows, games, column(games, "overtimes")), 0),
        **identity(column(rows, "player_name"), column(rows, "player_id")),
        "player_status": pc.if_else(played, pa.scalar("played"), pa.scalar("dnp")),
        "dnp_reason": pc.if_else(played, pa.scalar(None, pa.string()), column(rows, "comment")),
        "seconds_played": pc.if_else(played, seconds, pa.scalar(None, pa.int64())),
        "points": column(rows, "pts"),
        **_known_at("box_scores", rows, games, work),
    }
    listed = table_of(_BOX_SCORES, columns, len(rows))
    missing = _gaps(listed, games, work)
    kept = listed.filter(pc.invert(pc.is_in(listed["game_id"], value_set=pa.array(list(missing), pa.string()))))
    return replace(tally.computed(kept, _EMPTY), missing=tuple(missing.values()))


def _gaps(listed: pa.Table, games: pa.Table, work: Work) -> dict[str, Missing]:
    """By id the league games over by `as_of` whose box score is not there or does not add up, with the reason."""
    settled, _ = resolve(listed, table(_BOX_SCORES).key, {})
    rows = settled.filter(pc.fill_null(pc.not_equal(settled[MARK], OVERRULED), fill_value=True))
    summed = rows.group_by(["game_id", "team"]).aggregate([("points", "sum"), ("seconds_played", "sum")]).to_pylist()
    sums = {(s["game_id"], s["team"]): (s["points_sum"] or 0, s["seconds_played_sum"] or 0) for s in summed}
    is_league = pc.is_valid(season_types(column(games, "game_id")))
    over = games.filter(pc.and_(is_league, history_times.over_by(work.as_of, games, work.assumptions)))
    there, gaps = set(column(listed, "game_id").to_pylist()), {}
    for game in over.to_pylist():
        game_id, home, away = (game[n] for n in ("game_id", "home_team", "away_team"))
        reason = "" if game_id in there else _NOT_THERE
        teams = {team: sums.get((game_id, team), (0, 0)) for team in (home, away)}
        longest = max(seconds for _, seconds in teams.values()) / 60
        overtimes = overtimes_of(longest) if game["overtimes"] is None else game["overtimes"]
        for team, score in ((home, game["home_points"]), (away, game["away_points"])):
            points, seconds = teams[team]
            reason = reason or difference(team, points, score, seconds, overtimes, work.assumptions)
        if reason:
            gaps[game_id] = Missing(name_of(away, home, game_id), reason)
    return gaps


def _props(tables: Mapping[str, pa.Table], work: Work) -> Computed:
    league, tally = _league_only(tables["props_points"])
    rows = league.filter(pc.is_in(_or(column(league, "line_type"), "standard"), value_set=pa.array(_LINE_TYPES)))
    tally.discarded["not_a_two_sided_line"] = len(league) - len(rows)
    columns = {
        **{n: column(rows, n) for n in ("game_id", "game_date", "team", "bookmaker", "over_price", "under_price")},
        "market": _or(column(rows, "market"), work.settings["market"]),
        "source": _or(column(rows, "source"), _SOURCE),
        **identity(column(rows, "player_name"), column(rows, "player_id")),
        "points_line": column(rows, "line"),
        "last_seen_at": column(rows, "last_seen_utc"),
        **_known_at("props_points", rows, fitting(tables["games"]), work),
    }
    return tally.computed(table_of("nba_raw.odds_api_player_points_props", columns, len(rows)), _EMPTY)


def _closing_lines(tables: Mapping[str, pa.Table], work: Work) -> Computed:
    """The quotes listed between tip minus lead and the tip; one whose source gives no time is none."""
    games, quotes = fitting(tables["games"]), tables["props_points"]
    tip = history_times.of_game(quotes, games, history_times.tips(games, work.assumptions))
    lead = pa.scalar(timedelta(minutes=work.settings["lead_minutes"]), pa.duration("us"))
    first, last = (column(quotes, f"{x}_seen_utc") for x in ("first", "last"))
    is_late = pc.and_(pc.greater(_or(last, first), pc.subtract(tip, lead)), pc.less(first, tip))
    return _props({**tables, "props_points": quotes.filter(pc.fill_null(is_late, fill_value=False))}, work)


def _game_lines(tables: Mapping[str, pa.Table], work: Work) -> Computed:
    games = fitting(tables["games"])
    rows, tally = _league_only(tables["game_lines"])
    teams = ("home_team", "away_team")
    columns = {
        **{n: column(rows, n) for n in ("game_id", "game_date", "bookmaker", *_LINES)},
        **{n: pc.coalesce(column(rows, n), history_times.of_game(rows, games, column(games, n))) for n in teams},
        "source": _or(column(rows, "source"), _SOURCE),
        **_known_at("game_lines", rows, games, work),
    }
    return tally.computed(table_of("nba_raw.odds_api_game_lines", columns, len(rows)), _EMPTY)


parse_schedule = _parser(_schedule)
parse_injury_report = _parser(history_injuries.parse)
parse_box_scores = _parser(_box_scores)
parse_props = _parser(_props)
parse_closing_lines = _parser(_closing_lines)
parse_game_lines = _parser(_game_lines)
