"""The stores that a person's commands read: those of a home, or Google Cloud's where TIPOFF_BACKEND says gcp.

Only state and messages are opened, never the warehouse, so that looking works while anything else runs.
"""

import os
import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from shared.clock import SystemClock
from shared.errors import UserError
from shared.map.loader import pipeline_map
from shared.map.model import PipelineMap
from shared.protocol.manifest import manifest_of
from shared.settings import Settings, from_environment
from tipoff.home import Home, on_google_cloud
from tipoff.operate.grid import RunGrid, open_grid

if TYPE_CHECKING:
    from shared.adapters.cloud.firestore import FirestoreState
    from shared.adapters.cloud.letters import PubSubLetters
    from shared.adapters.local.queue import SqliteQueue
    from shared.adapters.local.state import SqliteState

LOCAL_LOOK_S, CLOUD_LOOK_S = 0.2, 3.0


@dataclass(frozen=True)
class Stores:
    """State and messages, and how to speak of them.

    `where` is for sentences; `option` follows a command that is to use the same stores; `worker` says who does what
    is asked for. `home` is None on Google Cloud; `look_every_s` is how often it is fair to ask what has changed.
    """

    where: str
    option: str
    worker: str
    home: Home | None
    state: "SqliteState | FirestoreState"
    queue: "SqliteQueue | PubSubLetters"
    map: PipelineMap
    look_every_s: float

    def run_ids(self) -> list[str]:
        """Every run that was ever opened, in the order of their windows."""
        return self.state.ids("runs", "")

    def grid(self, run_id: str, now: datetime) -> RunGrid | None:
        """The grid of a run's current generation, None if it was never opened."""
        run = self.state.get("runs", run_id)
        if run is None:
            return None
        generation = run.doc["generation"]
        stored = self.state.get("manifests", f"{run_id}.{generation}")
        if stored is None:
            raise UserError(f"{self.where}: run {run_id} has no manifest; the state is damaged, restore it")
        manifest = manifest_of(run_id, generation, stored.doc)
        cells = [f"{manifest.id}.{cell}" for cell in manifest.cells]
        verdicts = self.state.get_many("verdicts", [f"{manifest.id}.{name}" for name in manifest.phases])
        return open_grid(self.map, manifest, self.state.get_many("completions", cells), verdicts, now)


def open_stores(home: Home, environ: Mapping[str, str] = os.environ) -> Stores:
    """Google Cloud's stores if the environment asks for them, else those of a home that exists; UserError without."""
    pipeline = pipeline_map()
    if on_google_cloud(environ):
        return _cloud(from_environment(environ), pipeline)
    if not home.exists:
        raise UserError(f"{home} holds no Tipoff state; run tipoff demo, replay or up with this --home first")
    from shared.adapters.local.queue import SqliteQueue
    from shared.adapters.local.state import SqliteState

    return Stores(
        where=str(home),
        option=f" --home {shlex.quote(str(home))}",
        worker=f"a running tipoff up --home {home}",
        home=home,
        state=SqliteState(home.files.state),
        queue=SqliteQueue(home.files.queue, SystemClock(), pipeline.engine),
        map=pipeline,
        look_every_s=LOCAL_LOOK_S,
    )


def _cloud(settings: Settings, pipeline: PipelineMap) -> Stores:
    from google.auth.exceptions import DefaultCredentialsError

    from shared.adapters.cloud.firestore import FirestoreState
    from shared.adapters.cloud.letters import PubSubLetters
    from shared.adapters.cloud.pubsub import PubSubEvents
    from shared.adapters.cloud.topology import Topology

    try:
        state = FirestoreState(settings.project, settings.database)
        queue = PubSubLetters(PubSubEvents(settings.project), Topology(pipeline, settings.project))
    except DefaultCredentialsError as error:
        raise UserError("no Google credentials here: run gcloud auth application-default login") from error
    return Stores(
        where=f"project {settings.project}, database {settings.database}",
        option="",
        worker="the deployed function",
        home=None,
        state=state,
        queue=queue,
        map=pipeline,
        look_every_s=CLOUD_LOOK_S,
    )
