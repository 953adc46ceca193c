"""Faulty variants of the system, each of which the checks must catch."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from shared.ports import Doc
from shared.protocol.engine import Engine
from shared.protocol.manifest import Manifest
from shared.protocol.verdicts import Verdicts
from shared.rules.fanin import Ruling
from tests.faults.world import FAN_IN


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
    """Rules on a phase once it was evaluated as often as it has units: a counter where a set belongs."""

    real: Verdicts
    evaluations: Counter[str] = field(default_factory=Counter)

    def evaluate_after(self, manifest: Manifest, phase: str, unit: str, outcome: str) -> None:
        del unit, outcome
        self.evaluate(manifest, phase)

    def evaluate(self, manifest: Manifest, phase: str) -> bool:
        verdict_id = f"{manifest.id}.{phase}"
        self.evaluations[verdict_id] += 1
        if self.evaluations[verdict_id] >= (FAN_IN if phase == "fan" else 1):
            stored = self.real._settle(manifest, phase, Ruling("complete", "counted"), "complete")
            self.real._follow(manifest, phase, stored)
        return True


@dataclass(frozen=True)
class Forgetting:
    """A state that reports one of the units' completions as stored and drops it."""

    inner: Any

    def create(self, collection: str, doc_id: str, doc: Doc) -> bool:
        return doc_id.endswith(".u000") or self.inner.create(collection, doc_id, doc)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.inner, name)


def counting() -> Callable[[Engine], Engine]:
    """Engines that count together."""
    evaluations: Counter[str] = Counter()

    def made(engine: Engine) -> Engine:
        counted: Any = Counting(engine._verdicts, evaluations)
        engine._verdicts = counted
        return engine

    return made
