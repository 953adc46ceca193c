"""Tonight: the picks of `tipoff picks`, drawn; passes, withdrawn picks and the availability desk beside them."""

from typing import Any

from playwright.sync_api import Page

from tests.support.local.runs import LAST

PATH = f"/?date={LAST}&system=ensemble_v1"


def test_the_board_has_the_commands_picks_in_their_order(page: Page, site: str, picks: list[dict[str, Any]]) -> None:
    """Player, side, line and book of each."""
    page.goto(site + PATH)
    assert page.locator(".pick .who a").all_text_contents() == [p["player_name"] for p in picks]
    bets = page.locator(".pick .bet strong").all_text_contents()
    assert bets == [f"{p['side']} {p['line']:g}" for p in picks]
    assert all(p["bookmaker"] in t for p, t in zip(picks, page.locator(".pick .bet").all_text_contents(), strict=True))


def test_every_pick_is_drawn(page: Page, site: str, picks: list[dict[str, Any]]) -> None:
    """Our distribution and the line in each chart, the market's where it has one, and a bar of the three chances."""
    page.goto(site + PATH)
    count = len(picks)
    assert count > 0
    assert page.locator("svg.distribution").count() == count
    assert page.locator("svg.distribution .ours").count() == count
    assert page.locator("svg.distribution .line").count() == count
    assert page.locator("svg.distribution .market").count() >= count * 0.9
    assert page.locator("svg.chances rect").count() == 3 * count


def test_filters_narrow_the_board(page: Page, site: str, picks: list[dict[str, Any]]) -> None:
    """Side and player, by the form; the count says of how many; a filter that leaves nothing says so."""
    overs = [p for p in picks if p["side"] == "OVER"]
    assert 0 < len(overs) < len(picks)
    page.goto(site + PATH)
    page.get_by_label("Side").select_option("OVER")
    page.get_by_role("button", name="Show").click()
    assert page.locator(".pick").count() == len(overs)
    assert f"{len(overs)} of {len(picks)}" in page.locator("#board-h").inner_text()
    page.get_by_label("Player").fill(overs[0]["player_name"].upper())
    with page.expect_navigation():
        page.keyboard.press("Enter")
    assert page.locator(".pick .who a").all_text_contents() == [overs[0]["player_name"]]
    page.goto(f"{site}{PATH}&q=zzz")
    assert "No pick passes these filters" in page.locator("#board").inner_text()


def test_what_is_passed_says_why(page: Page, site: str, picks: list[dict[str, Any]]) -> None:
    """Picks and passes together are all predictions of the date."""
    page.goto(site + PATH)
    passed = sum(int(text.split()[0]) for text in page.locator("#passed summary").all_text_contents())
    page.goto(f"{site}/?date={LAST}&system=market")
    assert len(picks) + passed > len(picks)
    assert "market has no pick" in page.locator("#board").inner_text()


def test_an_empty_board_says_which_kind_it_is(page: Page, site: str) -> None:
    """No game that date, and no such system, are different sentences."""
    page.goto(f"{site}/?date=2025-07-01")
    assert "No game of 2025-07-01" in page.locator("#board").inner_text()
    page.goto(f"{site}/?date={LAST}&system=gut")
    assert "no prediction of gut, which is no system here" in page.locator("#board").inner_text()
