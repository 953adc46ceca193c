"""One command per stage: what it asks of terraform, in which order, and what it says when that does not go through."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tools.bring_up import STAGES, main

RECORDER = """#!/bin/sh
echo "$PWD $*" >> "$CALLS"
case " $REFUSED " in *" $1 "*) exit "${CODE:-1}";; esac
case "$*" in *output*) printf p-terraform-state;; esac
"""
Asked = Callable[..., list[str]]


@pytest.fixture
def asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Asked:
    """Runs the command with a terraform that only notes what it is asked; returns the notes, and what was said."""
    program = tmp_path / "terraform"
    program.write_text(RECORDER, "utf-8")
    program.chmod(0o755)
    calls = tmp_path / "calls"
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    monkeypatch.setenv("CALLS", str(calls))
    monkeypatch.delenv("STATE_BUCKET", raising=False)
    monkeypatch.setenv("ENVIRONMENT", "prod")

    def run(*arguments: str, code: int = 0, **environment: str) -> list[str]:
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        assert main(arguments) == code
        said = capsys.readouterr()
        noted = calls.read_text("utf-8").splitlines() if calls.exists() else []
        return [*(line.partition(" ")[2] for line in noted), said.out.strip() or said.err.strip()]

    return run


def test_a_stage_is_applied_then_planned_again(asked: Asked) -> None:
    """Limited to what it makes; the bootstrap's state is a file; the next stage is named."""
    init, apply, plan, said = asked("bootstrap")
    targets = [f"-target={t}" for t in STAGES["bootstrap"]["makes"]]
    assert init == "init -input=false"
    assert apply.split() == ["apply", *targets]
    assert plan.split() == ["plan", *targets, "-detailed-exitcode", "-input=false"]
    assert said == "stage bootstrap stands; next: make up-services"


def test_the_last_stage_of_the_main_root_is_the_whole_of_it(asked: Asked) -> None:
    """Its state lies in the bucket that the bootstrap made; nothing is left out of the last apply."""
    bucket, init, apply, plan, said = asked("alerts")
    assert bucket.endswith("output -raw state_bucket")
    assert init == "init -input=false -backend-config=bucket=p-terraform-state -backend-config=prefix=prod"
    assert apply == "apply -var-file=envs/prod.tfvars"
    assert plan == "plan -var-file=envs/prod.tfvars -detailed-exitcode -input=false"
    assert said == "stage alerts stands; all stages stand"


def test_a_stage_is_taken_away_alone(asked: Asked) -> None:
    """Even the last of a root destroys only what it made, and what stands on that."""
    *_, destroy, said = asked("alerts", "--down", STATE_BUCKET="b")
    assert destroy.split() == [
        "destroy",
        "-var-file=envs/prod.tfvars",
        *(f"-target={t}" for t in STAGES["alerts"]["makes"]),
    ]
    assert said == ""


@pytest.mark.parametrize(
    ("arguments", "environment", "says"),
    [
        (["moon"], {}, "no stage moon: the stages are bootstrap, services"),
        (["data"], {"ENVIRONMENT": "staging"}, "set ENVIRONMENT to dev or prod"),
        (["data"], {"REFUSED": "init"}, "terraform init failed"),
        (["services"], {"REFUSED": "apply"}, "then `make up-services`"),
        (["services"], {"REFUSED": "plan", "CODE": "2"}, "stage services is not complete"),
        (["data", "--down"], {"REFUSED": "destroy"}, "what is protected stays"),
        (["data"], {"PATH": "/nowhere", "STATE_BUCKET": "b"}, "terraform is not on the PATH"),
    ],
)
def test_what_is_wrong_is_said(asked: Asked, arguments: list[str], environment: dict[str, str], says: str) -> None:
    """One line that says what to do, and a failure."""
    assert says in asked(*arguments, code=1, **environment)[-1]
