"""What the documentation says exists, exists."""

import re

import pytest

from shared.map.loader import pipeline_map
from tests.support.places import ROOT
from tipoff.cli.main import app

README = (ROOT / "README.md").read_text("utf-8")
ARCHITECTURE = (ROOT / "docs" / "architecture.md").read_text("utf-8")


def test_every_setting_is_documented():
    """Each variable that is read stands in the table of docs/architecture.md, and no other."""
    read = set(re.findall(r"TIPOFF_[A-Z_]+", (ROOT / "shared" / "settings.py").read_text("utf-8")))
    written = set(re.findall(r"`(TIPOFF_[A-Z_]+)`", ARCHITECTURE))
    assert read == written


def test_only_settings_read_the_environment():
    """One file knows the environment's variables; the composition root hands it the environment."""
    readers = {
        str(path.relative_to(ROOT))
        for folder in ("shared", "functions")
        for path in (ROOT / folder).rglob("*.py")
        if re.search(r"os\.environ|os\.getenv", path.read_text("utf-8"))
    }
    assert readers == {"shared/bootstrap.py"}


def test_commands_in_the_readme_exist():
    """Each `tipoff COMMAND` shown is a command."""
    shown = set(re.findall(r"tipoff ([a-z]+)(?: |$)", README, re.MULTILINE))
    existing = {c.name or c.callback.__name__ for c in app.registered_commands if c.callback}
    existing |= {g.name for g in app.registered_groups if g.name}
    assert shown
    assert shown - existing == set()


@pytest.mark.parametrize(
    "path", sorted(set(re.findall(r"`((?:tests|shared|tipoff|docs|functions)/[^`*<]+)`", ARCHITECTURE + README)))
)
def test_paths_in_the_documentation_exist(path):
    """Each path that is named is there."""
    assert (ROOT / path).exists()


def test_functions_of_the_map_have_their_folder():
    """Each function of the map has a thin main and, where it computes, a core."""
    for name in pipeline_map().functions:
        main = ROOT / "functions" / name / "main.py"
        assert main.is_file()
        assert len(main.read_text("utf-8").splitlines()) <= 40


def test_no_copies_below_functions():
    """Nothing is shared by copy or by link."""
    assert not [p for p in (ROOT / "functions").rglob("*") if p.is_symlink() or p.name == "shared"]
