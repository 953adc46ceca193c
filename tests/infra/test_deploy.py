"""`tipoff deploy` with the real terraform and the real zips, on a copy of this repository and a plugin without a cloud."""

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from shared.map.loader import pipeline_map
from tests.support.cloud import workspace
from tests.support.cloud.workspace import BUILD, PROJECT, VARIABLES
from tests.support.places import ROOT
from tipoff.cli import main
from tipoff.deploy.checkout import DEPLOYED

GIT = ("git", "-c", "user.name=t", "-c", "user.email=t@example.org", "-c", "commit.gpgsign=false")


def git(folder: Path, *arguments: str) -> str:
    done = subprocess.run([*GIT, *arguments], cwd=folder, check=True, capture_output=True, text=True)
    return done.stdout


@pytest.fixture
def checkout(plugins: None, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A committed copy whose state is a file; terraform takes its providers from those that are served."""
    folder = BUILD / "deploy"
    shutil.rmtree(folder, ignore_errors=True)
    for name in git(ROOT, "ls-files", "--", *DEPLOYED).splitlines():
        target = folder / "tree" / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, target)
    tree = folder / "tree"
    versions = tree / "terraform" / "versions.tf"
    local = f'backend "local" {{ path = "{folder / "terraform.tfstate"}" }}'
    versions.write_text(versions.read_text("utf-8").replace('backend "gcs" {}', local), "utf-8")
    (tree / ".gitignore").write_text("build\n__pycache__\n", "utf-8")
    git(tree, "init", "-q")
    git(tree, "add", "-A")
    git(tree, "commit", "-qm", "first")
    for name in ("TF_CLI_CONFIG_FILE", "TF_PLUGIN_CACHE_DIR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("CHECKPOINT_DISABLE", "1")
    workspace.RUN.write_text("{}", "utf-8")
    for name, value in VARIABLES.items():
        monkeypatch.setenv(f"TF_VAR_{name}", value)
    return tree


def test_a_release_its_drift_and_the_way_back(checkout: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Applied it is true; one line of code later the drift is that function's; mended and rolled back it is as before."""

    def deploy(*arguments: str) -> tuple[int, str]:
        code = main.run(["deploy", *arguments, "--root", str(checkout)])
        told = capsys.readouterr()
        assert code in {0, 5}, told.err
        return code, told.out

    def drift() -> list[str]:
        code, said = deploy("status", "dev", "--json")
        found: list[str] = json.loads(said)["drift"]
        assert code == (5 if found else 0)
        return found

    assert drift() == ["nothing is deployed"]
    deploy("apply", "dev", "--yes", "--no-smoke")
    assert drift() == []
    outputs = json.loads((checkout.parent / "terraform.tfstate").read_text("utf-8"))["outputs"]
    assert outputs["map_hash"]["value"] == pipeline_map().hash
    assert (outputs["project"]["value"], outputs["database"]["value"]) == (PROJECT, "tipoff")
    (release,) = outputs["releases"]["value"]
    assert release["zips"] == {name: f["code_hash"] for name, f in outputs["functions"]["value"].items()}

    core = checkout / "functions" / "grade" / "core.py"
    core.write_text(core.read_text("utf-8") + "\n# mended\n", "utf-8")
    assert [line.split(":")[0] for line in drift()][-1] == "uncommitted"
    git(checkout, "commit", "-qam", "second")
    assert [line.partition(":")[0] for line in drift()] == ["code of grade", "update", "replace"]
    deploy("apply", "dev", "--yes", "--no-smoke")
    assert drift() == []

    deploy("rollback", "dev", "--yes", "--no-smoke")
    outputs = json.loads((checkout.parent / "terraform.tfstate").read_text("utf-8"))["outputs"]
    assert {name: f["code_hash"] for name, f in outputs["functions"]["value"].items()} == release["zips"]
    assert [r["commit"] for r in outputs["releases"]["value"]][::2] == [release["commit"]] * 2
