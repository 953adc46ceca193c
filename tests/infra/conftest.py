"""One applied copy of each root for all tests; whoever changes something copies it first."""

from pathlib import Path

import pytest

from shared.map.loader import pipeline_map
from tests.infra.policy import State
from tests.support.cloud import workspace
from tests.support.cloud.workspace import Workspace

BOOTSTRAP = {
    "project_id": workspace.PROJECT,
    "environment": "prod",
    "github_repository": "someone/tipoff",
    "github_repository_id": "123456789",
    "billing_account": "012345-6789AB-CDEF01",
}


@pytest.fixture(scope="session")
def plugins() -> Path:
    """The plugin folder; skips where it cannot be made."""
    return workspace.mirror()


@pytest.fixture(scope="session")
def main_root(plugins: Path) -> Workspace:
    """The main root, initialised and applied as prod. Read only."""
    found = workspace.fresh("main", sorted(pipeline_map().functions))
    found.init(plugins)
    found.apply()
    return found


@pytest.fixture(scope="session")
def applied(main_root: Workspace) -> State:
    """What stands after an apply."""
    return State.read(main_root.run("show", "-json").stdout)


@pytest.fixture(scope="session")
def bootstrap_root(plugins: Path) -> Workspace:
    """The bootstrap root, initialised and applied. Read only."""
    found = workspace.fresh("bootstrap", [], root="terraform/bootstrap", variables=BOOTSTRAP, var_file=None)
    found.init(plugins)
    found.apply()
    return found


@pytest.fixture(scope="session")
def bootstrap(bootstrap_root: Workspace) -> State:
    """What stands after an apply of the bootstrap root."""
    return State.read(bootstrap_root.run("show", "-json").stdout)
