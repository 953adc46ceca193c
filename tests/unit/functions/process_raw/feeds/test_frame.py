"""Any payload to an outcome: rows, or the rule and the reason why there are none."""

import gzip
import json
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from functions.process_raw.feeds.frame import FEEDS, kinds_of, read_payload
from shared.contracts.feeds import feed_contract
from shared.errors import ContractError
from tests.support.data.inputs import PAYLOADS, needs_shared
from tipoff.cli.main import run

PLAYER = {
    "personId": 1, "name": "A B", "played": "1", "starter": "1", "status": "ACTIVE",
    "statistics": {
        "minutes": "PT48M00.00S", "fieldGoalsMade": 2, "fieldGoalsAttempted": 3, "threePointersMade": 1,
        "threePointersAttempted": 1, "freeThrowsMade": 0, "freeThrowsAttempted": 0, "reboundsOffensive": 0,
        "turnovers": 1, "points": 5,
    },
}  # fmt: skip


def game(**changes: Any) -> dict[str, Any]:
    """A live box score with one player a side."""
    home, away = ({"teamTricode": team, "score": 5, "players": [PLAYER]} for team in ("BOS", "NYK"))
    stated = {"gameId": "0022300001", "gameStatus": 3, "period": 4, "gameCode": "20240115/NYKBOS"}
    return {"game": {**stated, "homeTeam": home, "awayTeam": away, **changes}}


def body(**changes: Any) -> bytes:
    return json.dumps(game(**changes)).encode()


@pytest.mark.parametrize("feed", FEEDS)
def test_each_feed_has_a_contract_for_each_of_its_kinds(feed: str) -> None:
    """The registry and the contract list the same kinds, so that the documentation knows all of them."""
    assert {kind.name for kind in kinds_of(feed)} == feed_contract(feed).kinds.keys()


def test_the_feeds_are_packages_with_kinds() -> None:
    """A feed is known by its contract; an unknown one is refused with the list."""
    assert {"nba_cdn"} <= set(FEEDS)
    assert all(import_module(f"functions.process_raw.feeds.{feed}").KINDS for feed in FEEDS)
    with pytest.raises(ContractError, match="nba_cdn"):
        read_payload("nba", b"{}")


def test_rows_by_table() -> None:
    """Rows come with all columns of their table, compressed or not."""
    outcome = read_payload("nba_cdn", gzip.compress(body()))
    assert {name: len(rows) for name, rows in outcome.rows.items()} == {
        "nbac_gamebook_player_stats": 2,
        "nbac_team_boxscore": 2,
    }
    assert (outcome.kind, outcome.league, outcome.rule) == ("boxscore", "NBA", "")


@pytest.mark.parametrize(
    ("given", "rule"),
    [
        (b"", "empty_body"), (b" \n\xef\xbb\xbf", "empty_body"), (body()[:-9], "damaged"), (gzip.compress(body())[:-9], "damaged"),
        (b"\x1f\x8bzzz", "damaged"), (b"[" * 200_000, "damaged"), (b'{"game": NaN}', "damaged"),
        (b"\x89PNG\x00\x01\x02", "unknown_media"), (b"a,b,c\n1,2\n", "damaged"), (b"hello", "unknown_media"),
        (b"<html><title>Access Denied</title></html>", "block_page"), (b"<html><title>News</title></html>", "unknown_kind"),
        (b'{"message": "Quota reached", "error_code": "OUT_OF_USAGE_CREDITS"}', "error_body"),
        (b'{"error": {"code": 403, "message": "no"}}', "error_body"), (b'{"Message": "An error"}', "error_body"),
        (b"{}", "unknown_kind"), (b"[]", "unknown_kind"), (b"%PDF-1.4", "unknown_kind"), (b"a,b,c\n1,2,3\n", "unknown_kind"),
    ],
)  # fmt: skip
def test_a_document_that_is_none_of_the_feed_is_refused_by_its_rule(given: bytes, rule: str) -> None:
    """Empty, damaged, blocked, an error, or of an unknown kind: never a row, always a sentence."""
    outcome = read_payload("nba_cdn", given)
    assert (outcome.rule, outcome.has_rows) == (rule, False)
    assert outcome.reason


def test_an_error_body_names_its_code() -> None:
    """The reason repeats code and message of the source."""
    outcome = read_payload("nba_cdn", b'{"message": "Quota reached", "error_code": "OUT_OF_USAGE_CREDITS"}')
    assert "OUT_OF_USAGE_CREDITS: Quota reached" in outcome.reason


def test_players_that_do_not_sum_to_the_score_are_a_contradiction() -> None:
    """A box score that contradicts itself gives no row."""
    away = {"teamTricode": "NYK", "score": 6, "players": [PLAYER]}
    assert read_payload("nba_cdn", body(awayTeam=away)).rule == "contradiction"


def test_a_broken_record_costs_only_itself_and_is_reported() -> None:
    """A player without id is refused under a rule, the other one stays."""
    away = {"teamTricode": "NYK", "score": 5, "players": [{**PLAYER, "personId": None}]}
    outcome = read_payload("nba_cdn", body(awayTeam=away))
    assert len(outcome.rows["nbac_gamebook_player_stats"]) == 1
    assert (len(outcome.refused["missing_field"]), outcome.drift[0].field) == (1, "personId")


def test_the_command_prints_rows_or_the_reason(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Exit code 0 with rows, 1 for a refused payload, 2 for a mistake; --json is one document."""
    good, bad = tmp_path / "x.json", tmp_path / "x.html"
    good.write_bytes(body())
    bad.write_bytes(b"<html><title>Access Denied</title></html>")
    assert run(["parse", "nba_cdn", str(good)]) == 0
    assert "2 rows of nbac_team_boxscore" in capsys.readouterr().out
    assert run(["parse", "nba_cdn", str(good), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["rows"]["nbac_team_boxscore"][0]["points"] == 5
    assert run(["parse", "nba_cdn", str(bad)]) == 1
    assert "block_page" in capsys.readouterr().out
    for mistake in (["nba", str(good)], ["nba_cdn", str(tmp_path / "none")], ["nba_cdn", str(tmp_path)], ["nba_cdn"]):
        assert run(["parse", *mistake]) == 2
    assert "Traceback" not in capsys.readouterr().err


@settings(max_examples=25, deadline=None)
@given(st.one_of(st.binary(max_size=200), st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | st.dates().map(str),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
).map(lambda value: json.dumps(value).encode())))  # fmt: skip
def test_no_feed_raises_on_any_bytes(given: bytes) -> None:
    """Whatever the bytes are, the outcome is rows or a rule with its reason."""
    for feed in FEEDS:
        outcome = read_payload(feed, given)
        assert outcome.has_rows or (outcome.rule and outcome.reason)


def recorded_payloads() -> list[Path]:
    return sorted(p for p in PAYLOADS.glob("*/*") if p.parent.name in FEEDS) if PAYLOADS.is_dir() else []


@needs_shared
def test_no_recorded_payload_raises_when_it_is_torn() -> None:
    """Each recorded payload cut in two: a refusal or rows, never an exception."""
    for path in recorded_payloads():
        given = path.read_bytes()
        outcome = read_payload(path.parent.name, given[: len(given) // 2])
        assert outcome.has_rows or outcome.rule, path.name
