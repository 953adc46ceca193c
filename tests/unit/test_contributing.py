"""Every command, option and path that CONTRIBUTING.md names exists."""

import re
import shlex
from importlib.util import find_spec
from pathlib import Path

import pytest
import typer.main

from tests.support.places import ROOT
from tipoff.cli.main import app

TEXT = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
MAKEFILE = (ROOT / "Makefile").read_text("utf-8")
BLOCKS = re.findall(r"```sh\n(.*?)```", TEXT, re.DOTALL)
SPANS = re.findall(r"`([^`\n]+)`", re.sub(r"```.*?```", "", TEXT, flags=re.DOTALL))
COMMANDS = [part for line in "\n".join([*BLOCKS, *SPANS]).splitlines() for part in line.partition("#")[0].split("&&")]
MADE = ("build/", "../shared/", ".venv/bin/")  # what commands write, data beside the tree, installed programs


def commands(first: str) -> list[list[str]]:
    """The words that follow `first` in each command that has it."""
    found = [command.partition(f"{first} ") for command in COMMANDS]
    return [shlex.split(re.sub("[<>]", "", rest)) for _, _, rest in found if rest]


@pytest.mark.parametrize("words", commands("make"), ids=" ".join)
def test_make_targets_exist(words: list[str]) -> None:
    """`make TARGET NAME=VALUE` names a target and a variable of the Makefile."""
    assert re.search(rf"^{words[0]}:", MAKEFILE, re.MULTILINE)
    for name in (word.partition("=")[0] for word in words[1:]):
        assert re.search(rf"^{name} \?=", MAKEFILE, re.MULTILINE), name


@pytest.mark.parametrize("words", commands("python -m"), ids=" ".join)
def test_modules_exist_and_know_their_options(words: list[str]) -> None:
    """`python -m MODULE --option PATH` names a module that can be run, options that its text has, and a path."""
    module = find_spec(words[0])
    assert module is not None
    if module.submodule_search_locations:
        module = find_spec(f"{words[0]}.__main__")
    assert module is not None
    assert module.origin
    source = Path(module.origin).read_text("utf-8")
    assert [word for word in words[1:] if word.startswith("--") and f'"{word}"' not in source] == []
    assert [word for word in words[1:] if "/" in word and not (ROOT / word).exists()] == []


@pytest.mark.parametrize("words", commands("tipoff"), ids=" ".join)
def test_commands_exist_and_know_their_options(words: list[str]) -> None:
    """`tipoff COMMAND --option` is a command with these options."""
    command, rest = typer.main.get_command(app), list(words)
    while hasattr(command, "get_command"):  # a group
        command = command.get_command(typer.Context(command), rest.pop(0))
    known = {name for parameter in command.params for name in parameter.opts}
    assert [word for word in rest if word.startswith("--") and word not in known] == []


@pytest.mark.parametrize("path", sorted({s for s in SPANS if re.fullmatch(r"[\w./<>-]+", s) and re.search(r"[/.]", s)}))
def test_paths_exist(path: str) -> None:
    """Each path in the text is there; `<name>` stands for any."""
    if not path.startswith(MADE):
        assert list(ROOT.glob(path.strip("/").replace("<name>", "*"))), path


def test_something_of_each_kind_is_named() -> None:
    """The lists above are not empty: the document's form is still the one that they are read from."""
    assert len(BLOCKS) >= 4
    assert all(len(commands(first)) >= 3 for first in ("make", "python -m", "tipoff"))
