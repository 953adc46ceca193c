"""`tipoff report`: one file that needs nothing beside it, with the date's picks, results and runs."""

from pathlib import Path
from typing import Any

from playwright.sync_api import Page

from shared.map.loader import pipeline_map
from tests.support.local import runs
from tests.support.local.runs import LAST


def test_the_file_is_whole_by_itself(
    page: Page, picks: list[dict[str, Any]], replayed: tuple[Path, dict[str, Any]], tmp_path: Path
) -> None:
    """Every pick is drawn and has its outcome, every phase is listed; nothing else is asked for, by link or by style."""
    path, asked = tmp_path / "new" / "day.html", list[str]()
    code, out, err = runs.here("report", LAST, "--system", "ensemble_v1", "--home", replayed[0], "--out", path)
    assert (code, err) == (0, "")
    assert str(path) in out
    page.on("request", lambda request: asked.append(request.url))
    page.set_viewport_size({"width": 360, "height": 740})
    page.goto(path.as_uri())
    assert asked == [path.as_uri()]
    assert page.locator(".pick").count() == page.locator("svg.distribution .ours").count() == len(picks)
    assert page.locator(".pick .outcome").count() == len(picks)
    assert "All through" in page.locator("#night").inner_text()
    for kind in pipeline_map().daily_kinds():
        assert page.locator(f"#{kind} tbody tr").count() >= len(pipeline_map().runs[kind].phases)
    assert page.locator("a").count() == page.locator("script").count() == 0
    assert page.evaluate("document.documentElement.scrollWidth") <= 360


def test_a_mistake_is_one_line(replayed: tuple[Path, dict[str, Any]], tmp_path: Path) -> None:
    """An unknown system, and a file that cannot be written; nothing is left behind."""
    asked = ("report", LAST, "--home", replayed[0])
    code, _, err = runs.here(*asked, "--system", "gut", "--out", tmp_path / "x.html")
    assert (code, err.count("\n")) == (2, 1)
    assert "no prediction of gut; there are" in err
    code, _, err = runs.here(*asked, "--system", "ensemble_v1", "--out", "/proc/nowhere/x.html")
    assert (code, err.count("\n")) == (2, 1)
    assert list(tmp_path.iterdir()) == []
