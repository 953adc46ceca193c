"""The runbooks name what exists: tests, alerts, rules, commands, and events that the functions would take."""

import re
import shlex

import pytest
from typer.main import get_command

from tests.infra.policy import RULES
from tests.support.places import ROOT
from tipoff.cli.main import app

TEXT = (ROOT / "docs" / "operations.md").read_text("utf-8")
RUNBOOKS = re.split(r"^## ", TEXT, flags=re.MULTILINE)[1:]
NUMBERED = [r for r in RUNBOOKS if r[0].isdigit()]
ALERTS = set(re.findall(r"^    (\w+) = \{$", (ROOT / "terraform" / "monitoring.tf").read_text("utf-8"), re.MULTILINE))
COMMANDS = [
    line.partition("#")[0] for block in re.findall(r"```\n(.*?)```", TEXT, re.DOTALL) for line in block.splitlines()
]


def test_twenty_failures_have_their_runbook() -> None:
    """Each of the twenty, in order, with the check that catches it and the commands that repair it."""
    assert [int(r.split(".")[0]) for r in NUMBERED] == list(range(1, 21))
    for runbook in NUMBERED:
        assert "**Caught by**" in runbook
        assert "**Repair" in runbook
        assert "```\n" in runbook


@pytest.mark.parametrize("named", sorted(set(re.findall(r"`(tests/[\w/]+\.py)(?:::(\w+))?`", TEXT))))
def test_named_tests_exist(named: tuple[str, str]) -> None:
    """A file that is there, and in it the test if one is named."""
    path, test = named
    source = (ROOT / path).read_text("utf-8")
    assert not test or f"def {test}(" in source


def test_named_alerts_and_rules_exist() -> None:
    """Every alert named is one of Terraform's, every one of Terraform's is named; so are the rules."""
    assert ALERTS
    assert {a for a in ALERTS if f"`{a}`" in TEXT} == ALERTS
    for word in re.findall(r"alerts? ((?:`\w+`(?:, | and )?)+)", TEXT):
        assert set(re.findall(r"`(\w+)`", word)) <= ALERTS
    for rule in re.findall(r"rule\s+`(\w+)`", TEXT):
        assert rule in RULES


@pytest.mark.parametrize("line", sorted({c[c.index("tipoff ") :] for c in COMMANDS if "tipoff " in c}))
def test_commands_exist(line: str) -> None:
    """Each command is one of ours, with options that it has and the arguments that it wants."""
    words = shlex.split(line)[1:]
    command = get_command(app)
    while words and (inner := getattr(command, "commands", {}).get(words[0])):
        command, words = inner, words[1:]
    context = command.make_context("tipoff", words, resilient_parsing=False)
    assert context.params
