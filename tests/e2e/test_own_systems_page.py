"""docs/own-systems.md, followed to the letter in an empty folder."""

import json
import re
import runpy
import shlex
from collections.abc import Iterator
from pathlib import Path
from shutil import copytree
from typing import Any

import pytest

from tests.support.local import runs
from tests.support.places import ROOT

_BLOCK = re.compile(r"^```(?:sh|python (?P<file>\S+))\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)


def steps() -> Iterator[tuple[str | None, str]]:
    """The page's blocks in order: a file's name and text, or None and a command line."""
    for block in _BLOCK.finditer((ROOT / "docs" / "own-systems.md").read_text("utf-8")):
        if block["file"]:
            yield block["file"], block["text"]
        else:
            yield from ((None, line) for line in block["text"].splitlines())


def test_both_examples_lead_to_a_row_in_evaluate(
    demo: tuple[Path, dict[str, Any]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """From an empty folder: each command of the page succeeds, and both systems have their row beside the others.

    `tipoff demo` is the one that every test of it shares; all else is done as the page says.
    """
    monkeypatch.chdir(tmp_path)
    shown = []
    for file, text in steps():
        if file:
            Path(file).write_text(text, "utf-8")
        elif text == "tipoff demo --home home":
            copytree(demo[0], "home")
        elif text.startswith("python "):
            runpy.run_path(shlex.split(text)[1])
        else:
            program, *arguments = shlex.split(text)
            code, out, err = runs.here(*arguments)
            assert (program, code, err) == ("tipoff", 0, ""), text
            shown.append(out)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["elsewhere.csv", "elsewhere.py", "home", "mine.py"]
    report = json.loads(runs.here("evaluate", "--home", "home", "--json")[1])
    rows = {r["system"]: r for r in report["systems"]}
    assert {"mine", "elsewhere", "champion"} <= set(rows)
    assert rows["mine"]["rows"] == rows["champion"]["rows"]
    assert rows["mine"]["mae"] < rows["champion"]["mae"] + 1.0
    assert len(shown) == 5
