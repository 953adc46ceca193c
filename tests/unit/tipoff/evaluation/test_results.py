"""`tipoff results` on a home: each pick with its outcome, and a record that agrees with `tipoff evaluate`."""

import json
from pathlib import Path
from typing import Any

import pytest

from functions.predict import core
from tests.support.data.slates import inputs, work
from tests.support.local import graded, homes
from tipoff.cli import main

SYSTEM = ("--system", "moving_average")


def results(capsys: pytest.CaptureFixture[str], home: Path, *more: str) -> tuple[int, str, str]:
    """`tipoff results`."""
    code = main.run(["results", "--home", str(home), *more])
    captured = capsys.readouterr()
    return code, captured.out, captured.err


def document(capsys: pytest.CaptureFixture[str], home: Path, *more: str) -> dict[str, Any]:
    """Its JSON."""
    code, out, err = results(capsys, home, *SYSTEM, "--json", *more)
    assert code == 0, err
    found: dict[str, Any] = json.loads(out)
    return found


def test_the_record_is_that_of_the_evaluation(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Bets, ROI and CLV are the figures of `tipoff evaluate`; units are the sum of the picks' own."""
    found = document(capsys, home)
    _, out, _ = graded.evaluate(capsys, home, "--json")
    figures = next(r for r in json.loads(out)["systems"] if r["system"] == "moving_average")
    for name in ("bets", "roi", "roi_95", "clv_bets", "clv_points"):
        assert found["running"][name] == figures[name]
    assert found["record"] == found["running"]
    assert sum(p["units"] for p in found["picks"]) == pytest.approx(found["record"]["units"])
    assert len([p for p in found["picks"] if p["clv_points"] is not None]) == figures["clv_bets"] == 2
    assert sum(found["outcomes"].values()) == len(found["picks"])
    assert (found["day"], found["predictions"]) == (str(homes.DAY), graded.PLAYERS)


def test_a_win_pays_its_price_and_a_loss_one_unit(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """By the side, its line and what the player scored."""
    picks = document(capsys, home)["picks"]
    assert {p["outcome"] for p in picks} == {"win", "loss"}
    for pick in picks:
        has_won = (pick["actual_points"] > pick["line"]) == (pick["side"] == "OVER")
        assert pick["units"] == pytest.approx(100 / -pick["odds"] if has_won else -1.0)


def test_the_table_has_every_pick_and_the_running_record(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A line a pick; one sentence for the date, one for all dates through it."""
    found = document(capsys, home)
    _, out, _ = results(capsys, home, *SYSTEM)
    assert sum(" OVER " in line or " UNDER " in line for line in out.splitlines()) == len(found["picks"])
    assert f"all through {homes.DAY}: {found['running']['bets']} bets" in out


def test_an_ungraded_pick_is_pending(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """It has no units, and the record counts no bet."""
    app, table = homes.make_app(tmp_path), graded.slate()
    homes.put(app, "nba_precompute.ml_feature_store_v2", table.to_pylist())
    when = work(from_date=homes.DAY, to_date=homes.DAY, as_of=graded.AS_OF, now=graded.AS_OF)
    made = core.compute("moving_average", when, inputs(table), None).rows
    homes.put(app, "nba_predictions.player_prop_predictions", made.to_pylist(), unit="moving_average")  # type: ignore[union-attr]
    app.close()
    found = document(capsys, tmp_path)
    assert found["outcomes"] == {"pending": len(found["picks"])}
    assert {p["units"] for p in found["picks"]} == {None}
    assert found["running"]["bets"] == 0
    code, out, _ = results(capsys, tmp_path, *SYSTEM)
    assert (code, out.count("no settled pick")) == (0, 2)


@pytest.mark.parametrize(
    ("more", "message"),
    [
        (["--system", "gut"], "no prediction of gut; there are moving_average, zone_matchup_v1"),
        (["2024-03-01", *SYSTEM], "no prediction of moving_average on 2024-03-01; its nearest dates are 2024-02-26"),
    ],
)
def test_a_mistake_is_one_line(home: Path, capsys: pytest.CaptureFixture[str], more: list[str], message: str) -> None:
    """Exit 2, nothing on stdout; the line names what there is."""
    code, out, err = results(capsys, home, *more)
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert message in err
