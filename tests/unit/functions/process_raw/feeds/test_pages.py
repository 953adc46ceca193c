"""Feeds that are no JSON on small made-up documents: what becomes a row, and what each kind of drift costs."""

import re
from datetime import UTC, date, datetime

import pytest

from functions.process_raw.feeds.basketball_reference.values import day_of, seconds_of, team_of, whole_of
from functions.process_raw.feeds.frame import Outcome, read_payload
from tests.support import feed_pages
from tests.support.feed_pages import BASKETBALL_REFERENCE, GAMEBOOK, PLAYS, REPORT

LISTED, TEAMS, REFEREES = "nbac_gamebook_player_stats", "nbac_team_boxscore", "nbac_referee_game_assignments"
WHOLE = feed_pages.payloads()


def read(kind: str) -> Outcome:
    return read_payload(*WHOLE[kind])


def test_values_of_basketball_reference() -> None:
    """Its team codes, dates, counts and minutes; a team of the past keeps its code."""
    assert [team_of(code) for code in ("BRK", "CHO", "PHO", "Boston Celtics", "SEA")] == [
        "BKN",
        "CHA",
        "PHX",
        "BOS",
        "SEA",
    ]
    assert [day_of(t) for t in ("Tue, Apr 1, 2025", "Box Score, March 1, 2025", "soon", None)] == [
        date(2025, 4, 1), date(2025, 3, 1), None, None,
    ]  # fmt: skip
    assert [whole_of(t) for t in ("17,904", "+5", "-3", "", None, "x")] == [17904, 5, -3, None, None, "x"]
    assert [seconds_of(t) for t in ("34:54", "", None)] == [2094, None, None]


@pytest.mark.parametrize("kind", WHOLE)
def test_a_whole_document_gives_rows_of_its_kind(kind: str) -> None:
    """The kind is recognised by its content, nothing is refused, nothing drifts."""
    found = read(kind)
    assert (found.kind, found.rule, found.refused, found.drift) == (kind, "", {}, ())
    assert all(found.rows.values())


def test_a_box_score_of_basketball_reference() -> None:
    """Also a table in a comment; who has a reason did not play; inactive players and officials stand below."""
    rows = read("boxscore").rows
    players = rows["br_player_boxscores"]
    assert [(r["team"], r["player_name"], r["player_status"], r["points"]) for r in players] == [
        ("NYK", "Á B", "played", 6), ("NYK", "C D", "dnp", None), ("BOS", "Á B", "played", 6), ("BOS", "C D", "dnp", None),
        ("BOS", "E F", "inactive", None),
    ]  # fmt: skip
    assert {(r["game_id"], r["game_date"], r["is_home"]) for r in players if r["team"] == "BOS"} == {
        ("202401150BOS", date(2024, 1, 15), True)
    }
    assert rows[REFEREES][0]["official_name"] == "G H"
    assert read_payload(BASKETBALL_REFERENCE, feed_pages.boxscore_page(7).encode()).rule == "contradiction"


def test_games_of_basketball_reference() -> None:
    """Points only of a game that was played; below the divider are playoffs; times are Eastern."""
    first, second = read("schedule").rows["br_schedule"]
    assert (first["game_status"], first["home_points"], first["tip_utc"]) == (
        "final", 101, datetime(2024, 4, 1, 23, 30, tzinfo=UTC),
    )  # fmt: skip
    assert (second["game_status"], second["season_type"], second["home_points"]) == ("scheduled", "Playoffs", None)
    (day,) = read("games_of_a_day").rows["br_schedule"]
    assert (day["game_id"], day["home_team"], day["away_points"]) == ("202401150BOS", "BOS", 99)


def test_a_roster_of_basketball_reference() -> None:
    """Team and season out of the heading; a two-way contract is no part of the name."""
    (row,) = read("roster").rows["br_rosters_current"]
    assert (row["team"], row["season"], row["player_name"], row["how_acquired"]) == ("BOS", 2023, "A B", "two-way")
    assert (row["birth_date"], row["weight_pounds"], row["player_slug"]) == (date(1998, 5, 6), 206, "ab01")


def test_play_by_play_of_bigdataball() -> None:
    """The five of each side, zones of field goals, and the sum of points."""
    three, free = read("play_by_play").rows["bigdataball_play_by_play"]
    assert (three["game_id"], three["shot_zone"], three["points"], three["clock_seconds"]) == (
        "0022300001",
        "three",
        3,
        690,
    )
    assert (free["is_made"], free["shot_zone"], free["home_players"]) == (True, None, "H 1; H 2; H 3; H 4; H 5")
    changed = feed_pages.plays_csv({"points": "2"}).encode()
    assert read_payload(PLAYS, changed).rule == "contradiction"


