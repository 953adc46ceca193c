"""Source contracts of a history folder: its files, and their columns as Arrow types."""

from collections.abc import Mapping
from dataclasses import dataclass

import pyarrow as pa


@dataclass(frozen=True)
class HistoryFile:
    """One file (or one per season) of a history folder.

    A file without one of `columns` is refused; further columns are ignored. `needed` files must exist.
    """

    pattern: str
    needed: bool
    columns: Mapping[str, pa.DataType]


_S, _I, _F, _B, _D = pa.string(), pa.int64(), pa.float64(), pa.bool_(), pa.date32()
_T = pa.timestamp("us", tz="UTC")
_COUNTS = "fgm fga fg3m fg3a ftm fta oreb dreb ast stl blk tov pf pts"
_GAME = {"game_id": _S, "game_date": _D}

HISTORY: dict[str, HistoryFile] = {
    "games": HistoryFile(
        "games.parquet",
        needed=True,
        columns={
            **_GAME,
            "season": _S,
            "season_type": _S,
            "tip_utc": _T,
            "home_team": _S,
            "away_team": _S,
            "overtimes": _I,
            "is_neutral_site": _B,
        },
    ),
    "box_scores": HistoryFile(
        "box_scores_*.parquet",
        needed=True,
        columns={
            **_GAME,
            "season": _S,
            "season_type": _S,
            "team": _S,
            "opponent": _S,
            "is_home": _B,
            "player_id": _I,
            "player_name": _S,
            "is_starter": _B,
            "played": _B,
            "comment": _S,
            "minutes": _F,
            **dict.fromkeys(_COUNTS.split(), _I),
            "source": _S,
        },
    ),
    "props_points": HistoryFile(
        "props_points.parquet",
        needed=False,
        columns={
            **_GAME,
            "player_id": _I,
            "player_name": _S,
            "team": _S,
            "bookmaker": _S,
            "market": _S,
            "line_type": _S,
            "line": _F,
            "over_price": _I,
            "under_price": _I,
            "first_seen_utc": _T,
            "source": _S,
        },
    ),
    "game_lines": HistoryFile(
        "game_lines.parquet",
        needed=False,
        columns={
            **_GAME,
            "home_team": _S,
            "away_team": _S,
            "bookmaker": _S,
            "home_spread": _F,
            "total": _F,
            "home_ml": _I,
            "away_ml": _I,
            "captured_at_utc": _T,
            "source": _S,
        },
    ),
    "injury_snapshots": HistoryFile(
        "injury_snapshots.parquet",
        needed=False,
        columns={
            "first_seen_utc": _T,
            "last_seen_utc": _T,
            "team": _S,
            "player_id": _I,
            "player_name_raw": _S,
            "status": _S,
            "detail": _S,
            "source": _S,
        },
    ),
    "inactives": HistoryFile(
        "inactives.parquet", needed=False, columns={**_GAME, "team": _S, "player_id": _I, "player_name": _S}
    ),
}
