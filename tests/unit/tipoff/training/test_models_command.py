"""`tipoff models`: saved models, the current one, and promotion through the gates only."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from shared.adapters.models import FileModels
from tests.support.data.graded_games import rows
from tests.support.local import homes
from tipoff.cli import main
from tipoff.evaluation import graded_rows

GOOD = {
    "rows": 900.0,
    "mae": 4.8,
    "form_mae": 5.0,
    "bias": 0.1,
    "worst_tier_bias": 0.4,
    "coverage_80": 0.8,
    "rows_with_line": 600.0,
    "mae_with_line": 5.1,
    "line_mae": 5.1,
    "brier": 0.249,
}
BAD: dict[str, dict[str, float]] = {
    "too few held-back rows": {"rows": 20.0},
    "a bias": {"bias": 1.4},
    "a bias in a tier": {"worst_tier_bias": 3.0},
    "intervals too narrow": {"coverage_80": 0.6},
    "intervals too wide": {"coverage_80": 0.97},
    "chances worse than a coin": {"brier": 0.27},
    "an error far behind the line": {"mae_with_line": 6.0},
    "an error too good to be honest": {"mae": 2.0},
}


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """Three models of one system, none promoted yet."""
    keep(tmp_path, b"first", "2024-01-01", GOOD)
    keep(tmp_path, b"second", "2024-02-01", {**GOOD, "mae": 4.7})
    return tmp_path


def keep(home: Path, body: bytes, through: str, metrics: dict[str, float]) -> str:
    """A kept model's hash."""
    card = {"first_date": "2021-10-19", "trained_through": through, "held_back_from": "2023-12-01", "rows": 9000}
    card |= {"created_at": f"{through}T12:00:00+00:00", "features": ["a", "b"], "metrics": metrics, "trials": 36}
    return FileModels(home / "models").save("champion", body, card, promote=False).hash


def models(capsys: pytest.CaptureFixture[str], home: Path, *words: str) -> tuple[int, str, str]:
    """`tipoff models`."""
    code = main.run(["models", *words, "--home", str(home)])
    captured = capsys.readouterr()
    return code, captured.out, captured.err


def listed(capsys: pytest.CaptureFixture[str], home: Path) -> list[dict[str, Any]]:
    """`tipoff models list --json`, oldest first."""
    code, out, _ = models(capsys, home, "list", "--json")
    assert code == 0
    cards: list[dict[str, Any]] = json.loads(out)
    return cards


def test_the_list_marks_the_one_that_predicts(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Every model is there with its cut-off and trials; only the promoted one is current."""
    first, second = (c["hash"] for c in listed(capsys, home))
    assert not any(c["is_current"] for c in listed(capsys, home))
    assert models(capsys, home, "promote", first[:10])[:2] == (
        0,
        f"champion {first[:12]} is now in use; no CLV of its picks is known\n",
    )
    assert [(c["hash"], c["is_current"]) for c in listed(capsys, home)] == [(first, True), (second, False)]
    _, out, _ = models(capsys, home, "list")
    for part in (first[:12], second[:12], "2024-02-01", "4.7", "●"):
        assert part in out


def test_show_is_the_whole_card(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What show prints is what the registry keeps."""
    card = listed(capsys, home)[0]
    code, out, _ = models(capsys, home, "show", card["hash"][:8])
    del card["is_current"]
    assert (code, json.loads(out)) == (0, card)


def test_compare_puts_two_side_by_side(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Both cut-offs and both errors, as text and as JSON, in the order asked for."""
    first, second = (c["hash"] for c in listed(capsys, home))
    code, out, _ = models(capsys, home, "compare", second[:8], first[:8])
    line = next(part for part in out.splitlines() if part.strip().startswith("mae "))
    assert (code, line.split()) == (0, ["mae", "4.7", "4.8"])
    assert "2024-01-01" in out
    code, out, _ = models(capsys, home, "compare", second[:8], first[:8], "--json")
    assert [c["hash"] for c in json.loads(out)] == [second, first]


def test_rollback_returns_to_what_predicted_before(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Two promoted, one rolled back: the first is current again; a second rollback has nowhere to go."""
    first, second = (c["hash"] for c in listed(capsys, home))
    for digest in (first, second):
        code, out, _ = models(capsys, home, "promote", digest, "--json")
        assert (code, json.loads(out)["hash"]) == (0, digest)
    code, out, _ = models(capsys, home, "rollback", "champion", "--json")
    assert (code, json.loads(out)["hash"]) == (0, first)
    assert [c["is_current"] for c in listed(capsys, home)] == [True, False]
    code, out, err = models(capsys, home, "rollback", "champion")
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert "champion has no model before its current one" in err


@pytest.mark.parametrize("metrics", BAD.values(), ids=BAD.keys())
def test_a_model_that_fails_a_gate_is_not_promoted(
    home: Path, capsys: pytest.CaptureFixture[str], metrics: dict[str, float]
) -> None:
    """One line with the reason, exit 2, and the current one stays."""
    first = listed(capsys, home)[0]["hash"]
    models(capsys, home, "promote", first)
    bad = keep(home, b"bad", "2024-03-01", {**GOOD, **metrics})
    code, out, err = models(capsys, home, "promote", bad)
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert "is not promoted: " in err
    current = FileModels(home / "models").current("champion")
    assert current is not None
    assert current.hash == first


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["show", "zzzz"], "0 models in"),
        (["compare", "zzzz", "zzzz"], "have a hash that begins with zzzz; see tipoff models list"),
        (["promote", ""], "2 models in"),
        (["rollback", "gut"], "gut has no model before its current one"),
    ],
)
def test_a_mistake_is_one_line(home: Path, capsys: pytest.CaptureFixture[str], words: list[str], message: str) -> None:
    """Exit 2 and what to look at."""
    code, out, err = models(capsys, home, *words)
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert message in err


@pytest.mark.parametrize("command", ["list", "show", "compare", "promote", "rollback"])
def test_each_explains_itself_with_an_example(capsys: pytest.CaptureFixture[str], command: str) -> None:
    """Help shows a command line."""
    assert main.run(["models", command, "--help"]) == 0
    assert f"Example: tipoff models {command}" in " ".join(capsys.readouterr().out.split())


def test_a_model_whose_picks_lost_to_the_close_is_not_promoted(
    home: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """By the CLV of the picks that this very model made in the home."""
    first, second = (c["hash"] for c in listed(capsys, home))
    made = {**dict.fromkeys(range(400), first), **dict.fromkeys(range(400, 800), second)}
    count = len(made)
    picks, fell = np.full(count, "OVER", dtype=object), np.arange(count) < 400
    graded = rows(
        count, picks=picks, is_over=np.ones(count, bool), models=np.array(list(made.values()), dtype=object),
        best_line=np.full(count, 20.5), closing=np.where(fell, 19.5, 20.5) + np.arange(count) % 2 * 0.5,
        closing_p_over=np.full(count, 0.5), days=np.datetime64("2024-01-01") + np.arange(count) % 40,
    )  # fmt: skip
    homes.make_app(home).close()
    monkeypatch.setattr(graded_rows, "read_rows", lambda *_: {"champion": graded})
    code, _, err = models(capsys, home, "promote", first)
    assert (code, "CLV of its picks -" in err) == (2, True)
    code, out, _ = models(capsys, home, "promote", second)
    assert (code, "is now in use; CLV of its picks +" in out) == (0, True)
