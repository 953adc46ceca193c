"""The track record: the figures of `tipoff evaluate`, the complete denominator, and every mark of its plots."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page

from tests.support.local import runs


@pytest.fixture(scope="module")
def report(replayed: tuple[Path, dict[str, Any]]) -> dict[str, Any]:
    """What the command says, split by side."""
    code, out, err = runs.here("evaluate", "--home", replayed[0], "--by", "side", "--system", "ensemble_v1", "--json")
    assert code == 0, err
    found: dict[str, Any] = json.loads(out)
    return found


def test_the_figures_are_those_of_the_evaluation(page: Page, site: str, report: dict[str, Any]) -> None:
    """A row a system and side; wins, losses and the rest add up to every prediction that was issued."""
    page.goto(f"{site}/record?system=ensemble_v1&by=side")
    for outcome, count in report["outcomes"].items():
        assert f"{outcome}\n{count:,}" in page.locator("#record dl").inner_text()
    table = page.locator("section.figures", has_text="Chances against the line").first
    rows = table.locator("tbody tr")
    assert rows.count() == len(report["systems"]) > 0
    shown = [r["hit_rate"] for r in report["systems"]]
    at = table.locator("thead th").all_text_contents().index("hit rate")
    assert rows.locator(f":nth-child({at + 1})").all_text_contents() == [f"{v:.1%}" for v in shown]


def test_every_mark_of_the_plots_is_there(page: Page, site: str, report: dict[str, Any]) -> None:
    """A dot a bin of the reliability plot, three bars a bucket of lines."""
    page.goto(f"{site}/record?system=ensemble_v1&by=line")
    plot = page.locator("#record svg[aria-label^='Reliability, all lines']")
    rows = int(re.findall(r"([\d,]+) rows", plot.get_attribute("aria-label") or "")[0].replace(",", ""))
    assert plot.locator("circle").count() == min(10, rows // 40) > 0
    table = page.locator("section.figures", has_text="Points").first
    buckets = table.locator("tbody tr.shown").count()
    assert page.locator("#record svg[aria-label^='Mean absolute'] rect").count() == 3 * buckets > 0


def test_the_form_narrows_the_dates(page: Page, site: str) -> None:
    """A span without a graded prediction says so instead of showing nothing."""
    page.goto(f"{site}/record?system=ensemble_v1")
    page.get_by_label("From").fill("2030-01-01")
    page.get_by_role("button", name="Show").click()
    assert "no graded prediction with a line between these dates" in page.locator("#record").inner_text()
