"""The feature queries on three real seasons: one text for a slate and for a backfill, and numbers that hold outside."""

from collections.abc import Iterator
from datetime import date
from statistics import mean, stdev

import pyarrow.compute as pc
import pytest

from shared.adapters.local.warehouse import DuckTables
from shared.contracts.rows import table
from shared.map.loader import pipeline_map
from tests.support.data.feature_chain import GAMES, SLATE, answer, missing_caches, run, unit_of
from tests.support.data.load_history import create_tables, load
from tests.support.places import SHARED_DATA

SEASONS = ("2022-23", "2023-24", "2024-25")
WINDOW = (date(2023, 10, 1), date(2025, 6, 30))
DAYS = [
    date(2023, 10, 24),
    date(2023, 10, 30),
    date(2023, 12, 9),
    date(2024, 2, 27),
    date(2024, 10, 23),
    date(2024, 11, 1),
    date(2025, 4, 29),
]

ON_SOME_DAYS = ("player_daily_cache_top_up", "player_quotes")  # when the morning missed somebody; days with lines


@pytest.fixture(scope="module")
def history(shared_data) -> Iterator[DuckTables]:
    """Three seasons of raw rows, all game summaries, and two seasons of slates made in one batch."""
    tables = DuckTables(None, memory_limit="2GB")
    load(tables._db, SEASONS)
    assert run(tables, GAMES, date(2022, 10, 1), WINDOW[1]) == {}
    assert run(tables, SLATE, *WINDOW) == {}
    yield tables
    tables.close()


@pytest.mark.parametrize("name", [*GAMES, *SLATE])
def test_a_slate_alone_equals_the_batch(history, name):
    """Every unit gives the same bytes for one day as the backfill gave for that day."""
    unit = unit_of(name)
    everything = answer(history, name, *WINDOW)
    partition = table(unit.writes or "").partition
    with_rows = 0
    for day in DAYS:
        alone = answer(history, name, day, day)
        of_batch = everything.filter(pc.equal(everything[partition], day))
        assert alone.equals(of_batch), f"{unit.name} of {day} differs"
        with_rows += alone.num_rows > 0
    assert unit.may_be_empty or with_rows == len(DAYS) or (name in ON_SOME_DAYS and with_rows > 0)


@pytest.mark.parametrize(("day", "missing"), [(DAYS[3], 0), (date(2024, 2, 22), 1), (date(2024, 10, 23), 7)])
def test_the_top_up_makes_as_many_caches_as_its_facts_count(history, day, missing):
    """Whom the morning missed of real slates: nobody, a newcomer, and the rookies of an opening night's morrow."""
    assert missing_caches(history, day) == answer(history, "player_daily_cache_top_up", day, day).num_rows == missing


@pytest.mark.parametrize("name", SLATE)
def test_what_is_known_later_does_not_matter(history, name):
    """Read with the door closed at the slate's last prediction time, a day of real rows gives the same features."""
    day = DAYS[3]
    last = max(answer(history, "upcoming_team_game_context", day, day)["as_of"].to_pylist())
    assert answer(history, name, day, day).equals(answer(history, name, day, day, last))


def test_form_is_what_python_counts(history):
    """For a thousandth of all caches, last-ten and season figures equal those counted in Python from the raw box scores."""
    sql = "SELECT * FROM nba_precompute.player_daily_cache WHERE hash(player_id, cache_date) % 1000 = 0"
    rows = history.read(sql).to_pylist()
    assert len(rows) > 50
    for row in rows:
        past = history.read(
            "SELECT * FROM nba_raw.nbac_gamebook_player_stats WHERE player_id = $p AND player_status = 'played' "
            "AND known_at <= $t AND season BETWEEN $s - 1 AND $s ORDER BY known_at",
            {"p": row["player_id"], "t": row["as_of"], "s": row["season"]},
        ).to_pylist()
        points = [g["points"] for g in past]
        this = [g["points"] for g in past if g["season"] == row["season"]]
        assert row["games_played"] == len(past)
        assert row["points_avg_last_10"] == mean(points[-10:])
        assert row["points_avg_season"] == pytest.approx(mean(this or points))
        assert row["minutes_avg_last_10"] == pytest.approx(mean(g["seconds_played"] for g in past[-10:]) / 60)
        if len(points) > 1:
            assert row["points_std_last_10"] == pytest.approx(stdev(points[-10:]), abs=1e-9)


def test_no_dnp_in_any_cache(history):
    """No cache row counts a game in which the player did not play, and none is empty."""
    sql = "SELECT MAX(dnp_rows_used) AS dnp, MIN(games_played) AS games FROM nba_precompute.player_daily_cache"
    assert history.read(sql).to_pylist() == [{"dnp": 0, "games": 1}]


def test_no_all_star_game_enters(history):
    """The feature store holds games of the league only, by real teams."""
    sql = "SELECT COUNT(DISTINCT team) AS teams, COUNT(*) FILTER (game_id NOT SIMILAR TO '00[2456].*') AS strange FROM nba_precompute.ml_feature_store_v2"
    assert history.read(sql).to_pylist() == [{"teams": 30, "strange": 0}]


def test_usage_agrees_with_basketball_reference(history):
    """99 of 100 usage rates are within 0.7 percentage points of the published ones (minutes are rounded), all are shares."""
    sql = f"""SELECT QUANTILE_CONT(ABS(usage_rate - usg_pct), 0.99) AS off, MAX(usage_rate) AS most, MIN(usage_rate) AS least
        FROM nba_analytics.player_game_summary JOIN read_parquet('{SHARED_DATA}/box_advanced.parquet') USING (game_id, player_id)"""
    found = history.read(sql).to_pylist()[0]
    assert found["off"] < 0.7
    assert 0 <= found["least"] < found["most"] <= 100


