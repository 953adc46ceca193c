"""The tables of docs/model-card.md are those that the command makes of the stored figures."""

import json
import re
import subprocess
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from shared.errors import ContractError
from tests.support.data import history_folder
from tests.support.local import graded, homes
from tipoff.evaluation import claims
from tipoff.home import Home
from tools import model_card

TEXT = model_card.CARD.read_text("utf-8")


@pytest.fixture(scope="module")
def figures(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Figures of a home with two formulas, as they are stored."""
    home = tmp_path_factory.mktemp("graded")
    graded.fill(home)
    app, reasons = homes.make_app(home), [None, None, "too_old", "price_missing"]
    quotes = [{"player_id": n, "is_current": True, "refused_bet": reason} for n, reason in enumerate(reasons)]
    homes.put(app, "nba_analytics.player_quotes", quotes)
    app.close()
    measured = model_card.measured(Home(home), "never")
    return json.loads(json.dumps({"commit": "abc1234", "homes": [measured]}))


def test_the_card_shows_the_stored_figures() -> None:
    """After a change of a figure or of the code that writes it, run `make docs`; a figure edited by hand is replaced."""
    figures = model_card.stored()
    assert model_card.tables_of(figures) in TEXT
    assert model_card.summary_of(figures) in TEXT
    assert model_card.card(TEXT, figures) == TEXT
    assert model_card.card(TEXT.replace("|champion|", "|champion|9.999|"), figures) == TEXT


def test_a_card_that_claims_more_is_not_written() -> None:
    """A sentence by hand without an interval fails, whatever the figures."""
    with pytest.raises(ContractError, match="no interval: The champion is better than the line"):
        model_card.card(TEXT + "\nThe champion is better than the line.\n", model_card.stored())


def test_the_card_is_short() -> None:
    """At most 1,200 words, tables included."""
    assert len(TEXT.split()) <= 1200


def test_a_table_has_the_home_s_figures_and_origin(figures: dict[str, Any]) -> None:
    """Command, dates, code and refused quotes stand above; each system has its figures, those with less CRPS first."""
    text = model_card.tables_of(figures)
    home = figures["homes"][0]
    assert f"--from {home['first']} --to {home['last']} --retrain never" in text
    assert "Code abc1234" in text
    assert "Quotes: 2 usable, 1 price_missing, 1 too_old." in text
    rows = [line.strip("|").split("|") for line in text.splitlines() if line.startswith("|")][2:]
    assert [row[0] for row in rows] == [s["system"] for s in home["systems"]]
    assert [row[2] for row in rows] == [f"{s['mae']:.3f}" for s in home["systems"]]
    assert [s["system"] for s in home["systems"]] == ["zone_matchup_v1", "moving_average"]
    for row, system in zip(rows, home["systems"], strict=True):
        assert row[3] == f"{system['mae_lead']:+.3f} too few dates (1 < 20) on {system['mae_best']}"


def lead(system: str, score: str, low: float, high: float) -> dict[str, Any]:
    """A system's stored lead in one score."""
    middle = (low + high) / 2
    evidence = {f"{score}_best": "the line", f"{score}_rows": 5000, f"{score}_dates": 80}
    return {"system": system, f"{score}_lead": middle, f"{score}_lead_95": [low, high], **evidence}


@pytest.mark.parametrize(("second", "said"), [
    ((0.02, 0.04), "- CRPS: no system is shown to be better than, or level with, its best baseline on each of the 2 spans"),
    ((0.1, 0.2), "- champion is better than the line in CRPS: +0.1500 (+0.1000, +0.2000), 5,000 rows on 80 dates. champion"),
])  # fmt: skip
def test_the_summary_claims_what_every_span_shows(second: tuple[float, float], said: str) -> None:
    """Better on both spans gives each claim with its interval; better on one and worse on another gives none."""
    sign = -1.0 if second[0] < 0.1 else 1.0
    spans = [[lead("champion", "crps", 0.1, 0.2)], [lead("champion", "crps", *sorted(sign * v for v in second))]]
    text = model_card.summary_of({"homes": [{"systems": rows} for rows in spans]})
    assert said in text
    assert "- MAE: not shown; no baseline was measured." in text
    assert claims.refusals(text) == []


def test_homes_are_measured_stored_and_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The command with a home stores its figures under the date, and the card shows them and nothing of before."""
    graded.fill(tmp_path / "home")
    text = rewritten(tmp_path, monkeypatch, ["--commit", "abc1234", str(tmp_path / "home")])
    assert len(list(tmp_path.glob("20??-??-??-model-card.json"))) == 1
    figures = model_card.stored()
    summary, tables = model_card.summary_of(figures), model_card.tables_of(figures)
    assert re.sub(r"<!--.*?-->", "", text) == f"Before.\n\n\n\n{summary}\n\n\n\n\n\n{tables}\n\n\n\nAfter.\n"


def seasons(folder: Path, *more: date) -> Path:
    """A history folder of two dates in January 2024, and of these."""
    games = [{**history_folder.ROWS["games"][0], "game_date": day} for day in more]
    history_folder.write(folder, "games", [*history_folder.ROWS["games"], *games])
    return history_folder.write(folder, "box_scores", history_folder.ROWS["box_scores"]).parent


def test_seasons_are_replayed_and_then_measured(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One command: each season's dates are replayed into a home of its own, and the card shows these homes."""
    data = seasons(tmp_path, date(2023, 1, 10), date(2023, 3, 1))
    asked: list[list[str]] = []

    def replay(command: list[str], **_: Any) -> subprocess.CompletedProcess[str]:
        if "replay" in command:
            asked.append(command[command.index("replay") :])
            graded.fill(Path(command[-1]))
        return subprocess.CompletedProcess(command, 0, "abc1234\n")

    monkeypatch.setattr(model_card.subprocess, "run", replay)
    given = ["--data", str(data), "--homes", str(tmp_path / "homes"), "--retrain", "monthly"]
    rewritten(tmp_path, monkeypatch, [*given, "--season", "2022-23", "--season", "2023-24"])
    dates = ["2023-01-10", "2023-03-01"], ["2024-01-10", "2024-01-11"]
    assert asked == [
        ["replay", "--data", str(data), "--from", first, "--to", last, "--retrain", "monthly", "--home", str(home)]
        for (first, last), home in zip(
            dates, (tmp_path / "homes" / "2022-23", tmp_path / "homes" / "2023-24"), strict=True
        )
    ]
    figures = model_card.stored()
    assert (figures["commit"], [h["retrain"] for h in figures["homes"]]) == ("abc1234", ["monthly"] * 2)


@pytest.mark.parametrize(("arguments", "message"), [
    (["--season", "2023-24"], "--data is needed"),
    (["some/home"], "--commit is needed"),
    (["--data", "DATA", "--season", "2019-20"], "no game of 2019-20 in .*; there are 2023-24"),
])  # fmt: skip
def test_a_mistake_ends_before_any_work(
    arguments: list[str], message: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Exit code 2 and what to do."""
    data = seasons(tmp_path)
    with pytest.raises(SystemExit) as ended:
        model_card.main([str(data) if a == "DATA" else a for a in arguments])
    assert ended.value.code == 2
    assert re.search(message, capsys.readouterr().err.replace("\n", " "))


def rewritten(folder: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str]) -> str:
    """A card of markers only, after the command, with the records in the same folder."""
    marked = [f"{model_card.BEGIN.format(n)}\nold\n{model_card.END.format(n)}\n" for n in ("summary", "tables")]
    card = folder / "card.md"
    card.write_text("Before.\n\n" + "\n".join(marked) + "\nAfter.\n", "utf-8")
    monkeypatch.setattr(model_card, "CARD", card)
    monkeypatch.setattr(model_card, "RECORDS", folder)
    model_card.main(arguments)
    return card.read_text("utf-8")
