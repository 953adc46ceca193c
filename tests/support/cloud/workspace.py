"""Terraform on a copy of our configuration, with a plugin that knows Google's schema and no cloud."""

import hashlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from unittest.mock import patch

import pytest

from tests.support import needs
from tests.support.cloud.spreading.schemas import GOOGLE_BETA, TIME
from tests.support.places import ROOT

STUB = ROOT.parent / "shared" / "tools" / "tf-offline"
BUILD = ROOT / "build" / "infra"
PLUGIN = Path(__file__).with_name("spreading") / "plugin.py"
RUN = BUILD / "run.json"  # about the run of terraform that is going on
TIMEOUT_S = 180
PROJECT = "tipoff-check"
VARIABLES = {"project_id": PROJECT, "alert_email": "ops@example.org", "odds_api_key_version": "3", "proxy_version": "1"}


def locked_tools(name: str) -> Path:
    """The bin folder of a tool's own virtual environment, made once from tools/checks: their packages clash with ours."""
    lock = ROOT / "tools" / "checks" / f"{name}.lock"
    digest = hashlib.sha256(lock.read_bytes()).hexdigest()[:8]
    folder = ROOT / "build" / "tools" / f"{name}-{digest}"
    done = folder / ".installed"
    if not done.exists():
        uv = Path(sys.executable).with_name("uv")
        if not uv.exists():
            needs.missing(f"needs uv beside the interpreter to install {name}: make install")
        subprocess.run([uv, "venv", "--quiet", "--clear", folder], check=True, timeout=TIMEOUT_S)
        command = [uv, "pip", "sync", "--quiet", "--require-hashes", "--python", folder / "bin" / "python", lock]
        if subprocess.run(command, check=False, timeout=TIMEOUT_S).returncode != 0:
            needs.missing(f"cannot install {name}: no package index")
        done.touch()
    return folder / "bin"


@contextmanager
def providers() -> Iterator[None]:
    """Serve the providers to every run of terraform in the block; skips where terraform or tf-offline is not there."""
    if not STUB.is_dir():
        pytest.skip("needs ../shared/tools/tf-offline, which is not here")
    if shutil.which("terraform") is None:
        needs.missing("needs terraform on the PATH")
    schemas = BUILD / "schemas"
    shutil.rmtree(schemas, ignore_errors=True)
    schemas.mkdir(parents=True)
    google = json.loads((STUB / "google.schema.json").read_text("utf-8"))
    for schema in (google, TIME, GOOGLE_BETA):
        name = schema["source"]["name"].rpartition("/")[2]
        (schemas / f"{name}.json").write_text(json.dumps(schema), "utf-8")
    with TemporaryDirectory() as sockets:  # a socket's path must be short
        command = [locked_tools("tf-offline") / "python", PLUGIN, schemas, sockets, RUN]
        environment = {**os.environ, "TIPOFF_STUB": str(STUB)}
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
        with subprocess.Popen(command, env=environment, **pipes) as served:
            assert served.stdin
            assert served.stdout
            with patch.dict(os.environ, {"TF_REATTACH_PROVIDERS": served.stdout.readline().strip()}):
                yield
            served.stdin.close()
            served.wait(TIMEOUT_S)


@dataclass(frozen=True)
class Workspace:
    """A copy of what Terraform reads: terraform/, the map, the contracts, and zips to stand for the built ones."""

    folder: Path
    root: str = "terraform"
    variables: dict[str, str] = field(default_factory=lambda: dict(VARIABLES))
    var_file: str | None = "envs/prod.tfvars"
    cloud: Path | None = None  # the file of a cloud in which things spread slowly; None: all is there at once
    actor: str = ""

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
        RUN.write_text(json.dumps({"cloud": str(self.cloud or ""), "actor": self.actor}), "utf-8")
        kept = {k: v for k, v in os.environ.items() if not k.startswith("TF_") or k == "TF_REATTACH_PROVIDERS"}
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

    def init(self) -> None:
        """Initialise without a backend."""
        self.run("init", "-backend=false", "-no-color")

    def apply(self, *targets: str) -> None:
        """Apply; with targets, only them and what they depend on."""
        self.run("apply", "-auto-approve", "-no-color", *self._var_file(), *(f"-target={t}" for t in targets))

    def plan(self, *targets: str) -> int:
        """Plan anew; 0 says that nothing would change, 2 that something would, 1 that it cannot be planned."""
        only = (f"-target={t}" for t in targets)
        return self.run(
            "plan", "-detailed-exitcode", "-no-color", "-refresh=false", *self._var_file(), *only, check=False
        ).returncode

    def addresses(self) -> set[str]:
        """The managed resources that stand."""
        listed = self.run("state", "list", check=False).stdout.splitlines()
        return {address for address in listed if not address.startswith("data.")}

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
        return replace(self, folder=target, variables=dict(self.variables), cloud=None)


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
