"""The sample season as a history folder: the Parquet files of docs/history-format.md."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from shared.contracts.history_files import HISTORY
from shared.rules.dates import season_name, season_type, season_year
from tipoff.sample.games import Side
from tipoff.sample.league import Game, League
from tipoff.sample.lines import PointsOffer, history

SOURCE = "sample"
Row = dict[str, Any]  # of more fields than the file has columns, which leaves the others out
_SAME_NAME = ("fgm", "fga", "fg3m", "fg3a", "ftm", "fta", "oreb", "dreb", "ast", "stl", "blk", "tov", "pf")


def write_folder(league: League, folder: Path, through: date | None = None) -> Path:
    """Write every file of the format for the games played up to `through` (None: all); the folder.

    Lines, game lines and statuses carry the moments at which the sample sources would have published them. As in the
    NBA's own data, injured players are on the inactive list and not in the box score. A postponed game is in no file.
    """
    played = [g for g in league.games if g.sides and (through is None or g.fixture.game_date <= through)]
    folder.mkdir(parents=True, exist_ok=True)
    season = season_name(season_year(league.start))
    rows_of = {
        "games": (_game(g) for g in played),
        "box_scores": (row for g in played for row in _box_score(g)),
        "props_points": (row for g in played for row in _props(league, g)),
        "game_lines": (row for g in played for row in _game_lines(league, g)),
        "injury_snapshots": (row for g in played for row in _statuses(league, g)),
        "inactives": (row for g in played for row in _inactives(g)),
    }
    for name, rows in rows_of.items():
        file = HISTORY[name]
        table = pa.Table.from_pylist(list(rows), schema=pa.schema(list(file.columns.items())))
        pq.write_table(table, folder / file.pattern.replace("*", season), compression="zstd")
    return folder


def _identity(game: Game) -> Row:
    return {"game_id": game.fixture.game_id, "game_date": game.fixture.game_date}


def _season(game: Game) -> Row:
    fixture = game.fixture
    return {"season": season_name(season_year(fixture.game_date)), "season_type": season_type(fixture.game_id)}


def _sides(game: Game) -> Iterator[tuple[Side, Side, bool]]:
    """Each side with its opponent, and whether it is at home."""
    assert game.sides is not None
    home, away = game.sides
    yield home, away, True
    yield away, home, False


def _game(game: Game) -> Row:
    fixture = game.fixture
    return {
        **_identity(game),
        **_season(game),
        "tip_utc": fixture.tip,
        "home_team": fixture.home,
        "away_team": fixture.away,
        **{f"{name}_points": side.points for name, side in zip(("home", "away"), game.sides or (), strict=True)},
        "overtimes": game.overtimes,
        "is_neutral_site": False,
    }


def _box_score(game: Game) -> Iterator[Row]:
    for side, other, is_home in _sides(game):
        same = {**_identity(game), **_season(game), "team": side.team, "opponent": other.team, "is_home": is_home}
        for line in side.lines:
            yield {
                **same,
                "player_id": line.player.player_id,
                "player_name": line.player.name,
                "is_starter": line.starter,
                "played": True,
                "minutes": line.seconds / 60,
                **{name: line.counts[name] for name in _SAME_NAME},
                "pts": line.counts["points"],
                "source": SOURCE,
            }
        for player in side.benched:
            identity = {"player_id": player.player_id, "player_name": player.name, "is_starter": False}
            yield {**same, **identity, "played": False, "comment": "DNP - Coach's Decision", "source": SOURCE}


def _props(league: League, game: Game) -> Iterator[Row]:
    teams = {p.player_id: p.team for side, _, _ in _sides(game) for p in league.squads[side.team]}
    for book, players in history(league, game.number)[0].items():
        for offer, end in ((o, e) for offers in players for o, e in _until_changed(offers, game)):
            yield {
                **_identity(game),
                **asdict(offer),
                "last_seen_utc": end,
                "team": teams[offer.player_id],
                "bookmaker": book,
                "market": "player_points",
                "line_type": "standard",
                "first_seen_utc": offer.since,
                "source": SOURCE,
            }


def _until_changed(offers: Sequence[PointsOffer], game: Game) -> Iterator[tuple[PointsOffer, datetime]]:
    """Each offer with the last minute in which it was listed: before the next one, or before the tip."""
    ends = [*(o.since for o in offers[1:]), game.fixture.tip]
    yield from zip(offers, (end - timedelta(minutes=1) for end in ends), strict=True)


def _game_lines(league: League, game: Game) -> Iterator[Row]:
    for book, offers in history(league, game.number)[1].items():
        for offer in offers:
            yield {
                **_identity(game),
                **asdict(offer),
                "home_team": game.fixture.home,
                "away_team": game.fixture.away,
                "bookmaker": book,
                "captured_at_utc": offer.since,
                "source": SOURCE,
            }


def _statuses(league: League, game: Game) -> Iterator[Row]:
    """Each status from its report until the next one, the last until the tip."""
    for side, _, _ in _sides(game):
        for player in league.squads[side.team]:
            reports = game.reports.get(player.player_id, ())
            ends = [*(r.known_at for r in reports), game.fixture.tip][1:]
            for report, end in zip(reports, ends, strict=False):
                yield {
                    "first_seen_utc": report.known_at,
                    "last_seen_utc": end,
                    "team": side.team,
                    "player_id": player.player_id,
                    "player_name_raw": player.name,
                    "status": report.status.lower(),
                    "detail": report.reason,
                    "source": SOURCE,
                }


def _inactives(game: Game) -> Iterator[Row]:
    for side, _, _ in _sides(game):
        for player, _ in side.out:
            identity = {"player_id": player.player_id, "player_name": player.name}
            yield {**_identity(game), "team": side.team, **identity}
