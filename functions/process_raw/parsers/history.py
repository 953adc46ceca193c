"""Rows from the slices of a history folder, column by column in Arrow."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from functions.process_raw.parsers import history_injuries
from functions.process_raw.parsers.refusals import without_repeats
from shared.contracts.history_files import HISTORY
from shared.contracts.rows import table
from shared.contracts.work import Computed, Payload, Work
from shared.errors import ContractError
from shared.rules import history_times
from shared.rules.dates import SEASON_TYPES
from shared.rules.history_times import column
from shared.rules.names import made_up_player_id, player_lookup

Build = Callable[[Mapping[str, pa.Table], Work], Computed]
Parser = Callable[[Sequence[Payload], Mapping[str, pa.Table], Work], Computed]
_STATISTICS = ("fgm", "fga", "fg3m", "fg3a", "ftm", "fta", "oreb", "dreb", "ast", "stl", "blk", "tov", "pf")


def _read(payload: Payload) -> pa.Table:
    name = payload.artifact.path
    try:
        rows = pq.ParquetFile(pa.BufferReader(payload.body)).read(use_threads=False)
        return rows.select(list(HISTORY[name].columns)).cast(pa.schema(list(HISTORY[name].columns.items())))
    except (pa.ArrowException, OSError, KeyError, ValueError) as error:
        raise ContractError(f"slice {name} does not hold its columns: {error}") from error


def _parser(build: Build) -> Parser:
    """The parser of a feed made of slices of `games` and others; `no_source` where the folder lacks the files."""

    def parse(payloads: Sequence[Payload], inputs: Mapping[str, pa.Table], work: Work) -> Computed:
        del inputs  # a history folder names games and players itself
        tables = {p.artifact.path: _read(p) for p in payloads if p.body}
        missing = [p.artifact.path for p in payloads if not p.body]
        if "games" not in tables or (len(tables) == 1 and missing):
            reason = f"the history folder has no {' and no '.join(missing) or 'games'}"
            return Computed(outcome="no_source", reason=reason)
        return build(tables, work)

    return parse


def _table(full_name: str, columns: Mapping[str, pa.Array]) -> pa.Table:
    """The columns as a table of the contract; those not given are NULL."""
    schema = table(full_name).arrow_schema(system=False)
    length = len(next(iter(columns.values())))
    arrays = [pc.cast(columns[f.name], f.type) if f.name in columns else pa.nulls(length, f.type) for f in schema]
    return pa.Table.from_arrays(arrays, schema=schema)


def _constant(value: object, length: int) -> pa.Array:
    return pa.repeat(pa.scalar(value), length)


def _season(rows: pa.Table) -> pa.Array:
    return pc.cast(pc.utf8_slice_codeunits(column(rows, "season"), 0, 4), pa.int64())


def _known_at(file: str, rows: pa.Table, games: pa.Table, work: Work) -> dict[str, pa.Array]:
    stamped = history_times.is_stamped(file, rows)
    return {
        "known_at": history_times.known_at(file, rows, games, work.assumptions),
        "known_at_source": pc.if_else(stamped, pa.scalar("first_seen"), pa.scalar("assumed")),
    }


def _league_only(rows: pa.Table) -> tuple[pa.Table, dict[str, int]]:
    """Games of the league, and how many rows of other games (All-Star, preseason) were left out."""
    prefix = pc.utf8_slice_codeunits(column(rows, "game_id"), 0, 3)
    inside = pc.is_in(prefix, value_set=pa.array(list(SEASON_TYPES)))
    kept = rows.filter(inside)
    return kept, {"not_a_league_game": len(rows) - len(kept)}


def _identity(names: pa.Array, ids: pa.Array) -> dict[str, pa.Array]:
    """Lookup and id of each name; a missing id becomes a stable negative one made from the lookup."""
    distinct = pc.unique(names)
    lookups = [player_lookup(n) for n in distinct.to_pylist()]
    where = pc.index_in(names, value_set=distinct)
    made_up = pa.array([made_up_player_id(x) for x in lookups], pa.int64()).take(where)
    return {
        "player_id": pc.coalesce(ids, made_up),
        "player_name": names,
        "player_lookup": pa.array(lookups, pa.string()).take(where),
    }


def _done(full_name: str, columns: Mapping[str, pa.Array], discarded: Mapping[str, int]) -> Computed:
    kept, refused, repeats = without_repeats(full_name, _table(full_name, columns))
    counts = {**discarded, "identical_repeat": repeats}
    evidence = {"discarded": {rule: n for rule, n in counts.items() if n}}
    if not len(kept) and not refused:
        return Computed(rows=kept, outcome="empty", reason="no rows in the window", evidence=evidence)
    return Computed(rows=kept, refused=refused, evidence=evidence)


def _schedule(tables: Mapping[str, pa.Table], work: Work) -> Computed:
    games = tables["games"]
    rows, discarded = _league_only(games)
    given = pc.is_valid(column(rows, "tip_utc"))
    out = {
        **{n: column(rows, n) for n in ("game_id", "game_date", "season_type", "home_team", "away_team")},
        "is_neutral_site": column(rows, "is_neutral_site"),
        "season": _season(rows),
        "tip_utc": history_times.tips(rows, work.assumptions),
        "tip_source": pc.if_else(given, pa.scalar("schedule"), pa.scalar("assumed")),
        "game_status": _constant("scheduled", len(rows)),
        **_known_at("games", rows, rows, work),
        "source": _constant("history", len(rows)),
    }
    done = _done("nba_raw.nbac_schedule", out, discarded)
    return replace(done, outcome="no_games", reason="no league game in the window") if done.outcome == "empty" else done


def _box_scores(tables: Mapping[str, pa.Table], work: Work) -> Computed:
    games = tables["games"]
    rows, discarded = _league_only(tables["box_scores"])
    played = column(rows, "played")
    team, opponent, is_home = (column(rows, n) for n in ("team", "opponent", "is_home"))
    home, away = (history_times.of_game(rows, games, column(games, f"{side}_team")) for side in ("home", "away"))
    seconds = pc.cast(pc.round(pc.multiply(column(rows, "minutes"), 60.0)), pa.int64())
    out = {
        **{n: column(rows, n) for n in ("game_id", "game_date", "season_type", "team", "opponent", "is_home")},
        **{n: column(rows, n) for n in (*_STATISTICS, "is_starter", "source")},
        "season": _season(rows),
        "home_team": pc.coalesce(home, pc.if_else(is_home, team, opponent)),
        "away_team": pc.coalesce(away, pc.if_else(is_home, opponent, team)),
        "overtimes": pc.fill_null(history_times.of_game(rows, games, column(games, "overtimes")), 0),
        **_identity(column(rows, "player_name"), column(rows, "player_id")),
        "player_status": pc.if_else(played, pa.scalar("played"), pa.scalar("dnp")),
        "dnp_reason": pc.if_else(played, pa.scalar(None, pa.string()), column(rows, "comment")),
        "seconds_played": pc.if_else(played, seconds, pa.scalar(None, pa.int64())),
        "points": column(rows, "pts"),
        **_known_at("box_scores", rows, games, work),
    }
    return _done("nba_raw.nbac_gamebook_player_stats", out, discarded)


def _props(tables: Mapping[str, pa.Table], work: Work) -> Computed:
    league, discarded = _league_only(tables["props_points"])
    standard = league.filter(pc.equal(column(league, "line_type"), "standard"))
    rows = standard.filter(pc.invert(_placeholders(standard)))
    discarded |= {"not_a_standard_line": len(league) - len(standard), "no_price": len(standard) - len(rows)}
    out = {
        **{n: column(rows, n) for n in ("game_id", "game_date", "team", "bookmaker", "market", "source")},
        **{n: column(rows, n) for n in ("over_price", "under_price")},
        **_identity(column(rows, "player_name"), column(rows, "player_id")),
        "points_line": column(rows, "line"),
        **_known_at("props_points", rows, tables["games"], work),
    }
    done = _done("nba_raw.odds_api_player_points_props", out, discarded)
    other_prices = done.refused.get("duplicate_key", [])  # no stamp says which came later: the first stands
    if not other_prices:
        return done
    counts = {**done.evidence["discarded"], "same_line_other_price": len(other_prices)}
    return replace(done, refused={}, evidence={"discarded": counts})


def _placeholders(lines: pa.Table) -> pa.Array:
    """Which quotes offer nothing: without either price, from a source that otherwise quotes prices."""
    unpriced = pc.and_(*(pc.is_null(column(lines, n)) for n in ("over_price", "under_price")))
    source = column(lines, "source")
    quoting = pc.unique(source.filter(pc.invert(unpriced)))
    return pc.and_(unpriced, pc.is_in(source, value_set=quoting))


def _game_lines(tables: Mapping[str, pa.Table], work: Work) -> Computed:
    rows, discarded = _league_only(tables["game_lines"])
    names = ("game_id", "game_date", "home_team", "away_team", "bookmaker", "home_spread", "total")
    out = {
        **{n: column(rows, n) for n in (*names, "home_ml", "away_ml", "source")},
        **_known_at("game_lines", rows, tables["games"], work),
    }
    return _done("nba_raw.odds_api_game_lines", out, discarded)


parse_schedule = _parser(_schedule)
parse_injury_report = _parser(history_injuries.parse)
parse_box_scores = _parser(_box_scores)
parse_props = _parser(_props)
parse_game_lines = _parser(_game_lines)
