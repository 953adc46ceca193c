"""One headless Chromium and one server over the replayed home, for every test of the pages."""

import json
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from tests.support import needs
from tests.support.local import runs
from tests.support.local.serving import served


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """Debian's Chromium."""
    found = shutil.which("chromium")
    if found is None:
        needs.missing("needs Chromium: apt-get install chromium")
    arguments = ["--no-sandbox"] if os.geteuid() == 0 else []
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=found, args=arguments)
        yield running
        running.close()


@pytest.fixture(scope="package")
def site(replayed: tuple[Path, dict[str, Any]]) -> Iterator[str]:
    """The address of the replayed home's pages."""
    with served(replayed[0]) as url:
        yield url


@pytest.fixture
def lenient_page(browser: Browser) -> Iterator[Page]:
    """A tab in which requests may fail."""
    context = browser.new_context()
    yield context.new_page()
    context.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A tab; any error on the page's console, or in its script, fails the test."""
    context = browser.new_context()
    tab, errors = context.new_page(), list[str]()
    tab.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
    tab.on("pageerror", lambda error: errors.append(str(error)))
    yield tab
    context.close()
    assert errors == []


@pytest.fixture(scope="package")
def picks(replayed: tuple[Path, dict[str, Any]]) -> list[dict[str, Any]]:
    """What `tipoff picks` says of the second date."""
    code, out, err = runs.here("picks", runs.LAST, "--system", "ensemble_v1", "--home", replayed[0], "--json")
    assert code == 0, err
    found: list[dict[str, Any]] = json.loads(out)["picks"]
    return found
