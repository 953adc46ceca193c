"""Rows from a history folder: the rules with small folders, the contract checks with the real one."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from functions.process_raw import core
from functions.scrape.core import has_feed
from shared.adapters.history_feeds import HistoryFeeds
from shared.contracts.work import Computed
from shared.errors import ContractError
from shared.rules.dates import eastern_instant
from shared.rules.names import made_up_player_id
from tests.support.data.history_folder import BOX, DAY, GAME, OTHERS, ROWS, TIP, write
from tests.support.data.inputs import broken_rules, fetch_all, needs_shared, payload, rows_of, standing, work
from tests.support.places import SHARED_DATA


def parse(folder: Path, feed: str, first: date = DAY, last: date = DAY, **more: Any) -> Computed:
    """Fetch and parse a feed of a folder."""
    job = work(first, last, **more)
    return core.parse(feed, "history", fetch_all(feed, job, "history", HistoryFeeds(folder)), {}, job)


def rows(folder: Path, feed: str, **more: Any) -> list[dict[str, Any]]:
    return rows_of(f"nba_raw.{feed}", parse(folder, feed, **more)).to_pylist()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, given in ROWS.items():
        write(tmp_path, name, given)
    return tmp_path


def test_a_game_without_a_tip_gets_the_assumed_one(folder: Path) -> None:
    """19:00 Eastern, marked as assumed; known 14 days before."""
    given, assumed = rows(folder, "nbac_schedule", last=date(2024, 1, 11))
    assert (given["tip_utc"], given["tip_source"]) == (TIP, "schedule")
    assert (assumed["tip_utc"], assumed["tip_source"]) == (datetime(2024, 1, 12, 0, tzinfo=UTC), "assumed")
    assert (given["season"], given["known_at"]) == (2023, TIP - timedelta(days=14))


def test_a_box_row_has_its_game_and_a_stable_id(folder: Path) -> None:
    """Home and away come from games, minutes become seconds, a missing id one made from the name."""
    row = next(r for r in rows(folder, "nbac_gamebook_player_stats") if r["player_lookup"] == "abce")
    assert (row["home_team"], row["away_team"], row["overtimes"], row["seconds_played"]) == ("BOS", "NYK", 1, 750)
    assert (row["player_lookup"], row["player_id"]) == ("abce", made_up_player_id("abce"))
    assert (row["known_at"] - TIP, row["known_at_source"]) == (timedelta(minutes=175), "assumed")


def test_a_player_who_did_not_play_has_a_reason_and_no_statistics(folder: Path) -> None:
    """Status dnp, the comment as reason, NULL seconds even where the file has minutes."""
    benched = {**BOX, "player_name": "B C", "played": False, "comment": "DNP - Coach's Decision", "pts": None}
    write(folder, "box_scores", [benched, BOX, *OTHERS])
    row = next(r for r in rows(folder, "nbac_gamebook_player_stats") if r["player_lookup"] == "bc")
    assert (row["player_status"], row["dnp_reason"], row["seconds_played"], row["points"]) == (
        "dnp", "DNP - Coach's Decision", None, None,
    )  # fmt: skip


def test_all_star_rows_are_counted_and_left_out(folder: Path) -> None:
    """No row of an exhibition game is written, and the evidence counts them."""
    write(folder, "box_scores", [BOX, *OTHERS, {**BOX, "game_id": "0032300001", "team": "EST", "opponent": "WST"}])
    computed = parse(folder, "nbac_gamebook_player_stats")
    assert (len(computed.rows or []), computed.evidence["discarded"]) == (11, {"not_a_league_game": 1})


def test_a_repeat_is_counted_and_a_contradiction_marked(folder: Path) -> None:
    """The first row of a key stands; an equal row is counted, a different row is kept as overruled."""
    write(folder, "box_scores", [BOX, BOX, {**BOX, "pts": 3}, *OTHERS])
    computed = parse(folder, "nbac_gamebook_player_stats")
    given = rows_of("nba_raw.nbac_gamebook_player_stats", computed).to_pylist()
    assert [(r["points"], r["contradiction"]) for r in given if r["player_lookup"] == "abce"] == [
        (2, "first"), (3, "overruled"),
    ]  # fmt: skip
    assert computed.evidence["discarded"] == {"identical_repeat": 1}


def test_of_game_lines_of_one_time_the_median_stands(folder: Path) -> None:
    """Three closing spreads of one book: the middle one, and no game without its line."""
    line = {**GAME, "home_team": "BOS", "away_team": "NYK", "bookmaker": "b", "total": 220.0, "source": "s"}
    write(folder, "game_lines", [{**line, "home_spread": spread} for spread in (-3.5, -9.5, -4.0)])
    stands, *overruled = rows(folder, "odds_api_game_lines")
    assert (stands["home_spread"], stands["total"], stands["contradiction"]) == (-4.0, 220.0, "median")
    assert {(r["home_spread"], r["contradiction"]) for r in overruled} == {(-3.5, "overruled"), (-9.5, "overruled")}


SCORED = {**ROWS["games"][0], "home_points": 2, "away_points": 0}


@pytest.mark.parametrize(
    ("game", "boxes", "reason"),
    [
        (SCORED, [], "the game is over, and its box score is not there"),
        (SCORED, [{**BOX, "pts": 3}, *OTHERS], "the players of BOS sum to 3 points, the team's score is 2"),
        (SCORED, OTHERS, "the players of BOS sum to 0 points, the team's score is 2"),
        (SCORED, [BOX, *(o for o in OTHERS if o["team"] == "BOS")], "no player of NYK played"),
        (SCORED, [BOX, *OTHERS[:4], {**OTHERS[4], "played": False}, *OTHERS[5:]],
         "the players of BOS sum to 214 minutes, the game had 265"),
        (ROWS["games"][0], OTHERS, "the players of BOS sum to 252 minutes, the game had 265"),
        (SCORED, [BOX, *OTHERS, {**BOX, "team": None, "player_name": "X"}], ""),
        ({**SCORED, "overtimes": None}, [BOX, *OTHERS], ""),
        ({**SCORED, "overtimes": None}, [BOX, *OTHERS[:4], *OTHERS[5:]],
         "the players of BOS sum to 214 minutes, the game had 265"),
    ],
)  # fmt: skip
def test_a_box_score_that_does_not_add_up_is_held_back(
    folder: Path, game: dict[str, Any], boxes: list[dict[str, Any]], reason: str
) -> None:
    """Not there, another sum than the score, an empty side, a player wrongly marked as not played: named as missing."""
    write(folder, "games", [game, {**ROWS["games"][1], "game_date": DAY}])
    other = [{**o, "game_id": "0022300510", "opponent": "LAL", "minutes": 48.0} for o in OTHERS if o["team"] == "BOS"]
    other += [
        {**o, "team": "LAL", "opponent": "BOS", "is_home": False, "player_id": 1000 + n} for n, o in enumerate(other)
    ]
    write(folder, "box_scores", boxes + other)
    computed = parse(folder, "nbac_gamebook_player_stats")
    assert [(m.entity, m.reason) for m in computed.missing] == ([("NYK at BOS (0022300500)", reason)] if reason else [])
    given = {r["game_id"] for r in rows_of("nba_raw.nbac_gamebook_player_stats", computed).to_pylist()}
    assert given == ({"0022300510"} if reason else {"0022300500", "0022300510"})


def test_lines_keep_their_time_or_mark_it_as_assumed(folder: Path) -> None:
    """Lines with a time are first_seen; a line without one is assumed half an hour before the tip."""
    lines = [
        (r["points_line"], r["known_at"], r["known_at_source"]) for r in rows(folder, "odds_api_player_points_props")
    ]
    assert lines == [
        (10.5, datetime(2024, 1, 10, 15, tzinfo=UTC), "first_seen"),
        (11.5, datetime(2024, 1, 10, 23, tzinfo=UTC), "first_seen"),
        (12.5, TIP - timedelta(minutes=30), "assumed"),
    ]


def test_alternate_lines_are_kept_and_of_several_prices_the_median_stands(folder: Path) -> None:
    """Standard and alternate lines become rows, lines of one side do not; of three undated prices the middle stands."""
    line = ROWS["props_points"][2]
    prices = [{**line, "over_price": price} for price in (-120, 110, -110)]
    other = {**line, "line_type": "alternate", "line": 20.5, "over_price": 250}
    write(folder, "props_points", [*prices, {**line, "line_type": "goblin", "line": 5.5}, other])
    computed = parse(folder, "odds_api_player_points_props")
    kept = rows_of("nba_raw.odds_api_player_points_props", computed).to_pylist()
    assert [(r["over_price"], r["contradiction"]) for r in kept] == [
        (250, None), (-110, "median"), (-120, "overruled"), (110, "overruled"),
    ]  # fmt: skip
    assert computed.evidence["discarded"] == {"not_a_two_sided_line": 1}


def test_a_quote_without_any_price_is_kept(folder: Path) -> None:
    """Refused quotes stay readable: what a quote may be used for is decided later, by the rule of quotes alone."""
    line = ROWS["props_points"][2]
    bare = {**line, "player_id": line["player_id"] + 1, "line": 10.0, "over_price": None, "under_price": None}
    write(folder, "props_points", [line, bare])
    assert len(parse(folder, "odds_api_player_points_props").rows or []) == 2


def test_a_quote_was_last_seen_in_a_snapshot_known_by_then(folder: Path) -> None:
    """A quote that outlives the moment asked for was last seen in the newest snapshot of its game by then."""
    first, second, third = (datetime(2024, 1, 10, h, tzinfo=UTC) for h in (15, 18, 23))
    line = ROWS["props_points"][0]
    stays = {**line, "first_seen_utc": first, "last_seen_utc": third}
    ends = {**line, "player_id": 9, "first_seen_utc": first, "last_seen_utc": second}
    elsewhere = {**ends, "source": "other", "bookmaker": "c", "last_seen_utc": second + timedelta(hours=1)}
    write(folder, "props_points", [stays, ends, elsewhere])

    def last_seen(hour: int) -> list[datetime]:
        job = work(DAY, as_of=datetime(2024, 1, 10, hour, tzinfo=UTC))
        found = fetch_all("odds_api_player_points_props", job, "history", HistoryFeeds(folder))
        computed = core.parse("odds_api_player_points_props", "history", found, {}, job)
        return [r["last_seen_at"] for r in rows_of("nba_raw.odds_api_player_points_props", computed).to_pylist()]

    assert last_seen(16) == [first, first, first]
    assert last_seen(20)[:2] == [second, second]
    assert last_seen(23) == [third, second, second + timedelta(hours=1)]


def test_closing_lines_are_listed_between_the_prediction_and_the_tip(folder: Path) -> None:
    """What ended half an hour before the tip, came after it, or has no time is none; what stayed is one."""
    line = ROWS["props_points"][0]
    early, late = TIP - timedelta(hours=8), TIP - timedelta(minutes=10)
    spans = [
        (early, TIP - timedelta(minutes=30)), (early, TIP - timedelta(minutes=29)), (early, TIP + timedelta(hours=1)),
        (late, late), (TIP, TIP), (None, None), (early, None), (late, None),
    ]  # fmt: skip
    write(folder, "props_points", [
        {**line, "player_id": n, "first_seen_utc": first, "last_seen_utc": last} for n, (first, last) in enumerate(spans)
    ])  # fmt: skip
    assert [r["player_id"] for r in rows(folder, "odds_api_closing_lines")] == [1, 2, 3, 7]


def test_a_folder_without_the_optional_column_is_read(folder: Path) -> None:
    """Quotes of a file without `last_seen_utc` have no last snapshot."""
    path = folder / "props_points.parquet"
    pq.write_table(pq.read_table(path).drop_columns("last_seen_utc"), path)
    computed = parse(folder, "odds_api_player_points_props")
    kept = rows_of("nba_raw.odds_api_player_points_props", computed)
    assert (len(kept), kept["last_seen_at"].null_count) == (3, 3)


def test_a_status_becomes_a_row_for_every_date_it_spans(folder: Path) -> None:
    """Known when first seen, or from midnight Eastern of the later dates."""
    (folder / "inactives.parquet").unlink()
    statuses = rows(folder, "nbac_injury_report", first=date(2024, 1, 7), last=date(2024, 1, 10))
    assert [(r["game_date"].day, r["known_at"], r["injury_status"]) for r in statuses] == [
        (8, datetime(2024, 1, 8, 12, tzinfo=UTC), "questionable"),
        (9, eastern_instant(date(2024, 1, 9), 0), "questionable"),
        (10, eastern_instant(date(2024, 1, 10), 0), "questionable"),
    ]


def test_the_later_of_two_statuses_valid_at_midnight_counts(folder: Path) -> None:
    """Both have the same key; the one seen later replaces the earlier one, which is counted."""
    (folder / "inactives.parquet").unlink()
    first = ROWS["injury_snapshots"][0]
    later = {**first, "first_seen_utc": datetime(2024, 1, 9, 20, tzinfo=UTC), "status": "injured"}
    unknown = {**first, "status": "other"}
    write(folder, "injury_snapshots", [later, first, unknown])
    computed = parse(folder, "nbac_injury_report")
    assert [r["injury_status"] for r in rows_of("nba_raw.nbac_injury_report", computed).to_pylist()] == ["out"]
    assert computed.evidence["discarded"] == {"no_usable_status": 1, "superseded_before_midnight": 1}


def test_an_inactive_player_is_out(folder: Path) -> None:
    """With its own source and reason, half an hour before the tip."""
    row = next(r for r in rows(folder, "nbac_injury_report") if r["source"] == "inactive_list")
    assert (row["player_id"], row["injury_status"], row["reason"]) == (8, "out", "inactive list")
    assert (row["known_at"], row["known_at_source"]) == (TIP - timedelta(minutes=30), "assumed")


@pytest.mark.parametrize(
    ("file", "feed", "lacking"),
    [
        ("games", "nbac_schedule", ("season", "season_type", "tip_utc", "overtimes", "is_neutral_site")),
        ("box_scores", "nbac_gamebook_player_stats",
         ("season", "season_type", "opponent", "is_home", "is_starter", "played", "comment", "source", "player_id")),
        ("props_points", "odds_api_player_points_props",
         ("market", "line_type", "team", "under_price", "first_seen_utc", "source", "player_id")),
        ("inactives", "nbac_injury_report", ("game_id", "team", "player_id")),
        ("injury_snapshots", "nbac_injury_report", ("team", "player_id", "detail", "source")),
    ],
)  # fmt: skip
def test_a_row_without_what_it_can_do_without_is_a_row(
    folder: Path, file: str, feed: str, lacking: tuple[str, ...]
) -> None:
    """Each column alone, then all of them at once: every row is still there and keeps the contract of its table."""
    whole = len(rows(folder, feed, last=date(2024, 1, 11)))
    for names in (*((name,) for name in lacking), lacking):
        write(folder, file, [{**r, **dict.fromkeys(names)} for r in ROWS[file]])
        given = rows_of(f"nba_raw.{feed}", parse(folder, feed, last=date(2024, 1, 11)))
        assert (len(given), broken_rules(f"nba_raw.{feed}", given)) == (whole, {})


@pytest.mark.parametrize(("column", "rule"), [("game_id", "no_game_id"), ("game_date", "no_game_date")])
def test_a_row_that_contradicts_its_id_costs_only_itself(folder: Path, column: str, rule: str) -> None:
    """It is refused under the rule's name, the others are rows."""
    given = ROWS["props_points"]
    write(folder, "props_points", [given[0], {**given[1], "game_id": "0022300999", column: None}, given[2]])
    computed = parse(folder, "odds_api_player_points_props")
    assert (len(computed.rows or []), {r: len(x) for r, x in computed.refused.items()}) == (2, {rule: 1})


