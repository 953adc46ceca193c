"""A recipe of CONTRIBUTING.md, read from its page and followed in a copy of the tree."""

import os
import re
import subprocess
import sys
from pathlib import Path
from shutil import copy2
from textwrap import dedent
from typing import Any

import yaml

from tests.support.places import ROOT

_BLOCK = re.compile(r"^ *```\w+ (?P<file>\S+/\S+)\n(?P<text>.*?)^ *```$", re.MULTILINE | re.DOTALL)


def copy_tree(target: Path) -> Path:
    """The files that git has or would add, below `target`."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    )
    for name in filter(None, listed.stdout.split("\0")):
        if (ROOT / name).is_file():
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            copy2(ROOT / name, target / name)
    return target


def follow(heading: str, tree: Path) -> list[str]:
    """Do what the recipe below this heading says; the files that differ from ours afterwards."""
    page = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
    recipe = page.partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    for block in _BLOCK.finditer(recipe):
        _apply(tree / block["file"], dedent(block["text"]))
    run(tree, "make", "-o", "install", f"BIN={Path(sys.executable).parent}", "docs")
    files = (path for path in tree.rglob("*") if path.is_file() and "__pycache__" not in path.parts)
    names = sorted(str(path.relative_to(tree)) for path in files)
    return [n for n in names if not (ROOT / n).exists() or (tree / n).read_bytes() != (ROOT / n).read_bytes()]


def _apply(path: Path, text: str) -> None:
    """Write a new file; merge YAML into a file that is there; or insert lines below the first of each part."""
    if not path.exists():
        path.write_text(text, "utf-8")
    elif path.suffix == ".yaml":
        merged = _merged(yaml.safe_load(path.read_text("utf-8")), yaml.safe_load(text))
        path.write_text(yaml.safe_dump(merged, sort_keys=False, allow_unicode=True, width=1000), "utf-8")
    else:
        changed = path.read_text("utf-8")
        for part in text.strip("\n").split("\n\n"):
            first = part.partition("\n")[0] + "\n"
            assert changed.count(first) == 1, first
            changed = changed.replace(first, part + "\n")
        path.write_text(changed, "utf-8")


def _merged(old: Any, new: Any) -> Any:
    """Mappings merged key by key, lists one after the other."""
    if isinstance(old, dict):
        return {**old, **{key: _merged(old[key], value) if key in old else value for key, value in new.items()}}
    assert isinstance(old, list), f"{old} is there already"
    return [*old, *new]


def run(tree: Path, *command: object) -> str:
    """The output of a command that must succeed, with the copy's code."""
    environment = {**os.environ, "PYTHONPATH": str(tree), "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run(
        [str(word) for word in command], cwd=tree, env=environment, check=False, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr or done.stdout
    return done.stdout
