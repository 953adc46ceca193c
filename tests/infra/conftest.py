"""One applied copy of each root for all tests, brought up stage by stage; a test that changes something copies it first."""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from shared.map.loader import pipeline_map
from tests.infra.policy import State
from tests.support.cloud import workspace
from tests.support.cloud.workspace import Workspace
from tools.bring_up import STAGES, stage

BOOTSTRAP = {
    "project_id": workspace.PROJECT,
    "environment": "prod",
    "github_repository": "someone/tipoff",
    "github_repository_id": "123456789",
    "billing_account": "012345-6789AB-CDEF01",
}
DEPLOYER = f"deployer@{workspace.PROJECT}.iam.gserviceaccount.com"


@dataclass(frozen=True)
class BroughtUp:
    """Both roots after all stages: what each stage made, and the exit code of a second plan after it."""

    roots: dict[str, Workspace]
    made: dict[str, set[str]]
    second_plan: dict[str, int]


@pytest.fixture(scope="session")
def plugins() -> Iterator[None]:
    """Providers for terraform, served once; skips where they cannot be."""
    with workspace.providers():
        yield


@pytest.fixture(scope="session")
def brought_up(plugins: None) -> BroughtUp:
    """From nothing, as prod, in a cloud that refuses what is asked too early: by a person, then by the deployer."""
    cloud = workspace.BUILD / "cloud.json"
    cloud.unlink(missing_ok=True)
    functions = sorted(pipeline_map().functions)
    about = {"root": "terraform/bootstrap", "variables": BOOTSTRAP, "var_file": None}
    roots = {
        "terraform/bootstrap": workspace.fresh("bootstrap", [], cloud=cloud, **about),
        "terraform": workspace.fresh("main", functions, cloud=cloud, actor=DEPLOYER),
    }
    for root in roots.values():
        root.init()
    made, second_plan = {}, {}
    for name in STAGES:
        found = stage(name)
        root = roots[found.root]
        before = root.addresses()
        root.apply(*found.targets)
        made[name] = root.addresses() - before
        second_plan[name] = root.plan(*found.targets)
    return BroughtUp(roots, made, second_plan)


@pytest.fixture(scope="session")
def main_root(brought_up: BroughtUp) -> Workspace:
    """The main root, brought up as prod. Read only."""
    return brought_up.roots["terraform"]


@pytest.fixture(scope="session")
def applied(main_root: Workspace) -> State:
    """What stands after an apply."""
    return State.read(main_root.run("show", "-json").stdout)


@pytest.fixture(scope="session")
def bootstrap_root(brought_up: BroughtUp) -> Workspace:
    """The bootstrap root, brought up. Read only."""
    return brought_up.roots["terraform/bootstrap"]


@pytest.fixture(scope="session")
def bootstrap(bootstrap_root: Workspace) -> State:
    """What stands after an apply of the bootstrap root."""
    return State.read(bootstrap_root.run("show", "-json").stdout)
