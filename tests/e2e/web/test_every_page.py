"""What holds for every page: no error, readable by everybody, on a phone, by keyboard, without script."""

from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

from tests.support.local.runs import LAST

SYSTEM = "ensemble_v1"
PAGES = {
    "tonight": f"/?date={LAST}&system={SYSTEM}&q=al",  # some of the picks: axe looks at every node
    "without picks": f"/?date={LAST}&system=market",
    "no games": "/?date=2025-07-01",
    "player": f"/player/{{player}}?date={LAST}&system={SYSTEM}",
    "models": "/models",
    "record": f"/record?system={SYSTEM}",
    "pipeline": f"/pipeline?date={LAST}",
}
every_page = pytest.mark.parametrize("address", PAGES.values(), ids=PAGES)


@pytest.fixture
def path(address: str, picks: list[dict[str, Any]]) -> str:
    """The page's path, with the player of the best pick."""
    return address.format(player=picks[0]["player_id"])


@every_page
def test_axe_finds_nothing_serious(page: Page, site: str, path: str) -> None:
    """Names, roles, order and contrast of every page; contrast in dark too."""
    page.emulate_media(color_scheme="light")
    page.goto(site + path)
    found = Axe().run(page).response["violations"]
    page.emulate_media(color_scheme="dark")
    found += Axe().run(page, options={"runOnly": ["color-contrast"]}).response["violations"]
    serious = [(v["id"], v["nodes"][0]["html"]) for v in found if v["impact"] in ("serious", "critical")]
    assert serious == []


@every_page
def test_a_phone_scrolls_in_one_direction(page: Page, site: str, path: str) -> None:
    """At 360 pixels nothing is wider than the screen; what is scrolls by itself."""
    page.set_viewport_size({"width": 360, "height": 740})
    page.goto(site + path)
    assert page.evaluate("document.documentElement.scrollWidth") <= 360


@every_page
def test_the_strip_says_how_it_stands(page: Page, site: str, path: str) -> None:
    """Every page: the verdict in a word, how old the data is, and the next check."""
    page.goto(site + path)
    strip = page.locator("#strip").inner_text()
    assert strip.split()[0] in ("WHOLE", "DEGRADED", "LATE", "BROKEN", "NO", "ON")
    assert "data as of" in strip
    assert "nothing more is scheduled" in strip


@every_page
def test_the_keyboard_reaches_the_content(page: Page, site: str, path: str) -> None:
    """The first Tab is the link to the content, which is where Enter leads; the next ones are the pages."""
    page.goto(site + path)
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"
    page.locator("nav a").first.focus()
    names = []
    for _ in range(page.locator("nav a").count()):
        names.append(page.evaluate("document.activeElement.textContent"))
        page.keyboard.press("Tab")
    assert names == page.locator("nav a").all_text_contents()


@every_page
def test_a_page_needs_no_script(browser: Browser, site: str, path: str) -> None:
    """The content is the same with script switched off."""
    texts = []
    for has_script in (True, False):
        context = browser.new_context(java_script_enabled=has_script)
        tab = context.new_page()
        tab.goto(site + path)
        texts.append(tab.locator("main").inner_text())
        context.close()
    assert texts[0] == texts[1]
