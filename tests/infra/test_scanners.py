"""Other people's scanners over our configuration and workflow; what we accept is listed with its reason."""

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.support.cloud import workspace
from tests.support.cloud.workspace import Workspace
from tests.support.places import ROOT

SKIPS: dict[str, dict[str, Any]] = yaml.safe_load((Path(__file__).parent / "scanner_skips.yaml").read_text("utf-8"))
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))


def test_checkov_finds_only_what_we_accept(main_root: Workspace) -> None:
    """No finding without a reasoned skip, and no skip without a finding."""
    checkov = workspace.locked_tools("checkov") / "checkov"
    where = ("-d", main_root.here, "--framework", "terraform", "--var-file", main_root.here / "envs" / "prod.tfvars")
    command = [checkov, *where, "--skip-download", "--quiet", "--compact", "-o", "json"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=workspace.TIMEOUT_S, check=False)
    found = json.loads(done.stdout)
    assert found["summary"]["passed"] > 100
    failed = {(c["check_id"], c["resource"]) for c in found["results"]["failed_checks"]}
    accepted = {(check, resource) for check, skip in SKIPS.items() for resource in skip["resources"]}
    assert failed - accepted == set()
    assert accepted - failed == set(), "a skip that finds nothing any more"


def test_every_skip_has_a_reason() -> None:
    """A skip is a decision on named resources, so it says why."""
    assert all(len(skip["why"]) > 10 and skip["resources"] for skip in SKIPS.values())


@pytest.fixture(scope="module")
def linters() -> Path:
    """The bin folder of the workflow linters."""
    return workspace.locked_tools("linters")


def test_workflows_fit_githubs_schema(linters: Path) -> None:
    """Every workflow is one that GitHub understands."""
    command = [linters / "check-jsonschema", "--builtin-schema", "vendor.github-workflows", *WORKFLOWS]
    done = subprocess.run(command, capture_output=True, text=True, timeout=workspace.TIMEOUT_S, check=False)
    assert WORKFLOWS
    assert done.returncode == 0, done.stdout


def test_workflows_are_safe(linters: Path) -> None:
    """Actions pinned by hash, no token left lying about, no text of others put into a command."""
    command = [linters / "zizmor", "--offline", "--persona=pedantic", "--no-progress", *WORKFLOWS]
    done = subprocess.run(command, capture_output=True, text=True, timeout=workspace.TIMEOUT_S, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_linter_would_find_something(linters: Path, tmp_path: Path) -> None:
    """An unpinned action and an injected title are found: the linter is not asleep."""
    bad = tmp_path / "bad.yml"
    steps = [{"uses": "actions/checkout@v4"}, {"run": "echo ${{ github.event.issue.title }}"}]
    bad.write_text(yaml.safe_dump({"on": "issues", "jobs": {"x": {"runs-on": "ubuntu-24.04", "steps": steps}}}))
    command = [linters / "zizmor", "--offline", "--no-progress", bad]
    done = subprocess.run(command, capture_output=True, text=True, timeout=workspace.TIMEOUT_S, check=False)
    assert done.returncode != 0
    assert "template-injection" in done.stdout
    assert "unpinned-uses" in done.stdout


def test_only_deploy_and_drift_get_a_token() -> None:
    """Nothing by default; an identity token only where Google is asked; no long-lived key anywhere."""
    for path in WORKFLOWS:
        text = yaml.safe_load(path.read_text("utf-8"))
        assert text["permissions"] == {}
        with_token = {name for name, job in text["jobs"].items() if "id-token" in job.get("permissions", {})}
        assert with_token == {"deploy", "drift"}
        assert "credentials_json" not in path.read_text("utf-8")
        assert "secrets." not in path.read_text("utf-8")
