"""The composition root: builds the App of a process, with the twin of each port that its settings choose.

A twin is one of the two implementations of a port (shared/ports.py): local or Google Cloud.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING
from uuid import uuid4

from shared.clock import SystemClock
from shared.errors import UserError
from shared.map.loader import pipeline_map
from shared.ports import Clock, Feeds
from shared.protocol.engine import Engine
from shared.provenance import unit_hash
from shared.settings import Settings, from_environment
from shared.work.app import App

if TYPE_CHECKING:
    from shared.adapters.local.queue import SqliteQueue
    from shared.adapters.local.readers import Readers
    from shared.adapters.local.state import SqliteState
    from shared.adapters.local.warehouse import DuckTables
    from shared.adapters.models import FileModels

# A home's lock admits one process at a time, so the next process may continue the work of the last.
LOCAL_OWNER = "local"


@dataclass(frozen=True)
class LocalApp(App):
    """An app whose ports are files of a home."""

    state: "SqliteState"
    events: "SqliteQueue"
    tables: "DuckTables"
    models: "FileModels"
    readers: "Readers | None" = None  # of a home that is open for writing

    def show(self) -> None:
        """Let readers in other processes see what is written by now."""
        if self.readers is not None:
            self.readers.renew()

    def close(self) -> None:
        """Release the home's files."""
        if self.readers is not None:
            self.readers.close()
        for store in (self.tables, self.state, self.events):
            store.close()


def build_local(settings: Settings, clock: Clock, feeds: Feeds, *, memory_limit: str = "1GB") -> LocalApp:
    """An app on the local twins, with its files below `settings.home`."""
    from shared.adapters.local.archive import FileArchive
    from shared.adapters.local.files import HomeFiles
    from shared.adapters.local.queue import SqliteQueue
    from shared.adapters.local.state import SqliteState
    from shared.adapters.local.warehouse import DuckTables
    from shared.adapters.models import FileModels

    files, pipeline = HomeFiles(settings.home), pipeline_map()
    state = SqliteState(files.state, durable=settings.durable)
    queue = SqliteQueue(files.queue, clock, pipeline.engine, durable=settings.durable)
    return LocalApp(
        map=pipeline,
        settings=settings,
        clock=clock,
        state=state,
        events=queue,
        tables=DuckTables(files.warehouse, memory_limit=memory_limit, tuned=settings.tuned),
        archive=FileArchive(files.archive),
        feeds=feeds,
        models=FileModels(files.models),
        engine=Engine(pipeline, state, queue, clock),
        owner=LOCAL_OWNER,
        code_hash=partial(unit_hash, pipeline),
    )


def build_cloud(settings: Settings, clock: Clock, feeds: Feeds, environ: Mapping[str, str]) -> App:
    """An app on the Google Cloud twins in `settings.project`; on emulators whose addresses the environment names.

    Each Google library takes a second to import, so only processes on Google Cloud import them.
    """
    if not (settings.archive and settings.models):
        raise UserError("the gcp backend needs buckets: set TIPOFF_ARCHIVE and TIPOFF_MODELS to gs:// URLs")
    from shared.adapters.cloud.firestore import FirestoreState
    from shared.adapters.cloud.pubsub import PubSubEvents
    from shared.adapters.cloud.storage import Bucket, BucketArchive, BucketModels
    from shared.adapters.cloud.tables import TablesOnFirstUse

    pipeline = pipeline_map()
    state = FirestoreState(settings.project, settings.database)
    events = PubSubEvents(settings.project)
    emulated = "BIGQUERY_EMULATOR_HOST" in environ
    endpoint = environ.get("STORAGE_EMULATOR_HOST", "")
    return App(
        map=pipeline,
        settings=settings,
        clock=clock,
        state=state,
        events=events,
        tables=TablesOnFirstUse(settings.project, settings.max_bytes_billed, emulated, settings.staging),
        archive=BucketArchive(Bucket(settings.archive, endpoint)),
        feeds=feeds,
        models=BucketModels(Bucket(settings.models, endpoint)),
        engine=Engine(pipeline, state, events, clock),
        owner=f"cloud-{uuid4().hex}",  # instances run side by side, so none may continue another's work
        code_hash=partial(unit_hash, pipeline),
    )


def feeds_of(settings: Settings) -> Feeds:
    """The feeds of the settings' source."""
    if settings.source == "history":
        from shared.adapters.history_feeds import HistoryFeeds

        assert settings.data is not None
        return HistoryFeeds(settings.data)
    from shared.adapters.http_feeds import HttpFeeds

    return HttpFeeds(settings.base_urls, settings.api_keys, proxy=settings.proxy)


class _Process:
    """What one process holds once."""

    app: App | None = None


def share(app: App) -> None:
    """Let the functions of this process use this app."""
    _Process.app = app


def current_app() -> App:
    """This process's app: the one that is shared, else built from the environment on first use."""
    if _Process.app is None:
        settings = from_environment(os.environ)
        feeds, clock = feeds_of(settings), SystemClock()
        is_cloud = settings.backend == "gcp"
        _Process.app = (
            build_cloud(settings, clock, feeds, os.environ) if is_cloud else build_local(settings, clock, feeds)
        )
    return _Process.app
