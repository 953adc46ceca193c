"""A player's page: last games against the line then offered, tonight by every system, what moved the prediction."""

import json
from pathlib import Path
from typing import Any

from playwright.sync_api import Page

from tests.support.local import runs
from tests.support.local.runs import LAST


def test_a_pick_leads_to_its_player(page: Page, site: str, picks: list[dict[str, Any]]) -> None:
    """By the link of the board, of the same date and system; every system is listed beside the others."""
    page.goto(f"{site}/?date={LAST}&system=ensemble_v1")
    page.locator(".pick .who a").first.click()
    assert page.locator("h1").inner_text() == picks[0]["player_name"]
    assert f"{picks[0]['predicted_points']:.1f} points" in page.locator("#prediction").inner_text()
    shown = page.locator("#systems tbody th").all_text_contents()
    assert {"ensemble_v1", "champion", "market", "moving_average"} <= set(shown)
    assert page.locator("#systems tr.shown th").all_text_contents() == ["ensemble_v1"]


def test_every_game_is_a_bar_and_a_row(
    page: Page, site: str, picks: list[dict[str, Any]], replayed: tuple[Path, dict[str, Any]]
) -> None:
    """The last twenty that he played before the date, with his points; a mark for each line then offered."""
    player = picks[0]["player_id"]
    sql = (
        "SELECT points FROM nba_analytics.player_game_summary WHERE player_id = ? AND game_date < ? AND NOT is_dnp"
        " ORDER BY game_date DESC LIMIT 20"
    )
    points = [row[0] for row in runs.rows(replayed[0], sql, player, LAST)]
    page.goto(f"{site}/player/{player}?date={LAST}&system=ensemble_v1")
    assert page.locator("svg.games rect.game").count() == len(points) > 0
    page.locator("#games-table summary").click()
    rows = page.locator("#games-table tbody tr")
    assert [int(t) for t in rows.locator("td:nth-of-type(2)").all_text_contents()] == points
    lined = [t for t in rows.locator("td:nth-of-type(3)").all_text_contents() if t]
    assert page.locator("svg.games path.line").count() == len(lined)
    assert page.locator("svg.distribution .ours").count() == 1


def test_why_is_what_the_command_explains(
    page: Page, site: str, picks: list[dict[str, Any]], replayed: tuple[Path, dict[str, Any]]
) -> None:
    """The same stages, and causes that add up from start to end."""
    player = picks[0]["player_id"]
    _, out, _ = runs.here("explain", player, LAST, "--system", "ensemble_v1", "--home", replayed[0], "--json")
    stages = json.loads(out)["stages"]
    page.goto(f"{site}/player/{player}?date={LAST}&system=ensemble_v1")
    page.get_by_role("link", name="Show what moved this prediction").click()
    assert page.locator("#why h3").count() == len(stages)
    members = [c["words"] for c in stages[0]["causes"]]
    assert [t.split(" weight")[0] for t in page.locator("#why tbody td:nth-child(2)").all_text_contents()] == members


def test_the_registry_has_every_model_and_marks_the_one_in_use(
    page: Page, site: str, replayed: tuple[Path, dict[str, Any]]
) -> None:
    """One row a model of `tipoff models list`; its gates and the dates that it predicted."""
    _, out, _ = runs.here("models", "list", "--home", replayed[0], "--json")
    cards = json.loads(out)
    page.goto(f"{site}/models")
    assert page.locator("table.models tbody tr").count() == len(cards)
    in_use = page.locator("table.models tr.shown th").all_text_contents()
    assert sorted(in_use) == sorted(c["hash"][:12] for c in cards if c["is_current"])
    champion = page.locator("#models-champion tr.shown").inner_text()
    assert str(LAST) in champion
