"""Terraform's own checks on our configuration, and what a destroy leaves."""

import shutil
import subprocess
from dataclasses import replace

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


def test_a_destroy_leaves_what_is_protected_and_nothing_else(main_root: Workspace) -> None:
    """In prod the tables with their datasets, the database and the buckets stay; all else goes."""
    assert main_root.cloud
    cloud = main_root.folder.with_name("cloud-destroyed.json")
    shutil.copy(main_root.cloud, cloud)
    found = replace(main_root.copy("destroy"), cloud=cloud)
    done = found.run(
        "destroy", "-auto-approve", "-no-color", "-refresh=false", "-var-file=envs/prod.tfvars", check=False
    )
    assert done.returncode != 0
    assert "deletion_protection" in done.stdout + done.stderr
    left = {address.partition("[")[0] for address in found.addresses()}
    assert left == {
        "google_bigquery_dataset.this", "google_bigquery_table.this", "google_bigquery_table.fences",
        "google_firestore_database.this", "google_storage_bucket.this",
    }  # fmt: skip


def test_nothing_of_terraform_is_left_in_the_tree() -> None:
    """The stub's lock file, or any state, committed by accident would break a real init."""
    tracked = subprocess.run(
        ["git", "ls-files", "terraform"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout
    assert not [f for f in tracked.splitlines() if f.endswith((".lock.hcl", ".tfstate")) or ".terraform/" in f]
