"""Apply or take away one stage of the deployment: `python -m tools.bring_up STAGE`, or `make up-STAGE`.

terraform/stages.yaml lists the stages in their order. A stage may be applied again at any time: what stands is left
alone, and what an interruption left out is made. Variables come from TF_VAR_…; terraform shows its plan and asks first.
"""

import argparse
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import yaml

from shared.errors import UserError
from tools import ROOT

MAIN = "terraform"
STAGES: dict[str, dict[str, Any]] = yaml.safe_load((ROOT / MAIN / "stages.yaml").read_text("utf-8"))
NOTHING_TO_DO = 0  # of terraform plan -detailed-exitcode


@dataclass(frozen=True)
class Stage:
    """One stage: what it makes, and what a first apply of it is limited to: nothing, for the last of its root."""

    name: str
    root: str
    makes: Sequence[str]
    targets: Sequence[str]

    def terraform(self, command: str, targets: Sequence[str], *arguments: str) -> int:
        """Run terraform in the stage's root, limited to the targets; the exit code."""
        return self._run(command, *self._variables(), *(f"-target={t}" for t in targets), *arguments)

    def init(self) -> None:
        """Configure the state: the bootstrap's is a file, the main root's lies in the bucket of the bootstrap."""
        backend: list[str] = []
        if self.root == MAIN:
            backend = [f"-backend-config=bucket={_state_bucket()}", f"-backend-config=prefix={_environment()}"]
        if self._run("init", "-input=false", *backend) != 0:
            raise UserError(f"terraform init failed in {self.root}")

    def _variables(self) -> list[str]:
        return [f"-var-file=envs/{_environment()}.tfvars"] if self.root == MAIN else []

    def _run(self, *arguments: str) -> int:
        if shutil.which("terraform") is None:
            raise UserError("terraform is not on the PATH: install 1.9 or newer")
        command = ["terraform", *arguments]
        return subprocess.run(command, cwd=ROOT / self.root, check=False).returncode  # noqa: S603 - no shell


def _environment() -> str:
    """Which variables to use, from ENVIRONMENT."""
    found = os.environ.get("ENVIRONMENT", "")
    if not (ROOT / MAIN / "envs" / f"{found}.tfvars").is_file():
        raise UserError("set ENVIRONMENT to dev or prod")
    return found


def _state_bucket() -> str:
    """STATE_BUCKET, or the bootstrap's output; UserError before the bootstrap."""
    if given := os.environ.get("STATE_BUCKET"):
        return given
    command = ["terraform", f"-chdir={ROOT / 'terraform' / 'bootstrap'}", "output", "-raw", "state_bucket"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - no shell
    if done.returncode != 0 or not done.stdout:
        raise UserError(
            "the bucket of the state is not known: bring up the stages before this one, or set STATE_BUCKET"
        )
    return done.stdout


def stage(name: str) -> Stage:
    """The stage of that name; UserError with the names that there are."""
    if name not in STAGES:
        raise UserError(f"no stage {name}: the stages are {', '.join(STAGES)}")
    root, makes = STAGES[name]["root"], STAGES[name]["makes"]
    last = [n for n, s in STAGES.items() if s["root"] == root][-1]
    return Stage(name, root, makes, () if name == last else makes)


def bring_up(wanted: Stage) -> None:
    """Apply the stage, then plan it again: UserError unless nothing is left to do."""
    if wanted.terraform("apply", wanted.targets) != 0:
        raise UserError(f"stage {wanted.name} is not whole: mend what terraform names, then `make up-{wanted.name}`")
    if wanted.terraform("plan", wanted.targets, "-detailed-exitcode", "-input=false") != NOTHING_TO_DO:
        raise UserError(f"stage {wanted.name} is not complete: `make up-{wanted.name}` again")
    names = list(STAGES)
    later = names[names.index(wanted.name) + 1 :]
    following = f"next: make up-{later[0]}" if later else "all stages stand"
    sys.stdout.write(f"stage {wanted.name} stands; {following}\n")


def take_away(wanted: Stage) -> None:
    """Destroy what the stage made and what stands on it; UserError for what is protected."""
    if wanted.terraform("destroy", wanted.makes) != 0:
        raise UserError(f"not all of stage {wanted.name} was taken away: what is protected stays (docs/first-apply.md)")


def main(arguments: Sequence[str]) -> int:
    """The command; the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tools.bring_up", description="Apply or take away one stage.")
    parser.add_argument("stage", help=f"one of {', '.join(STAGES)}")
    parser.add_argument("--down", action="store_true", help="take the stage away, and what stands on it")
    given = parser.parse_args(arguments)
    try:
        wanted = stage(given.stage)
        wanted.init()
        (take_away if given.down else bring_up)(wanted)
    except UserError as error:
        sys.stderr.write(f"error: {error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
