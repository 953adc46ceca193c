"""What may change when a game, a player or a feed is disturbed: one statement per table.

A row depends on a game by its game id, on a team by its tricode, on a player by his id. What averages over the whole
league may change in any row and is listed by name. Everything else must be byte-equal to the undisturbed run, with the
models fixed.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from shared.adapters.local.warehouse import DuckTables
from shared.contracts.rows import SYSTEM_COLUMNS, table

AHEAD = timedelta(days=14)  # the schedule and the caches of the next slate are written so far ahead


@dataclass(frozen=True)
class Link:
    """How the rows of a table depend on entities.

    `game`, `teams` and `player` name the columns that name them. `league` lists columns that average over the league,
    `moments` those that say when something was fetched or computed, which differs between any two runs.
    """

    game: str = ""
    teams: tuple[str, ...] = ()
    player: str = ""
    league: tuple[str, ...] = ()
    moments: tuple[str, ...] = ()

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns by which a row names its entities."""
        return tuple(filter(None, (self.game, *self.teams, self.player)))


_ZONES = ("paint_points_allowed_vs_league", "mid_range_points_allowed_vs_league", "three_points_allowed_vs_league")
_DAY = (
    *("predictions", "wins", "losses", "pushes", "voids", "pending", "ungradeable", "picks", "pick_wins"),
    *("pick_losses", "mae", "bias", "brier", "mae_with_line", "line_mae", "brier_with_prices", "market_brier"),
    "hit_rate",
)
LINKS: Mapping[str, Link] = {
    "nba_raw.nbac_schedule": Link(game="game_id", moments=("known_at", "known_at_source")),
    "nba_raw.nbac_player_list": Link(player="player_id", moments=("known_at",)),
    "nba_raw.nbac_injury_report": Link(teams=("team",), player="player_id"),
    "nba_raw.nbac_gamebook_player_stats": Link(game="game_id"),
    "nba_raw.odds_api_player_points_props": Link(game="game_id", moments=("last_seen_at",)),
    "nba_raw.odds_api_closing_lines": Link(game="game_id", moments=("last_seen_at",)),
    "nba_raw.odds_api_game_lines": Link(game="game_id"),
    "nba_analytics.team_offense_game_summary": Link(game="game_id"),
    "nba_analytics.team_defense_game_summary": Link(game="game_id"),
    "nba_analytics.player_game_summary": Link(game="game_id"),
    "nba_analytics.upcoming_team_game_context": Link(game="game_id"),
    "nba_analytics.upcoming_player_game_context": Link(game="game_id"),
    "nba_analytics.player_quotes": Link(game="game_id", moments=("seen_at",)),
    "nba_precompute.player_daily_cache": Link(teams=("team",), player="player_id"),
    "nba_precompute.player_shot_zone_analysis": Link(player="player_id"),
    "nba_precompute.team_defense_zone_analysis": Link(teams=("team",), league=_ZONES),
    "nba_precompute.player_composite_factors": Link(game="game_id"),
    "nba_precompute.ml_feature_store_v2": Link(game="game_id"),
    # upstream_outcome is about the run as a whole: whether any feed of it was degraded
    "nba_predictions.player_prop_predictions": Link(game="game_id", moments=("upstream_outcome",)),
    "nba_predictions.prediction_accuracy": Link(
        game="game_id", moments=("known_at", "graded_at", "prediction_generation")
    ),
    "nba_predictions.system_daily_performance": Link(league=_DAY, moments=("known_at",)),
}
GRADES = ("nba_predictions.prediction_accuracy", "nba_predictions.system_daily_performance")
# The raw tables into which a document goes. The schedule and the player list are what other feeds are matched against.
_PLAYER_LINES = ("nba_raw.odds_api_player_points_props", "nba_raw.odds_api_closing_lines")
_MATCHED = ("nba_raw.nbac_injury_report", *_PLAYER_LINES, "nba_raw.odds_api_game_lines")
RAW_TABLES: Mapping[str, tuple[str, ...]] = {
    "schedule": ("nba_raw.nbac_schedule", "nba_raw.nbac_gamebook_player_stats", *_MATCHED),
    "player_list": ("nba_raw.nbac_player_list", *_MATCHED),
    "injury_report": ("nba_raw.nbac_injury_report",),
    "box_score": ("nba_raw.nbac_gamebook_player_stats",),
    "events": _PLAYER_LINES,
    "event_odds": _PLAYER_LINES,
    "odds": ("nba_raw.odds_api_game_lines",),
}


