"""The importance of feature groups in an evaluation: averages over the models that predicted, in every output."""

import json
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from functions.predict import predictions
from shared.adapters.models import FileModels
from tests.support.data import graded_games
from tests.support.local.graded import evaluate
from tipoff.evaluation import ablation, plots


def group(name: str, mae: float, error: float = 0.01) -> dict[str, Any]:
    """A card's figures of one group."""
    return {
        "group": name,
        "how": "permuted",
        "rows": 500,
        "mae": mae,
        "mae_se": error,
        "crps": mae / 2,
        "crps_se": error,
    }


def card(digest: str, system: str, *groups: dict[str, Any]) -> dict[str, Any]:
    """A card with those figures."""
    return {"hash": digest, "ablation": {system: list(groups)}}


def test_each_model_weighs_by_the_rows_that_it_predicted() -> None:
    """Three quarters of the rows are the first model's; a model without predictions has no weight."""
    rows = graded_games.rows(400, models=np.array(["a"] * 300 + ["b"] * 100, dtype=object))
    cards = [card(h, "s", group("form", mae, error)) for h, mae, error in (("a", 0.4, 0.02), ("b", 0.8, 0.04))]
    (averages,) = ablation.averaged({"s": rows}, [*cards, card("c", "s", group("form", 9.0))])["s"]
    assert averages["mae"] == pytest.approx(0.5)
    assert averages["crps"] == pytest.approx(0.25)
    assert averages["mae_95"] == pytest.approx((0.5 - 1.96 * 0.025, 0.5 + 1.96 * 0.025))
    assert (averages["models"], averages["of_rows"]) == (2, 1.0)


def test_what_the_figures_do_not_speak_for_is_counted() -> None:
    """Rows of a model without such figures are not averaged, and `of_rows` shows it."""
    rows = graded_games.rows(400, models=np.array(["a"] * 100 + ["old"] * 300, dtype=object))
    averages = ablation.averaged({"s": rows}, [card("a", "s", group("form", 0.4)), {"hash": "old"}])
    assert (averages["s"][0]["mae"], averages["s"][0]["of_rows"]) == (pytest.approx(0.4), 0.25)


def test_a_system_without_such_models_is_left_out() -> None:
    """A formula has no figures; those of another system on the same artefact do not count."""
    rows = graded_games.rows(40)
    assert ablation.averaged({"formula": rows}, [card("m", "s", group("form", 0.4))]) == {}
    assert ablation.averaged({"formula": rows}, []) == {}


def test_the_largest_comes_first() -> None:
    """In the table and in the plot."""
    cards = [card("m", "s", group("less", -0.1), group("most", 0.9), group("more", 0.2))]
    averages = ablation.averaged({"s": graded_games.rows(40)}, cards)["s"]
    assert [g["group"] for g in averages] == ["most", "more", "less"]
    drawn = plots.ablation(averages, "s")
    assert drawn.index("most") < drawn.index("more<") < drawn.index("less")


def test_the_longest_bar_is_the_largest_rise_and_every_bar_is_inside_the_plot() -> None:
    """Widths are proportional to the figures; a bar below zero starts left of the axis, inside the frame."""
    cards = [card("m", "s", group("less", -0.1), group("most", 0.9, 0.2), group("more", 0.3))]
    drawn = plots.ablation(ablation.averaged({"s": graded_games.rows(40)}, cards)["s"], "s")

    class Bars(HTMLParser):
        """The rectangles."""

        rectangles: list[dict[str, float]]

        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            """Record positions and widths."""
            if tag == "rect":
                self.rectangles.append({n: float(v or 0) for n, v in attrs if n in ("x", "width")})

    parser = Bars()
    parser.rectangles = []
    parser.feed(drawn)
    most, more, less = parser.rectangles
    assert most["width"] == pytest.approx(3 * more["width"], rel=0.01)
    assert less["width"] == pytest.approx(more["width"] / 3, rel=0.02)
    assert less["x"] < more["x"] == most["x"]
    assert all(0.0 < b["x"] and b["x"] + b["width"] < 460.0 for b in parser.rectangles)


def test_the_command_tells_it_in_every_form(home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Table, JSON and page have the figures of the model that predicted, and say that it was not trained again."""
    registry, digest = FileModels(home / "models"), predictions.formula_hash("moving_average")
    model = registry.save("moving_average", b"x", {"created_at": "x"}, promote=False)
    changed = {**model.card, **card(digest, "moving_average", group("points scored", 0.417))}
    path = home / "models" / "moving_average" / f"{model.hash}.json"
    path.write_text(json.dumps(changed), "utf-8")
    page = tmp_path / "page.html"
    try:
        code, out, _ = evaluate(capsys, home, "--html", str(page))
        assert code == 0
        for text in (out, page.read_text("utf-8")):
            assert "Importance of feature groups to moving_average" in text
            assert "Withheld after training" in " ".join(text.split())
            assert "+0.417" in text
        assert "moving_average: importance of each group</text>" in page.read_text("utf-8")
        code, out, _ = evaluate(capsys, home, "--json")
        (averages,) = json.loads(out)["ablation"]["moving_average"]
        assert (averages["group"], averages["mae"], averages["of_rows"]) == ("points scored", 0.417, 1.0)
    finally:
        path.unlink()
    code, out, _ = evaluate(capsys, home)
    assert (code, "Importance of" in out) == (0, False)