def test_a_row_without_a_name_costs_only_itself(folder: Path) -> None:
    """The table's required columns refuse it; the feed goes on."""
    write(folder, "box_scores", [BOX, *OTHERS, {**BOX, "player_name": None, "played": False}])
    given = rows_of("nba_raw.nbac_gamebook_player_stats", parse(folder, "nbac_gamebook_player_stats"))
    assert broken_rules("nba_raw.nbac_gamebook_player_stats", given) == {
        "null_player_id": 1, "null_player_name": 1, "null_player_lookup": 1,
    }  # fmt: skip


def test_the_outcomes_without_rows_differ(folder: Path) -> None:
    """No games, no rows in the window, and no files are three different outcomes."""
    off = date(2024, 3, 1)
    assert parse(folder, "nbac_schedule", off, off).outcome == "no_games"
    assert parse(folder, "odds_api_player_points_props", off, off).outcome == "empty"
    assert parse(folder, "odds_api_game_lines").outcome == "no_source"
    assert not has_feed("nbac_player_list", "history")


def test_a_damaged_slice_is_refused_whole() -> None:
    """Bytes that are not Parquet raise a ContractError that names the slice."""
    with pytest.raises(ContractError, match="slice games"):
        core.parse("nbac_schedule", "history", [payload("games", b"PAR1half")], {}, work(DAY))


