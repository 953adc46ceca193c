"""The tables of docs/model-card.md are those that the command makes of the stored figures."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.support.local import graded
from tipoff.home import Home
from tools import model_card

TEXT = model_card.CARD.read_text("utf-8")


@pytest.fixture(scope="module")
def figures(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Figures of a home with two formulas, as they are stored."""
    home = tmp_path_factory.mktemp("graded")
    graded.fill(home)
    measured = model_card.measured(Home(home), "never")
    return json.loads(json.dumps({"commit": "abc1234", "homes": [measured]}))


def test_the_card_has_the_tables_of_the_stored_figures() -> None:
    """After a change of a figure or of the code that writes it, run `make docs`; a figure edited by hand is replaced."""
    tables = model_card.tables_of(model_card.stored())
    assert tables in TEXT
    assert model_card.card(TEXT, tables) == TEXT
    assert model_card.card(TEXT.replace("|champion|", "|champion|9.999|"), tables) == TEXT


def test_the_card_is_short() -> None:
    """At most 1,200 words, tables included."""
    assert len(TEXT.split()) <= 1200


def test_a_table_has_the_home_s_figures_and_origin(figures: dict[str, Any]) -> None:
    """Command, dates and code stand above; each system has the figures of the evaluation, better systems first."""
    text = model_card.tables_of(figures)
    home = figures["homes"][0]
    assert f"--from {home['first']} --to {home['last']} --retrain never" in text
    assert "Code abc1234" in text
    rows = [line.strip("|").split("|") for line in text.splitlines() if line.startswith("|")][2:]
    assert [row[0] for row in rows] == [s["system"] for s in home["systems"]]
    assert [row[2] for row in rows] == [f"{s['mae']:.3f}" for s in home["systems"]]
    assert [float(row[2]) for row in rows] == sorted(float(row[2]) for row in rows)


def test_homes_are_measured_stored_and_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The command with a home stores its figures under the date, and the card shows them and nothing of before."""
    graded.fill(tmp_path / "home")
    card = tmp_path / "card.md"
    card.write_text(f"Before.\n\n{model_card.BEGIN}\nold\n{model_card.END}\n\nAfter.\n", "utf-8")
    monkeypatch.setattr(model_card, "CARD", card)
    monkeypatch.setattr(model_card, "RECORDS", tmp_path)
    model_card.main(["--commit", "abc1234", str(tmp_path / "home")])
    assert len(list(tmp_path.glob("20??-??-??-model-card.json"))) == 1
    tables = model_card.tables_of(model_card.stored())
    assert card.read_text("utf-8") == f"Before.\n\n{model_card.BEGIN}\n\n{tables}\n\n{model_card.END}\n\nAfter.\n"


def test_the_card_claims_no_more_than_its_intervals() -> None:
    """No system beats the line, or makes money, beyond its interval in every home: the card says that none is shown to."""
    homes = [{row["system"]: row for row in home["systems"]} for home in model_card.stored()["homes"]]
    assert len(homes) >= 2
    for system in homes[0]:
        assert any(home[system]["mae_against_line_95"][1] >= 0 for home in homes)
        assert all(home[system]["roi_95"][0] <= 0 for home in homes)
    assert "no system is shown to be better than the betting line" in TEXT
