"""What a process of the cloud loads, and when: heavy libraries come with their first use."""

import os
import subprocess
import sys
from pathlib import Path

from tests.support.places import ROOT

NOWHERE = {f"{name}_EMULATOR_HOST": "127.0.0.1:9" for name in ("FIRESTORE", "PUBSUB")}
BUILT = """
import os, sys
from shared.bootstrap import current_app
from shared.errors import ContractError
app = current_app()
print(*sorted({"google.cloud.bigquery", "google.cloud.firestore"} & set(sys.modules)))
try:
    app.tables.query("SELECT nothing_of_ours FROM somewhere", {}, {}, as_of=False)
except ContractError:
    print('refused')
print("google.cloud.bigquery" in sys.modules)
"""


def test_bigquery_is_loaded_with_its_first_use(tmp_path: Path) -> None:
    """A process that has its app has Firestore's client and not BigQuery's; a first query loads it."""
    environ = {
        **{k: v for k, v in os.environ.items() if not k.startswith("TIPOFF_")},
        **NOWHERE,
        "BIGQUERY_EMULATOR_HOST": "http://127.0.0.1:9",
        "PYTHONPATH": str(ROOT),
        "TIPOFF_BACKEND": "gcp",
        "TIPOFF_PROJECT": "nobody",
        "TIPOFF_ARCHIVE": "memory://archive",
        "TIPOFF_MODELS": "memory://models",
    }
    done = subprocess.run(
        [sys.executable, "-c", BUILT], cwd=tmp_path, env=environ, capture_output=True, text=True, timeout=60, check=True
    )
    assert done.stdout.splitlines() == ["google.cloud.firestore", "refused", "True"]
