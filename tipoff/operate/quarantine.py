"""What quarantine holds, and what releasing each thing means: sent again, or its cell done again."""

import re
from dataclasses import dataclass

from shared.contracts.events import (
    AnyEvent,
    Message,
    PhaseSettled,
    RunRequested,
    SweepRequested,
    UnitRequested,
    decode,
    message,
)
from shared.errors import ContractError, UserError
from shared.map.model import PipelineMap, fetches
from shared.ports import Stored
from tipoff.operate.rerun import repair, standing
from tipoff.operate.stores import Stores

_ROW_OF = re.compile(r"^(?P<run>[0-9_-]+\.[a-z]+)\.\d+\.(?P<phase>\w+)\.(?P<unit>\w+)\.\w+\.\d+\.[0-9a-f]{12}$")


@dataclass(frozen=True)
class Release:
    """What a release publishes, and a sentence that says so."""

    message: Message
    sentence: str


def topic_of(event: AnyEvent, pipeline: PipelineMap) -> str:
    """The topic an event travels on."""
    if isinstance(event, UnitRequested):
        return pipeline.unit_topic(event.run_id.rsplit(".", 1)[1], event.phase)
    if isinstance(event, PhaseSettled):
        return pipeline.runs[event.run_id.rsplit(".", 1)[1]].phases[event.phase].publishes
    return pipeline.request_topics.sweep if isinstance(event, SweepRequested) else pipeline.request_topics.run


def release_of(stores: Stores, held: Stored) -> Release:
    """What releasing would do; UserError for what is still no event of ours.

    A refused row is judged again by doing its unit again, and so is a message whose unit has ended meanwhile: a
    completion never changes, a new generation has its own.
    """
    if row := _ROW_OF.match(held.id):
        return _again(stores, row["run"], row["phase"], row["unit"])
    try:
        event = decode(str(held.doc["body"]).encode())
    except ContractError as error:
        raise UserError(f"{held.id} is {error}; it stays in quarantine; correct its sender") from error
    if isinstance(event, UnitRequested) and stores.state.get("completions", event.event_id) is not None:
        return _again(stores, event.run_id, event.phase, event.unit)
    if isinstance(event, RunRequested) and event.base is not None:
        raise UserError(f"{held.id} was planned on a generation that has passed; plan anew: tipoff rerun")
    try:
        topic = topic_of(event, stores.map)
    except KeyError as error:
        raise UserError(f"{held.id} is for {error}, which the map does not have; it stays in quarantine") from error
    return Release(message(topic, event), f"{event.event_id} is sent again")


def _again(stores: Stores, run_id: str, phase: str, unit: str) -> Release:
    current = standing(stores, run_id)
    if current is None or phase not in current.manifest.phases or unit not in current.manifest.phases[phase].units:
        raise UserError(f"{run_id} has no {phase}.{unit} to do again")
    base = current.manifest
    request = repair(base, [f"{phase}.{unit}"], by="release", sees_now=fetches(phase))
    sentence = (
        f"{run_id} gets generation {base.generation + 1}: {phase}.{unit} is done again, and what reads it if it changes"
    )
    return Release(message(stores.map.request_topics.run, request), sentence)


def mark_released(stores: Stores, held: Stored, at: str) -> None:
    """Remember that it was released; the body stays."""
    stores.state.replace("quarantine", held.id, {**held.doc, "state": "released", "released_at": at}, held.version)
