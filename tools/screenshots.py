"""Screenshots of the pages of a home for the README: `python -m tools.screenshots HOME DATE` writes docs/images/*.png.

Needs Debian's Chromium (apt-get install chromium).
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

from shared.errors import UserError

FOLDER = Path(__file__).parent.parent / "docs" / "images"
SYSTEM = "ensemble_v1"
WIDE, HIGH = 1100, 720
PORT = 8643
SCHEMES = ("light", "dark")


def main() -> None:
    """Serve the home and take every picture anew."""
    home, day = sys.argv[1:]
    chromium = shutil.which("chromium")
    if chromium is None:
        raise UserError("needs Chromium: apt-get install chromium")
    FOLDER.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-m", "tipoff", "web", "--home", home, "--port", str(PORT)]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as server:  # noqa: S603 - our own command
        assert server.stdout is not None
        server.stdout.readline()  # it listens
        try:
            with sync_playwright() as playwright:
                arguments = ["--no-sandbox"] if os.geteuid() == 0 else []
                browser = playwright.chromium.launch(executable_path=chromium, args=arguments)
                _take(browser, f"http://127.0.0.1:{PORT}", day)
                browser.close()
        finally:
            server.terminate()


def _take(browser: Browser, url: str, day: str) -> None:
    light, dark = (browser.new_page(viewport={"width": WIDE, "height": HIGH}, color_scheme=s) for s in SCHEMES)  # type: ignore[arg-type]
    light.goto(f"{url}/?date={day}&system={SYSTEM}")
    light.locator("#board").scroll_into_view_if_needed()
    light.evaluate("document.querySelector('#board').scrollIntoView()")
    light.screenshot(path=FOLDER / "tonight.png")
    best = light.locator(".pick .who a").first.get_attribute("href")
    light.goto(f"{url}{best}")
    light.screenshot(path=FOLDER / "player.png")
    dark.goto(f"{url}/record?system={SYSTEM}&by=line")
    dark.screenshot(path=FOLDER / "record.png")
    dark.goto(f"{url}/pipeline?date={day}")
    dark.screenshot(path=FOLDER / "pipeline.png")


if __name__ == "__main__":
    main()
