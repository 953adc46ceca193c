"""The composition root and the one path every message takes, whatever the function and the runtime."""

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache, partial
from uuid import uuid4

from shared.clock import SystemClock
from shared.contracts.events import Message, PhaseSettled, RunRequested, SweepRequested, UnitRequested
from shared.engine import Engine
from shared.errors import Conflict, ContractError, Fenced, LeaseHeld, Permanent, Retryable, StaleGeneration, UserError
from shared.job import Ended, Job
from shared.map import PipelineMap, pipeline_map
from shared.ports import Archive, Clock, Events, Feeds, Models, State, Tables
from shared.provenance import unit_hash
from shared.settings import Settings, from_environment
from shared.steps import Step
from shared.watch import WatchStep

# One process at a time owns a home (its lock sees to that), so whoever owns it now continues the last one's work.
LOCAL_OWNER = "local"


@dataclass(frozen=True)
class App:
    """Everything a function needs, built once per process."""

    map: PipelineMap
    settings: Settings
    clock: Clock
    state: State
    events: Events
    tables: Tables
    archive: Archive
    feeds: Feeds
    models: Models
    engine: Engine
    owner: str
    code_hash: Callable[[str, str], str]  # of a unit, by function and name


def handle(message: Message, step: Step, app: App) -> None:
    """Do what the message asks. Returning acknowledges it; raising has it delivered again.

    Permanent errors are quarantined and acknowledged; a unit that fails for good completes as `failed`, so that
    its phase is ruled on at once. Anything unknown is raised: never mapped to "nothing there".
    """
    try:
        event = message.event()
    except ContractError as error:
        app.engine.quarantine(f"event.{message.id}"[:200], str(error), message.data)
        return
    if event.to != step.function:
        return  # a topic has several subscribers; this message is for another of them
    try:
        if isinstance(event, RunRequested):
            app.engine.open_run(event)
        elif isinstance(event, UnitRequested):
            _do_unit(event, message, step, app)
        else:
            _watch(event, step, app)
    except Permanent as error:
        app.engine.quarantine(message.id, f"{type(error).__name__}: {error}", message.data)


def _watch(event: PhaseSettled | SweepRequested, step: Step, app: App) -> None:
    if not isinstance(step, WatchStep):
        raise ContractError(f"{step.function} does not handle {event.type}")
    step.watch(event, app)


def _do_unit(event: UnitRequested, message: Message, step: Step, app: App) -> None:
    claim = app.engine.begin(event, app.owner)
    if claim is None:
        return
    manifest = app.engine.manifest(event.run_id, event.generation)
    job = Job(event, claim, manifest, app.map.unit(event.to, event.unit), app)
    try:
        ended = step.run(job)
    except StaleGeneration:
        return
    except Fenced as error:  # somebody newer does it; should they die, this message is what is left to ask again
        raise LeaseHeld(str(error)) from error
    except Permanent as error:
        reason = f"{type(error).__name__}: {error}"
        app.engine.quarantine(message.id, reason, message.data)
        ended = Ended("failed", reason)
    except Exception:
        app.engine.release(event, claim)
        raise
    if ended.outcome == "not_ready":
        app.engine.postpone(event, message.topic, ended.reason)
        app.engine.release(event, claim)
        return
    try:
        app.engine.complete(event, ended.doc(job))
    except Conflict as error:
        app.engine.quarantine(message.id, str(error), message.data, {"completion": ended.doc(job)})
    except Retryable:
        app.engine.release(event, claim)
        raise


def build_local(settings: Settings, clock: Clock, feeds: Feeds, *, memory_limit: str = "1GB") -> App:
    """The one-machine twins below `settings.home`."""
    from shared.adapters.local.archive import FileArchive
    from shared.adapters.local.queue import SqliteQueue
    from shared.adapters.local.state import SqliteState
    from shared.adapters.local.warehouse import DuckTables
    from shared.adapters.models import FileModels

    found = pipeline_map()
    state = SqliteState(settings.home / "state.db", durable=settings.durable)
    queue = SqliteQueue(settings.home / "queue.db", clock, found.engine, durable=settings.durable)
    return App(
        map=found,
        settings=settings,
        clock=clock,
        state=state,
        events=queue,
        tables=DuckTables(settings.home / "warehouse.duckdb", memory_limit=memory_limit),
        archive=FileArchive(settings.home / "archive"),
        feeds=feeds,
        models=FileModels(settings.home / "models"),
        engine=Engine(found, state, queue, clock),
        owner=LOCAL_OWNER,
        code_hash=partial(unit_hash, found),
    )


def build_cloud(settings: Settings, clock: Clock, feeds: Feeds, environ: Mapping[str, str]) -> App:
    """The Google Cloud twins in `settings.project`, or those emulators' whose addresses the environment names.

    The Google libraries take a second each to import: only a process that serves on Google Cloud does.
    """
    if not (settings.archive and settings.models):
        raise UserError("the gcp backend needs buckets: set TIPOFF_ARCHIVE and TIPOFF_MODELS to gs:// URLs")
    from shared.adapters.cloud.firestore import FirestoreState
    from shared.adapters.cloud.pubsub import PubSubEvents
    from shared.adapters.cloud.storage import Bucket, BucketArchive, BucketModels
    from shared.adapters.cloud.tables import TablesOnFirstUse

    found = pipeline_map()
    state = FirestoreState(settings.project, settings.database)
    events = PubSubEvents(settings.project)
    emulated = "BIGQUERY_EMULATOR_HOST" in environ
    endpoint = environ.get("STORAGE_EMULATOR_HOST", "")
    return App(
        map=found,
        settings=settings,
        clock=clock,
        state=state,
        events=events,
        tables=TablesOnFirstUse(settings.project, settings.max_bytes_billed, emulated),
        archive=BucketArchive(Bucket(settings.archive, endpoint)),
        feeds=feeds,
        models=BucketModels(Bucket(settings.models, endpoint)),
        engine=Engine(found, state, events, clock),
        owner=f"cloud-{uuid4().hex}",  # instances come and go side by side: none continues another's work
        code_hash=partial(unit_hash, found),
    )


def feeds_of(settings: Settings) -> Feeds:
    """The feeds of the settings' source."""
    if settings.source == "history":
        from shared.adapters.history import HistoryFeeds

        assert settings.data is not None
        return HistoryFeeds(settings.data)
    from shared.adapters.feeds import HttpFeeds

    return HttpFeeds(settings.base_urls, settings.api_keys)


@cache
def current_app() -> App:
    """This process's app, built from the environment on first use."""
    settings = from_environment(os.environ)
    if settings.backend == "gcp":
        return build_cloud(settings, SystemClock(), feeds_of(settings), os.environ)
    return build_local(settings, SystemClock(), feeds_of(settings))
