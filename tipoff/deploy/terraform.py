"""Terraform as a subprocess: run it and parse its JSON."""

import json
import os
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from shared.errors import TipoffError, UserError

TIMEOUT_S = 3600  # creating a database or eight functions takes minutes
LAST_CHARS = 3000
WRITES = ("create", "update", "delete")


class TerraformFailed(TipoffError):
    """Terraform failed; the message is the end of its output."""


@dataclass(frozen=True)
class Change:
    """What a plan would do to one resource, or that it was changed outside of Terraform (`drift`)."""

    address: str
    does: str


@dataclass(frozen=True)
class Terraform:
    """The root module of a checkout, for one environment; its state is in `bucket`, below the environment's name."""

    folder: Path
    environment: str
    bucket: str = ""

    @property
    def var_file(self) -> str:
        """The environment's own variables."""
        return f"envs/{self.environment}.tfvars"

    def init(self) -> None:
        """Install plugins and configure the state backend. UserError without Terraform or the variables file."""
        if shutil.which("terraform") is None:
            raise UserError("terraform is not on the PATH: install 1.9 or newer")
        if not (self.folder / self.var_file).is_file():
            known = ", ".join(sorted(p.stem for p in (self.folder / "envs").glob("*.tfvars")))
            raise UserError(f"no environment {self.environment}: terraform/envs has {known or 'none'}")
        backend = (f"bucket={self.bucket}", f"prefix={self.environment}") if self.bucket else ()
        self._run("init", "-reconfigure", *(f"-backend-config={p}" for p in backend))

    def outputs(self) -> Mapping[str, Any]:
        """The state's outputs; empty if nothing was applied."""
        outputs: Mapping[str, Any] = json.loads(self._run("output", "-json", with_input=False) or "{}")
        return outputs

    def plan(self, plan_file: Path, variables: Path, dist: Path, *, lock: bool = True) -> list[Change]:
        """Write the plan; its changes, and the resources that were changed outside of Terraform."""
        given = (f"-var-file={self.var_file}", f"-var-file={variables}", f"-var=dist_dir={dist}")
        self._run("plan", f"-out={plan_file}", f"-lock={str(lock).lower()}", *given)
        return changes_of(json.loads(self._run("show", "-json", str(plan_file), with_input=False)))

    def apply(self, plan_file: Path) -> None:
        """Apply exactly this plan; Terraform refuses one that was made before another apply."""
        self._run("apply", str(plan_file))

    def _run(self, command: str, *arguments: str, with_input: bool = True) -> str:
        """Run a command without prompts; its stdout."""
        more = ("-input=false",) if with_input else ()
        done = subprocess.run(  # noqa: S603 - arguments of ours, no shell
            ["terraform", command, *more, "-no-color", *arguments],  # noqa: S607 - as installed
            cwd=self.folder,
            env={**os.environ, "TF_IN_AUTOMATION": "1"},
            capture_output=True,
            text=True,
            timeout=TIMEOUT_S,
            check=False,
        )
        if done.returncode != 0:
            raise TerraformFailed(f"terraform {command}: {(done.stderr or done.stdout)[-LAST_CHARS:].strip()}")
        return done.stdout


def changes_of(plan: Mapping[str, Any]) -> list[Change]:
    """The changes in a plan's JSON (https://developer.hashicorp.com/terraform/internals/json-format), by address."""
    drifted = [Change(c["address"], "drift") for c in plan.get("resource_drift", ())]
    planned = [Change(c["address"], _does(c["change"]["actions"])) for c in plan.get("resource_changes", ())]
    return sorted([*drifted, *(c for c in planned if c.does)], key=lambda c: (c.address, c.does))


def _does(actions: Sequence[str]) -> str:
    writes = [a for a in actions if a in WRITES]
    return "replace" if len(writes) > 1 else "".join(writes)
