"""There is one gate, `.ci/run`: GitHub's workflow runs it as it is, and the git hooks run a part of it."""

import re

import yaml

from tests.support.places import ROOT

JOBS = yaml.safe_load((ROOT / ".github" / "workflows" / "ci.yml").read_text("utf-8"))["jobs"]
GATE = "bash .ci/run"
HOOKS = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text("utf-8"))["repos"]


def test_github_runs_the_gate_before_anything_else():
    """One job runs the gate and builds the zips after it; every other job waits for that job."""
    commands = {name: [step["run"] for step in job["steps"] if "run" in step] for name, job in JOBS.items()}
    assert [name for name, lines in commands.items() if GATE in lines] == ["test"]
    assert commands["test"] == [GATE, "make package"]
    assert [name for name, job in JOBS.items() if "test" not in job.get("needs", [])] == ["test"]


def test_the_workflow_installs_the_emulators_that_the_gate_requires():
    """Without both of them the gate would fail on GitHub: it never skips their tests."""
    assert "export TIPOFF_REQUIRE_EMULATORS=1" in (ROOT / ".ci" / "run").read_text("utf-8")
    installed = [s["with"]["install_components"] for s in JOBS["test"]["steps"] if "setup-gcloud" in s.get("uses", "")]
    assert installed == ["cloud-firestore-emulator,pubsub-emulator"]


def test_the_gate_ends_with_make_check():
    """The same checks run for a contributor and in the gate, and the tests' summary is the last thing printed."""
    assert (ROOT / ".ci" / "run").read_text("utf-8").splitlines()[-1] == "make check"


def test_hooks_download_nothing():
    """Every hook is our own and runs a program of .venv, so that the lock file pins it too."""
    assert [repo["repo"] for repo in HOOKS] == ["local"]
    assert {hook["language"] for hook in HOOKS[0]["hooks"]} == {"system"}
    assert all(hook["entry"].startswith(".venv/bin/") for hook in HOOKS[0]["hooks"])


def test_hooks_are_a_part_of_the_gate():
    """Each check before a commit is a line of `make check`, or tests of which make check runs all."""
    recipe = re.search(r"^check:.*\n((?:\t.*\n)+)", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE)
    assert recipe
    checks = [line.strip().replace("$(BIN)", ".venv/bin") for line in recipe[1].splitlines()]
    before = [hook["entry"] for hook in HOOKS[0]["hooks"] if "stages" not in hook]
    tests = [entry for entry in before if " -m pytest " in entry]
    assert [entry for entry in before if entry not in tests] == checks[: len(before) - len(tests)]
    assert checks[-1].startswith(".venv/bin/python -m pytest $(PARALLEL) --cov ")
    paths = [path for entry in tests for path in entry.partition(" -m pytest ")[2].split()]
    assert paths
    assert [path for path in paths if not (ROOT / path).exists()] == []