def test_a_gamebook() -> None:
    """Lines, reasons, totals, inactive players and officials; players must sum to the totals."""
    rows = read("gamebook").rows
    assert [(r["team"], r["player_name"], r["player_status"], r["dnp_reason"]) for r in rows[LISTED]] == [
        ("NYK", "Jalen Brunson", "played", None),
        ("NYK", "Donte DiVincenzo", "dnp", "DNP - Coach's Decision"),
        ("BOS", "Jayson Tatum", "played", None),
        ("BOS", "Grant Williams III", "dnp", "NWT - Injury/Illness - Left Knee; Sprain"),
        ("NYK", "Toppin", "inactive", "Injury/Illness - Ankle; Sprain"),
        ("NYK", "Grimes", "inactive", "G League"),
        ("BOS", "Porzingis", "inactive", "Rest"),
    ]
    brunson = rows[LISTED][0]
    assert (brunson["game_id"], brunson["seconds_played"], brunson["plus_minus"], brunson["is_starter"]) == (
        "20240115/NYKBOS", 2880, -5, True,
    )  # fmt: skip
    assert [(r["team"], r["points"], r["is_home"]) for r in rows[TEAMS]] == [("NYK", 6, False), ("BOS", 6, True)]
    assert [(r["official_name"], r["jersey"]) for r in rows[REFEREES]] == [
        ("Kevin Scott", "24"),
        ("Brent Barnaky", "36"),
    ]
    torn = feed_pages.pdf_of([feed_pages.gamebook_lines(home_points=7)])
    assert read_payload(GAMEBOOK, torn).rule == "contradiction"


def test_a_gamebook_whose_words_stand_in_any_order() -> None:
    """Lines are made of the places of words, as a PDF may write them one by one."""
    scattered = feed_pages.scattered_pdf_of(feed_pages.gamebook_lines())
    assert read_payload(GAMEBOOK, scattered).rows == read("gamebook").rows


@pytest.mark.parametrize("line", range(6, 14))
def test_a_gamebook_that_lost_a_line_never_gives_wrong_totals(line: int) -> None:
    """Without a player who scored the totals contradict; without totals it is refused; other lines cost themselves."""
    lines = feed_pages.gamebook_lines()
    whole = read("gamebook").rows[LISTED]
    found = read_payload(GAMEBOOK, feed_pages.pdf_of([[*lines[:line], *lines[line + 1 :]]]))
    assert found.rule or all(row in whole for row in found.rows[LISTED])
    assert bool(found.rule) == (line in (6, 8, 10, 11, 13))


def test_an_injury_report() -> None:
    """A wrapped reason is whole; a team that has not submitted its list is a row of its own."""
    rows = read("injury_report").rows["nbac_injury_report"]
    assert [(r["team"], r["player_name"], r["injury_status"], r["reason"]) for r in rows] == [
        ("BOS", "Tatum, Jayson", "questionable", "Injury/Illness - Left Ankle; Sprain"),
        ("BOS", "Brown, Jaylen", "out", "Rest"),
        ("NYK", None, "not_submitted", None),
    ]
    assert {(r["matchup"], r["published_at"]) for r in rows} == {("NYK@BOS", datetime(2024, 1, 15, 17, 30, tzinfo=UTC))}


def test_an_injury_report_that_lost_a_page_is_refused() -> None:
    """Of two pages the second one is missing: damaged, not half-read."""
    lines = [line.replace("Page 1 of 1", "Page 1 of 2") for line in feed_pages.report_lines()]
    assert read_payload(REPORT, feed_pages.pdf_of([lines])).rule == "damaged"


@pytest.mark.parametrize("kind", WHOLE)
def test_a_document_that_is_cut_off_gives_no_wrong_row(kind: str) -> None:
    """Wherever it ends: a refusal, or rows that the whole document has."""
    feed, body = WHOLE[kind]
    whole = read(kind).rows
    for share in (0.1, 0.3, 0.5, 0.7, 0.9, 0.99):
        found = read_payload(feed, body[: int(len(body) * share)])
        assert found.rule or all(row in whole[table] for table, rows in found.rows.items() for row in rows), share


@pytest.mark.parametrize("kind", ["boxscore", "schedule", "roster"])
def test_a_renamed_column_of_a_page_costs_its_values_and_is_reported(kind: str) -> None:
    """Each column in turn: refused, or the same rows with nulls, and the new name in the drift report."""
    feed, body = WHOLE[kind]
    whole, page = read(kind).rows, body.decode()
    for name in sorted(set(re.findall(r'data-stat="(\w+)"', page))):
        found = read_payload(feed, page.replace(f'data-stat="{name}"', f'data-stat="{name}_v2"').encode())
        rows = [(table, row) for table, of_table in found.rows.items() for row in of_table]
        fits = [any(all(v in (None, w[n]) for n, v in row.items()) for w in whole[table]) for table, row in rows]
        assert all(fits), name
        assert (
            found.rule
            or found.refused
            or any(d.change == "new_field" and d.field.startswith(name) for d in found.drift)
        ), name


@pytest.mark.parametrize(
    "column", ["game_id", "date", "period", "play_id", "event_type", "home_score", "remaining_time"]
)
def test_a_renamed_column_of_csv_is_refused(column: str) -> None:
    """Without one of the columns that a row needs no row is made."""
    header, _, rest = feed_pages.plays_csv().partition("\n")
    renamed = ",".join(f"{name}_v2" if name == column else name for name in header.split(","))
    assert read_payload(PLAYS, f"{renamed}\n{rest}".encode()).rule in ("no_usable_row", "unknown_kind")