def test_a_slice_as_of_the_afternoon_has_no_row_of_the_evening(folder: Path) -> None:
    """Before the tip: the schedule, the early line, the status; no box score, no closing line, no inactive list."""
    afternoon = datetime(2024, 1, 10, 18, tzinfo=UTC)
    counts = {
        feed: len(parse(folder, feed, as_of=afternoon).rows or [])
        for feed in (
            "nbac_schedule",
            "nbac_gamebook_player_stats",
            "odds_api_player_points_props",
            "nbac_injury_report",
        )
    }
    assert counts == {
        "nbac_schedule": 1, "nbac_gamebook_player_stats": 0, "odds_api_player_points_props": 1, "nbac_injury_report": 1,
    }  # fmt: skip


REAL_ROWS = {
    "nbac_schedule": 10_221,
    "nbac_gamebook_player_stats": 260_325 - 234,
    "odds_api_player_points_props": 145_516 - 626,  # repeats
    "odds_api_game_lines": 48_708,
}
REAL_REFUSALS = {"nbac_gamebook_player_stats": {"points_add_up": 2}}


@pytest.fixture(scope="module")
def real() -> HistoryFeeds:
    return HistoryFeeds(SHARED_DATA)


@needs_shared
@pytest.mark.parametrize("feed", REAL_ROWS)
def test_real_rows_satisfy_their_contract(real: HistoryFeeds, feed: str) -> None:
    """Eight seasons: every row is parsed, and only the known defects break a rule."""
    job = work(date(2017, 10, 1), date(2025, 9, 30))
    computed = core.parse(feed, "history", fetch_all(feed, job, "history", real), {}, job)
    table = standing(rows_of(f"nba_raw.{feed}", computed))
    assert (len(table), computed.refused) == (REAL_ROWS[feed], {})
    assert broken_rules(f"nba_raw.{feed}", table) == REAL_REFUSALS.get(feed, {})


