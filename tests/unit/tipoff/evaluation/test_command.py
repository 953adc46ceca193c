"""`tipoff evaluate` on a home: the newest grades, the same figures in every output, and errors in one line."""

import json
from pathlib import Path

import pytest

from functions.predict import predictions
from shared.adapters.models import FileModels
from tests.support.local.graded import evaluate, slate


def test_every_system_is_scored_on_its_own_lined_rows(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """58 of 60 players have a line; a system of half the players is scored on these, and not compared side by side."""
    code, out, _ = evaluate(capsys, home, "--json")
    report = json.loads(out)
    assert code == 0
    assert [(r["system"], r["rows"]) for r in report["systems"]] == [("moving_average", 58), ("zone_matchup_v1", 30)]
    assert report["left_out_of_same_rows"] == ["zone_matchup_v1"]
    assert report["systems"][1]["moving_average_rows"] == 30
    filters = {f["filter"]: f for f in report["filters"]["moving_average"]}
    assert filters["player_out"]["bets"] == 1
    assert (report["from"], report["to"]) == ("2024-02-26", "2024-02-26")


def test_the_close_is_the_last_quote_before_the_tip(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Neither a quote after the tip nor one without both prices; one that did not change counts, with a CLV of 0."""
    code, out, _ = evaluate(capsys, home, "--json")
    figures = json.loads(out)["systems"][0]
    assert (code, figures["clv_bets"]) == (0, 2)
    fell = slate()["line"][1].as_py() - 1.5  # of an under
    assert figures["clv_points"] == pytest.approx((fell + 0.0) / 2)


@pytest.mark.parametrize("by", ["line", "tier", "book", "month"])
def test_every_split_prints_and_writes(home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], by: str) -> None:
    """The table names its sections; the page is written whole, also into a new folder."""
    path = tmp_path / "new" / "report.html"
    code, out, _ = evaluate(capsys, home, "--by", by, "--html", str(path))
    assert code == 0
    for heading in ("Points", "Chances against the line", "Bets", "Side by side", "Filters of moving_average"):
        assert heading in out
        assert heading in path.read_text("utf-8")
    assert path.read_text("utf-8").endswith("</html>\n")


@pytest.mark.parametrize(
    ("more", "message"),
    [
        (["--from", "2024-03-01"], "no graded prediction with a line between these dates"),
        (["--system", "gut"], "gut has no graded prediction with a line; there are moving_average"),
        (["--html", "/proc/nowhere/x.html"], "cannot write /proc/nowhere/x.html"),
    ],
)
def test_a_mistake_is_one_line(home: Path, capsys: pytest.CaptureFixture[str], more: list[str], message: str) -> None:
    """Exit 2, nothing on stdout."""
    code, out, err = evaluate(capsys, home, *more)
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert message in err


def test_predictions_of_a_model_that_saw_their_results_are_not_scored(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The evaluation is refused if a model's training reached the date, and not if it ended the day before."""
    digest = predictions.formula_hash("moving_average")
    folder = home / "models" / "moving_average"
    for through, code in (("2024-02-25", 0), ("2024-02-26", 1), ("2024-03-05", 1)):
        registry = FileModels(home / "models")
        saved = registry.save("moving_average", b"x", {"created_at": "x", "trained_through": through}, promote=False)
        card = {**saved.card, "hash": digest}
        (folder / f"{saved.hash}.json").write_text(json.dumps(card), "utf-8")
        exit_code, _, err = evaluate(capsys, home)
        assert exit_code == code
        assert ("it had seen these results" in err) == (code == 1)
    for path in folder.iterdir():
        path.unlink()
