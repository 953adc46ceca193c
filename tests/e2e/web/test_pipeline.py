"""The pipeline: missing is red, each red cell leads to its evidence and its command, and completions arrive live."""

from datetime import timedelta
from pathlib import Path

from playwright.sync_api import Page, expect

from shared.map.loader import pipeline_map
from tests.support.local.homes import DAY, NOW, completion, make_app, play
from tests.support.local.runs import FIRST, LAST
from tests.support.local.serving import served

UNSEEN = {"kind": "phase", "about": f"{DAY}.pregame", "sentence": "it hangs", "command": "tipoff up", "state": "open"}


def test_the_grid_has_a_cell_for_every_date_and_phase(page: Page, site: str) -> None:
    """Of both replayed dates, all complete; each cell says its date, phase and state."""
    m = pipeline_map()
    phases = [f"{kind} {phase}" for kind in m.daily_kinds() for phase in m.runs[kind].phases]
    page.goto(f"{site}/pipeline")
    cells = page.locator("table.grid a.cell")
    assert [c.get_attribute("aria-label") for c in cells.all()] == [
        f"{day} {phase}: complete" for day in (LAST, FIRST) for phase in phases
    ]


def test_a_timeline_has_a_bar_for_every_phase_and_unit(page: Page, site: str) -> None:
    """Of the run's newest generation, inside the frame."""
    page.goto(f"{site}/pipeline?date={LAST}")
    for kind in pipeline_map().daily_kinds():
        done = page.locator(f"#{kind} table.phases tbody tr:not(.unit)")
        units = sum(int(text.split("/")[1]) for text in done.locator("td:nth-of-type(2)").all_text_contents())
        page.locator(f"#{kind}-timeline summary").click()
        assert page.locator(f"#{kind} svg.timeline .phase").count() == done.count()
        assert page.locator(f"#{kind} svg.timeline .unit").count() == units


def test_a_red_cell_leads_to_its_evidence_and_its_command(lenient_page: Page, tmp_path: Path) -> None:
    """A failed phase names the unit and why; a date on which nothing ran is as red as one that failed."""
    failed = {"raw.odds_api_player_points_props": completion("failed", "it answered 500")}
    app, page = make_app(tmp_path), lenient_page
    play(app, "pregame", given=failed)
    play(app, "pregame", DAY + timedelta(days=2))
    app.close()
    with served(tmp_path) as url:
        page.goto(f"{url}/pipeline?date={DAY + timedelta(days=2)}")
        page.goto(f"{url}/pipeline?date={DAY}")
        page.get_by_label(f"{DAY} pregame raw:").click()
        assert page.url.endswith(f"date={DAY}#pregame-raw")
        assert "it answered 500" in page.locator("#pregame").inner_text()
        command = f"tipoff rerun {DAY} --kind pregame --only failed --home {tmp_path}"
        assert command in page.locator("#pregame-raw").inner_text()
        missed = page.locator(f"a.cell.missing[href*='{DAY}'][href*='postgame']").first
        assert missed.inner_text() == "✗"
        assert f"tipoff request postgame {DAY}" in page.locator("#postgame").inner_text()


def test_what_happens_arrives_without_reloading(lenient_page: Page, tmp_path: Path) -> None:
    """A completion turns its cell, an alert is listed; open details stay open, and the page is the same one."""
    app, page = make_app(tmp_path), lenient_page
    play(app, "pregame", until="raw")
    with served(tmp_path) as url:
        page.goto(f"{url}/pipeline?date={DAY}")
        page.evaluate("window.isTheSame = true")
        cell = page.locator(f"table.grid a[aria-label^='{DAY} pregame raw:']")
        expect(cell).to_have_text("!")
        page.locator("#pregame-timeline summary").click()
        play(app, "pregame")
        app.state.create("alerts", f"{DAY}.pregame.x", {**UNSEEN, "at": NOW.isoformat()})
        expect(cell).to_have_text("✓", timeout=10_000)
        expect(page.locator("#look")).to_contain_text("it hangs")
        expect(page.locator("#pregame-timeline")).to_have_attribute("open", "")
        assert page.evaluate("window.isTheSame")
    app.close()


def test_a_page_says_when_its_connection_is_lost(lenient_page: Page, tmp_path: Path) -> None:
    """A board that no longer follows never looks like one that does."""
    page = lenient_page
    make_app(tmp_path).close()
    with served(tmp_path) as url:
        page.goto(f"{url}/pipeline?date={DAY}")
        expect(page.locator(".offline")).to_be_hidden()
    expect(page.locator(".offline")).to_be_visible(timeout=10_000)