@needs_shared
def test_real_statuses_satisfy_their_contract(real: HistoryFeeds) -> None:
    """Every usable snapshot day and every inactive player is a row; one name twice in a list is one row."""
    job = work(date(2017, 10, 1), date(2025, 9, 30))
    computed = core.parse(
        "nbac_injury_report", "history", fetch_all("nbac_injury_report", job, "history", real), {}, job
    )
    table = rows_of("nba_raw.nbac_injury_report", computed)
    assert broken_rules("nba_raw.nbac_injury_report", standing(table)) == {}
    assert computed.evidence["discarded"]["no_usable_status"] == 251 + 3
    listed = table.filter(pc.equal(table["source"], "inactive_list"))
    assert len(listed) + computed.evidence["discarded"].get("identical_repeat", 0) == 76_887


@needs_shared
def test_a_real_day_is_the_same_alone_and_in_a_season(real: HistoryFeeds) -> None:
    """A day parsed alone gives the rows that the whole season gives for it."""
    day = date(2024, 2, 28)
    for feed in REAL_ROWS:
        whole = work(date(2023, 10, 1), date(2024, 6, 30))
        season = rows_of(
            f"nba_raw.{feed}", core.parse(feed, "history", fetch_all(feed, whole, "history", real), {}, whole)
        )
        alone = rows_of(
            f"nba_raw.{feed}", core.parse(feed, "history", fetch_all(feed, work(day), "history", real), {}, work(day))
        )
        same = season.filter(pc.equal(season["game_date"], pa.scalar(day)))
        assert len(alone) > 0
        assert alone.equals(same.combine_chunks())
