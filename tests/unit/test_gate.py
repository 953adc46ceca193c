"""There is one gate, `.ci/run`: GitHub's workflow runs it as it is, and it ends with `make check`."""

from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parents[2]
JOBS = yaml.safe_load((ROOT / ".github" / "workflows" / "ci.yml").read_text("utf-8"))["jobs"]
GATE = "bash .ci/run"


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
