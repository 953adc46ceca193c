"""Terraform on a copy of our configuration, with a plugin that knows Google's schema and no cloud."""

import hashlib
import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tests.support import needs
from tests.support.places import ROOT

STUB = ROOT.parent / "shared" / "tools" / "tf-offline"
BUILD = ROOT / "build" / "infra"
TIMEOUT_S = 180
PROJECT = "tipoff-check"
VARIABLES = {"project_id": PROJECT, "alert_email": "ops@example.org", "odds_api_key_version": "3"}


def tool_venv(name: str, packages: tuple[str, ...]) -> Path:
    """The bin folder of a virtual environment of the tool's own, made once: checkov's packages clash with others'."""
    digest = hashlib.sha256("\n".join(packages).encode()).hexdigest()[:8]
    folder = ROOT / "build" / "tools" / f"{name}-{digest}"
    done = folder / ".installed"
    if not done.exists():
        uv = Path(sys.executable).with_name("uv")
        if not uv.exists():
            needs.missing(f"needs uv beside the interpreter to install {name}: make install")
        subprocess.run([uv, "venv", "--quiet", "--clear", folder], check=True, timeout=TIMEOUT_S)
        command = [uv, "pip", "install", "--quiet", "--python", folder / "bin" / "python", *packages]
        if subprocess.run(command, check=False, timeout=TIMEOUT_S).returncode != 0:
            needs.missing(f"cannot install {name}: no package index")
        done.touch()
    return folder / "bin"


def mirror() -> Path:
    """The folder that `terraform init -plugin-dir` takes; skips where terraform or the plugin is not there."""
    if not STUB.is_dir():
        pytest.skip("needs ../shared/tools/tf-offline, which is not here")
    if shutil.which("terraform") is None:
        needs.missing("needs terraform on the PATH")
    packages = tuple((STUB / "requirements.txt").read_text("utf-8").split())
    python = tool_venv("tf-offline", packages) / "python"
    target = BUILD / "mirror"
    subprocess.run([STUB / "install.sh", target, python], check=True, stdout=subprocess.DEVNULL, timeout=TIMEOUT_S)
    return target


@dataclass(frozen=True)
class Workspace:
    """A copy of what Terraform reads: terraform/, the map, the contracts, and zips to stand for the built ones."""

    folder: Path
    root: str = "terraform"
    variables: dict[str, str] = field(default_factory=lambda: dict(VARIABLES))
    var_file: str | None = "envs/prod.tfvars"

    @property
    def here(self) -> Path:
        """Where terraform runs."""
        return self.folder / self.root

    @property
    def map_file(self) -> Path:
        """The copy's map, to be changed at will."""
        return self.folder / "shared" / "pipeline.yaml"

    def run(self, *arguments: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        """Run terraform; its whole output is in the failure."""
        kept = {k: v for k, v in os.environ.items() if not k.startswith("TF_")}
        given = {f"TF_VAR_{k}": v for k, v in self.variables.items()}
        quiet = {"CHECKPOINT_DISABLE": "1", "TF_CLI_CONFIG_FILE": os.devnull, "TF_IN_AUTOMATION": "1"}
        done = subprocess.run(
            ["terraform", *arguments],
            check=False,
            cwd=self.here,
            env={**kept, **quiet, **given},
            capture_output=True,
            text=True,
            timeout=TIMEOUT_S,
        )
        if check and done.returncode != 0:
            raise AssertionError(f"terraform {' '.join(arguments)}\n{done.stdout[-4000:]}\n{done.stderr[-6000:]}")
        return done

    def _var_file(self) -> tuple[str, ...]:
        return (f"-var-file={self.var_file}",) if self.var_file else ()

    def init(self, plugins: Path) -> None:
        """Initialise without a backend."""
        self.run("init", f"-plugin-dir={plugins}", "-backend=false", "-no-color")

    def apply(self) -> None:
        """Apply."""
        self.run("apply", "-auto-approve", "-no-color", *self._var_file())

    def plan(self) -> int:
        """Plan anew; 0 says that nothing would change, 2 that something would, 1 that it cannot be planned."""
        return self.run("plan", "-detailed-exitcode", "-no-color", *self._var_file(), check=False).returncode

    def changes(self) -> dict[str, str]:
        """What a plan would do: address -> create, update, delete or replace."""
        done = self.run("plan", "-json", "-refresh=false", *self._var_file())
        events = [json.loads(line) for line in done.stdout.splitlines()]
        planned = [e["change"] for e in events if e["type"] == "planned_change"]
        return {c["resource"]["addr"]: c["action"] for c in planned if c["action"] != "read"}

    def copy(self, name: str) -> "Workspace":
        """The same with its state, elsewhere."""
        target = BUILD / name
        shutil.rmtree(target, ignore_errors=True)
        shutil.copytree(self.folder, target, symlinks=True)
        return Workspace(target, self.root, dict(self.variables), self.var_file)


def fresh(name: str, functions: list[str], **options: Any) -> Workspace:
    """A new copy under build/: the lock file that init writes must never reach the tree."""
    target = BUILD / name
    shutil.rmtree(target, ignore_errors=True)
    ignored = shutil.ignore_patterns(".terraform*", "*.tfstate*")
    shutil.copytree(ROOT / "terraform", target / "terraform", ignore=ignored)
    versions = target / "terraform" / "versions.tf"
    versions.write_text(versions.read_text("utf-8").replace('backend "gcs" {}', ""), "utf-8")
    (target / "shared" / "contracts").mkdir(parents=True)
    shutil.copy(ROOT / "shared" / "pipeline.yaml", target / "shared")
    shutil.copytree(ROOT / "shared" / "contracts" / "tables", target / "shared" / "contracts" / "tables")
    shutil.copy(ROOT / "shared" / "contracts" / "features.yaml", target / "shared" / "contracts")
    (target / "dist").mkdir()
    for function in functions:
        (target / "dist" / f"{function}.zip").write_text(f"the code of {function}", "utf-8")
    return Workspace(target, **options)