def test_possessions_agree_with_the_league(history):
    """But for team turnovers, which no player's row holds, possessions are those of the NBA's team logs."""
    sql = f"""SELECT ABS(log.possessions - (own.possessions_milli / 1000 + (log.tov - own.tov + other.tov - opp.tov) / 2)) AS off
        FROM read_parquet('{SHARED_DATA}/team_game_stats.parquet') AS log
        JOIN nba_analytics.team_offense_game_summary AS own USING (game_id, team)
        JOIN read_parquet('{SHARED_DATA}/team_game_stats.parquet') AS other ON other.game_id = log.game_id AND other.team = log.opponent
        JOIN nba_analytics.team_offense_game_summary AS opp ON opp.game_id = log.game_id AND opp.team = log.opponent"""
    off = sorted(r["off"] for r in history.read(sql).to_pylist())
    assert len(off) > 7000
    assert off[int(0.999 * len(off))] < 0.02


def test_every_lined_player_is_in_the_store(history):
    """98 of 100 player-games with a main line known in time are there with that line and with form."""
    sql = f"""SELECT COUNT(*) AS lined, COUNT(line) AS with_line, COUNT(points_avg_last_5) AS with_form
        FROM read_parquet('{SHARED_DATA}/props_points_close.parquet') AS close
        LEFT JOIN nba_precompute.ml_feature_store_v2 USING (game_id, player_id) WHERE close.season IN ('2023-24', '2024-25')"""
    found = history.read(sql).to_pylist()[0]
    assert found["with_line"] >= 0.98 * found["lined"]
    assert found["with_form"] >= 0.98 * found["lined"]


def test_the_moving_average_errs_as_measured_elsewhere(history):
    """On the lined player-games of 2024-25 the old moving average errs by 5.45 points, the closing line by 5.17."""
    sql = f"""SELECT COUNT(*) AS games, AVG(ABS(points - closing_line)) AS market,
            AVG(ABS(points - (0.5 * points_avg_last_5 + 0.3 * points_avg_last_10 + 0.2 * points_avg_season))) AS ours
        FROM read_parquet('{SHARED_DATA}/props_points_close.parquet') AS close
        JOIN nba_precompute.ml_feature_store_v2 USING (game_id, player_id)
        JOIN nba_analytics.player_game_summary AS played USING (game_id, player_id)
        WHERE close.season = '2024-25' AND NOT is_dnp"""
    found = history.read(sql).to_pylist()[0]
    assert found["games"] > 6400
    assert (found["market"], found["ours"]) == (pytest.approx(5.166, abs=0.01), pytest.approx(5.45, abs=0.02))


MONTH = (date(2024, 1, 26), date(2024, 2, 24))  # with afternoon games, and with quotes from hourly snapshots
ROWS = "SELECT * EXCLUDE (run_id, generation) FROM nba_precompute.ml_feature_store_v2 WHERE game_date BETWEEN $first AND $last ORDER BY game_id, player_id"
# What a run of a date had: box scores since the morning after the game; quotes up to the prediction time, last seen in
# the newest snapshot by then.
AS_SERVED = (
    """UPDATE nba_analytics.{name}
       SET known_at = GREATEST(known_at, (game_date + INTERVAL 30 HOUR) AT TIME ZONE 'America/New_York')""",
    """CREATE TEMP TABLE moments AS
       SELECT game_id, tip_utc - INTERVAL (lead) MINUTE AS as_of FROM nba_raw.nbac_schedule, (SELECT {lead} AS lead)""",
    """CREATE TEMP TABLE newest AS
       SELECT game_id, source, MAX(seen) AS seen FROM moments JOIN (
         SELECT game_id, source, UNNEST([known_at, last_seen_at]) AS seen FROM nba_raw.odds_api_player_points_props
       ) USING (game_id) WHERE seen <= as_of GROUP BY ALL""",
    """DELETE FROM nba_raw.odds_api_player_points_props AS quote USING moments
       WHERE moments.game_id = quote.game_id AND known_at > as_of""",
    """UPDATE nba_raw.odds_api_player_points_props AS quote SET last_seen_at = seen FROM newest, moments
       WHERE newest.game_id = quote.game_id AND newest.source = quote.source AND moments.game_id = quote.game_id
         AND last_seen_at > as_of""",
)


def test_training_reads_what_serving_read(history):
    """Every row of a month that a backfill makes is the row that the run of its date made, feature by feature.

    That run had neither box scores of its own date nor any later quote or later sight of one.
    """
    served = DuckTables(None, memory_limit="2GB")
    db = served._db
    create_tables(db)
    for name in ("nba_raw.nbac_schedule", "nba_raw.odds_api_player_points_props", "nba_raw.nbac_injury_report",
                 "nba_raw.odds_api_game_lines", *(f"nba_analytics.{n}" for n in GAMES)):  # fmt: skip
        db.register("copied", history.read(f"FROM {name} WHERE game_date <= $last", {"last": MONTH[1]}))
        db.execute(f"INSERT INTO {name} BY NAME FROM copied")
    known = pipeline_map().settings["lead_minutes"]
    for statement in AS_SERVED:
        for name in GAMES if "{name}" in statement else ("",):
            db.execute(statement.format(name=name, lead=known))
    assert run(served, SLATE, *MONTH) == {}
    window = {"first": MONTH[0], "last": MONTH[1]}
    rows, trained = served.read(ROWS, window), history.read(ROWS, window)
    assert trained.num_rows > 6000
    assert rows.select(["game_id", "player_id"]).equals(trained.select(["game_id", "player_id"]))
    assert [n for n in rows.column_names if not rows[n].equals(trained[n])] == []
    served.close()
