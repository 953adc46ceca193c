"""`tipoff bets` and `tipoff bankroll` on a home with graded picks."""

import csv
import json
from datetime import timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest

from shared.map.loader import pipeline_map
from tests.support.local import graded, homes
from tipoff.cli import main
from tipoff.slate import stakes

LIMITS = pipeline_map().stakes
SYSTEM = ("--system", "moving_average")


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Graded predictions, and beside each the quote that it is from."""
    path = tmp_path_factory.mktemp("bets")
    graded.fill(path)
    app = homes.make_app(path)
    named = ("game_id", "player_id", "player_name", "player_lookup", "bookmaker", "over_price", "under_price", "as_of")
    homes.put(app, "nba_analytics.player_quotes", [
        {**{n: row[n] for n in named}, "points_line": row["line"], "p_over": 0.5, "age_minutes": 7.0,
         "is_current": True, "is_main": True, "quoted_at": graded.AS_OF, "seen_at": graded.AS_OF}
        for row in graded.slate().to_pylist() if row["line"] is not None
    ])  # fmt: skip
    app.close()
    return path


def run(capsys: pytest.CaptureFixture[str], command: str, home: Path, *more: str) -> tuple[int, str, str]:
    code = main.run([command, "--home", str(home), *SYSTEM, *more])
    return code, *capsys.readouterr()


def document(capsys: pytest.CaptureFixture[str], command: str, home: Path, *more: str) -> dict[str, Any]:
    code, out, err = run(capsys, command, home, "--json", *more)
    assert code == 0, err
    found: dict[str, Any] = json.loads(out)
    return found


def test_the_list_keeps_the_caps_and_scales_with_the_bankroll(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Shares do not depend on the bankroll, amounts do; together they keep the caps of the only game."""
    poor, rich = (document(capsys, "bets", home, "--bankroll", b)["bets"] for b in ("1000", "100000"))
    assert [bet["stake_share"] for bet in poor] == [bet["stake_share"] for bet in rich]
    assert all(a["stake"] == pytest.approx(b["stake"] / 100, abs=0.01) for a, b in zip(poor, rich, strict=True))
    shares = [bet["stake_share"] for bet in poor]
    assert 0.0 < min(shares) <= max(shares) <= LIMITS.per_bet
    assert sum(shares) == pytest.approx(LIMITS.per_game, abs=1e-4)
    assert all(0.0 < bet["ev"] < bet["ev_of_system"] for bet in poor)


def test_the_csv_has_a_row_per_bet(home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """In a file and on standard output the same bytes, with what one needs to place the bet."""
    path = tmp_path / "bets.csv"
    assert run(capsys, "bets", home, "--csv", str(path))[:2] == (0, "")
    _, printed, _ = run(capsys, "bets", home, "--csv", "-")
    assert path.read_text("utf-8") == printed
    rows = list(csv.DictReader(StringIO(printed)))
    assert len(rows) == len(document(capsys, "bets", home)["bets"]) > 10
    first = {n: rows[0][n] for n in ("date", "player", "book", "price", "quote_age_minutes", "stake")}
    assert first == {
        "date": "2024-02-26", "player": "A Player", "book": "draftkings", "price": "-110", "quote_age_minutes": "7.0",
        "stake": "",
    }  # fmt: skip


def test_the_table_says_what_the_stakes_are_by(
    home: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The slope and where it is from; the bankroll may be in the environment."""
    monkeypatch.setenv("TIPOFF_BANKROLL", "1000")
    code, out, _ = run(capsys, "bets", home)
    assert (code, "Kept of the disagreement with the market: 0.25; no graded date before 2024-02-26" in out) == (
        0,
        True,
    )
    assert "4.0% of the bankroll" in out


@pytest.mark.parametrize(
    ("command", "more", "message"),
    [
        ("bets", ("--bankroll", "0"), "--bankroll"),
        ("bets", ("--csv", "/proc/nowhere/x.csv"), "cannot write /proc/nowhere/x.csv"),
        ("bankroll", ("--from", "2024-02-27"), "no prediction of moving_average on 2024-02-27"),
    ],
)
def test_a_mistake_is_one_line(
    home: Path, capsys: pytest.CaptureFixture[str], command: str, more: tuple[str, ...], message: str
) -> None:
    """On stderr, with the exit code of a mistake."""
    code, _, err = run(capsys, command, home, *more)
    assert (code, err.count("\n"), message in err) == (2, 1, True)


def test_the_bankroll_is_what_the_bets_paid(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """By hand from the list of bets and the results of the same date: one date, so growth is the sum of stake x profit."""
    bets = document(capsys, "bets", home)["bets"]
    units = [(p["player_name"], p["line"], p["units"]) for p in document(capsys, "results", home)["picks"]]
    paid = {line: gain for _, line, gain in units}
    assert len({line for _, line, _ in units if line in {b["line"] for b in bets}}) > 5
    found = document(capsys, "bankroll", home)
    (night,) = found["nights"]
    assert (found["bets"], night["bets"]) == (len(bets), len(bets))
    assert night["staked"] == pytest.approx(sum(b["stake_share"] for b in bets), abs=1e-4)
    assert found["growth"] == pytest.approx(night["won"]) == pytest.approx(night["bankroll"] - 1.0)
    assert found["drawdown"] == pytest.approx(max(0.0, -found["growth"]))
    assert found["yield_"] == pytest.approx(night["won"] / night["staked"])
    assert min(paid.values()) == -1.0
    _, out, _ = run(capsys, "bankroll", home, "--bankroll", "1000")
    assert f"1,000.00 became {1000 * (1 + found['growth']):,.2f}" in out


def test_a_slope_is_measured_on_earlier_dates_alone(tmp_path: Path) -> None:
    """From 20 graded dates on, and never on the date itself; until then the map's stands."""
    app = homes.make_app(tmp_path)
    first = homes.DAY
    rows = [
        {"game_date": first + timedelta(days=n), "game_id": f"00223{n:05}", "player_id": player, "system_id": "s",
         "p_over": 0.8, "p_push": 0.0, "p_under": 0.2, "market_p_over": 0.5, "over_hit": player > 1 and n < 24,
         "outcome": "win"}
        for n in range(25) for player in (1, 2, 3)
    ]  # fmt: skip
    homes.put(app, "nba_predictions.prediction_accuracy", rows, through=first + timedelta(days=24))
    record = stakes.record(app.tables, "s", first, first + timedelta(days=30))
    before = [record.before(first + timedelta(days=n), LIMITS) for n in (0, 19, 20, 24)]
    app.close()
    assert [s.value for s in before] == pytest.approx([LIMITS.slope_unmeasured, LIMITS.slope_unmeasured, 0.5, 0.5])
    assert [s.about[:20] for s in before[:2]] == ["no graded date befor", "too few dates (19 < "]
    assert "72 predictions of 24 dates before" in before[3].about
