"""Faulty variants of the system, each of which the checks must catch."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

import flask

from shared.app import App
from shared.core.fanin import Ruling
from shared.engine import Engine
from shared.ports import Doc, State
from shared.protocol.manifest import Manifest
from shared.protocol.verdicts import Verdicts
from tests.faults import world
from tests.faults.world import FAN_IN, Seen


@dataclass(frozen=True)
class Overwriting:
    """A state that creates without a precondition, as a retry after a lost reply would if it were written so."""

    inner: Any

    def create(self, collection: str, doc_id: str, doc: Doc) -> bool:
        self.inner._ref(collection, doc_id).set(self.inner._fields(doc))
        return True

    def __getattr__(self, name: str) -> Any:
        return getattr(self.inner, name)


@dataclass
class Counting:
    """Rules on a phase once it has been looked at as often as it has units: a counter where a set belongs."""

    real: Verdicts
    looks: Counter[str] = field(default_factory=Counter)

    def look(self, manifest: Manifest, phase: str) -> bool:
        verdict_id = f"{manifest.id}.{phase}"
        self.looks[verdict_id] += 1
        if self.looks[verdict_id] >= (FAN_IN if phase == "fan" else 1):
            stored = self.real._settle(manifest, phase, Ruling("complete", "counted"), "complete")
            self.real._follow(manifest, phase, stored)
        return True


def overwriting(state: State) -> State:
    """The state, overwriting."""
    return Overwriting(state)


def counting() -> Callable[[Engine], Engine]:
    """Engines that count together."""
    looks: Counter[str] = Counter()

    def made(engine: Engine) -> Engine:
        counted: Any = Counting(engine._verdicts, looks)
        engine._verdicts = counted
        return engine

    return made


def acknowledging(seen: Seen) -> Callable[[flask.Request, App], int]:
    """A function that acknowledges whatever happens."""
    answer = world.real_answer(seen)

    def answered(request: flask.Request, app: App) -> int:
        answer(request, app)
        return HTTPStatus.NO_CONTENT

    return answered