@dataclass(frozen=True)
class Touched:
    """The entities that faults have disturbed, and the documents in which they stand.

    `everything`: without the document no run goes on, so that the date may lack any row.
    """

    everything: bool = False
    games: frozenset[str] = frozenset()
    teams: frozenset[str] = frozenset()
    players: frozenset[int] = frozenset()
    documents: frozenset[str] = frozenset()

    def __or__(self, other: "Touched") -> "Touched":
        """Both."""
        return Touched(
            self.everything or other.everything,
            self.games | other.games,
            self.teams | other.teams,
            self.players | other.players,
            self.documents | other.documents,
        )

    def may_change(self, name: str, values: Iterable[Any]) -> bool:
        """Whether a row of that table may change which names these entities, in the order of the link's columns."""
        if self.everything:
            return True
        if name.startswith("nba_raw.") and not any(name in RAW_TABLES[d] for d in self.documents):
            return False
        return any(v in self.games or v in self.teams or v in self.players for v in values)


@dataclass(frozen=True)
class Row:
    """A row as it is compared: the entities it names, a hash of what depends on them, one of the league's averages."""

    names: tuple[Any, ...]
    own: int
    league: int


Rows = dict[str, dict[tuple[Any, ...], Row]]  # by table and key


def read(tables: DuckTables, day: date) -> Rows:
    """Every row that runs of the date have written, by table and key; of kept generations the newest."""
    return {name: _rows(tables, name, link, day) for name, link in LINKS.items()}


def _rows(tables: DuckTables, name: str, link: Link, day: date) -> dict[tuple[Any, ...], Row]:
    contract = table(name)
    key = [c for c in contract.key if c != "generation"]
    left_out = {*SYSTEM_COLUMNS, *link.moments, *contract.volatile, *link.league}
    own = [c.name for c in contract.columns if c.name not in left_out]
    newest = ""
    if contract.keep_generations:
        newest = "QUALIFY generation = MAX(generation) OVER (PARTITION BY game_date, system_id)"
    columns = [*key, *link.columns]
    named = ", ".join(f"{c} AS c{i}" for i, c in enumerate(columns))
    averages = f"hash({', '.join(link.league)})" if link.league else "0"
    sql = (
        f"SELECT {named}, hash({', '.join(own)}) AS own, {averages} AS league FROM {name}"
        f" WHERE {contract.partition} BETWEEN $day AND $last {newest}"
    )
    found = tables.read(sql, {"day": day, "last": day + AHEAD})
    values = [found.column(f"c{i}").to_pylist() for i in range(len(columns))]
    hashes = zip(found.column("own").to_pylist(), found.column("league").to_pylist(), strict=True)
    width = len(key)
    rows = {}
    for (own_hash, league_hash), *row in zip(hashes, *values, strict=True):
        rows[tuple(row[:width])] = Row(tuple(row[width:]), own_hash, league_hash)
    return rows


@dataclass(frozen=True)
class Change:
    """A row that differs from the undisturbed run: `lost`, `new` or `changed`; whether only in a league average."""

    table: str
    key: tuple[Any, ...]
    names: tuple[Any, ...]
    how: str
    league_only: bool = False

    def __str__(self) -> str:
        """The row in words."""
        return f"{self.table} {'/'.join(map(str, self.key))} {self.how}"


@dataclass
class Difference:
    """All rows that differ from the undisturbed run."""

    changes: list[Change] = field(default_factory=list)

    def beyond(self, touched: Touched) -> list[Change]:
        """The changes that the touched entities do not explain."""
        return [
            c
            for c in self.changes
            if not ((c.league_only and touched.games) or touched.may_change(c.table, c.names))
            and not (LINKS[c.table].league and not LINKS[c.table].columns and touched.games)
        ]

    def of(self, name: str) -> list[Change]:
        """The changes of one table."""
        return [c for c in self.changes if c.table == name]


def difference(undisturbed: Rows, disturbed: Rows) -> Difference:
    """Compare two runs row by row."""
    found = Difference()
    for name, before in undisturbed.items():
        after = disturbed[name]
        for key in before.keys() | after.keys():
            old, new = before.get(key), after.get(key)
            if old == new:
                continue
            row = old or new
            assert row is not None
            how = "lost" if new is None else "new" if old is None else "changed"
            league_only = old is not None and new is not None and (old.names, old.own) == (new.names, new.own)
            names = row.names if old is None or new is None else tuple({*old.names, *new.names})
            found.changes.append(Change(name, key, names, how, league_only))
    return found
