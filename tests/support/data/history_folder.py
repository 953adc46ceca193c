"""A history folder of two games: its rows by name, and a writer of its files."""

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from shared.contracts.history_files import HISTORY

DAY = date(2024, 1, 10)
TIP = datetime(2024, 1, 11, 0, 30, tzinfo=UTC)
GAME = {"game_id": "0022300500", "game_date": DAY, "season": "2023-24", "season_type": "Regular Season"}
BOX = {
    **GAME, "team": "BOS", "opponent": "NYK", "is_home": True, "player_id": None, "player_name": "Ab Cé", "played": True,
    "is_starter": True, "minutes": 12.5, "pts": 2, "fgm": 1, "fga": 1, "source": "s",
}  # fmt: skip
# The others of the game: with the first player five of each team played all 53 minutes.
OTHERS = [
    {**BOX, "team": team, "opponent": other, "is_home": team == "BOS", "player_id": 100 * (team == "BOS") + number,
     "player_name": f"{team} {'abcde'[number]}", "minutes": minutes, "pts": 0, "fgm": 0}
    for team, other, minutes in (("BOS", "NYK", 50.5), ("NYK", "BOS", 53.0)) for number in range(5)
]  # fmt: skip
ROWS: dict[str, list[dict[str, Any]]] = {
    "games": [
        {**GAME, "tip_utc": TIP, "home_team": "BOS", "away_team": "NYK", "overtimes": 1, "is_neutral_site": False},
        {**GAME, "game_id": "0022300510", "game_date": date(2024, 1, 11), "home_team": "BOS", "away_team": "LAL"},
    ],
    "box_scores": [BOX, *OTHERS],
    "props_points": [
        {**GAME, "player_id": 7, "player_name": "Ab Cé", "bookmaker": "b", "market": "player_points", "line_type": "standard",
         "line": line, "over_price": -110, "under_price": -110, "first_seen_utc": seen, "source": "s"}
        for line, seen in ((10.5, datetime(2024, 1, 10, 15, tzinfo=UTC)), (11.5, datetime(2024, 1, 10, 23, tzinfo=UTC)), (12.5, None))
    ],
    "injury_snapshots": [
        {"first_seen_utc": datetime(2024, 1, 8, 12, tzinfo=UTC), "last_seen_utc": datetime(2024, 1, 20, tzinfo=UTC),
         "team": "BOS", "player_id": 7, "player_name_raw": "Ab Cé", "status": "day_to_day", "source": "s"},
    ],
    "inactives": [{"game_id": "0022300500", "game_date": DAY, "team": "BOS", "player_id": 8, "player_name": "X Y"}],
}  # fmt: skip


def write(folder: Path, name: str, rows: list[dict[str, Any]]) -> Path:
    """A file of the format with these rows; columns not given are null."""
    path = folder / HISTORY[name].pattern.replace("*", "2023-24")
    pq.write_table(pa.Table.from_pylist(rows, schema=pa.schema(list(HISTORY[name].columns.items()))), path)
    return path
