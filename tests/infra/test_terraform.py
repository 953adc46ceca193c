"""Terraform's own checks on our configuration, and that applying twice is applying once."""

import shutil
import subprocess

import pytest

from tests.support import needs
from tests.support.cloud.workspace import Workspace
from tests.support.places import ROOT


def test_layout_is_canonical() -> None:
    """`terraform fmt` would change nothing."""
    if shutil.which("terraform") is None:
        needs.missing("needs terraform on the PATH")
    done = subprocess.run(
        ["terraform", "fmt", "-check", "-recursive", "terraform"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.stdout == ""
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("root", ["main_root", "bootstrap_root"])
def test_configuration_is_valid(root: str, request: pytest.FixtureRequest) -> None:
    """Schema, types and references hold in each root, without a warning."""
    said = request.getfixturevalue(root).run("validate", "-no-color").stdout
    assert "The configuration is valid." in said
    assert "Warning" not in said


def test_own_assertions_hold(main_root: Workspace) -> None:
    """Every `run` of terraform/tests passes; the refusals are among them."""
    done = main_root.copy("test").run("test", "-no-color", check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "0 failed" in done.stdout
    assert done.stdout.count("... pass") >= 7  # five runs and the two files


def test_second_plan_changes_nothing(main_root: Workspace) -> None:
    """What was applied is what is written: -detailed-exitcode says 0."""
    assert main_root.copy("second").plan() == 0


def test_destroy_is_refused_in_prod(main_root: Workspace) -> None:
    """A protected table stops a destroy."""
    target = '-target=google_bigquery_table.this["nba_raw.nbac_schedule"]'
    arguments = ("-auto-approve", "-no-color", "-refresh=false", "-var-file=envs/prod.tfvars", target)
    done = main_root.copy("destroy").run("destroy", *arguments, check=False)
    assert done.returncode != 0
    assert "deletion_protection" in done.stdout + done.stderr


def test_nothing_of_terraform_is_left_in_the_tree() -> None:
    """The stub's lock file, or any state, committed by accident would break a real init."""
    tracked = subprocess.run(
        ["git", "ls-files", "terraform"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout
    assert not [f for f in tracked.splitlines() if f.endswith((".lock.hcl", ".tfstate")) or ".terraform/" in f]
