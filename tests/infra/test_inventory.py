"""What a deploy makes, as a committed list: a change of the map shows in review as the resources it adds or removes."""

import os
from pathlib import Path

import yaml

from tests.infra.policy import State

LIST = Path(__file__).parent / "inventory.yaml"
AGAIN = "TIPOFF_WRITE_INVENTORY=1 pytest tests/infra/test_inventory.py"


def test_inventory_is_current(applied: State, bootstrap: State) -> None:
    """The applied resources are exactly the listed ones."""
    found = {root: _listed(state) for root, state in (("main", applied), ("bootstrap", bootstrap))}
    if os.environ.get("TIPOFF_WRITE_INVENTORY") == "1":
        text = yaml.safe_dump(found, sort_keys=True, width=200)
        LIST.write_text(f"# Written by `{AGAIN}`.\n{text}", "utf-8")
    assert yaml.safe_load(LIST.read_text("utf-8")) == found, AGAIN


def _listed(state: State) -> dict[str, list[str]]:
    """Addresses by type, without what the type already says."""
    by_type: dict[str, list[str]] = {}
    for r in state.resources:
        short = r.address.replace(f"{r.type}.", "").replace("module.function", "")
        by_type.setdefault(r.type.removeprefix("google_"), []).append(short)
    return {kind: sorted(names) for kind, names in by_type.items()}
