"""What is missing of a feed: since when, when it is asked for again, and what need not be fetched then.

Before it: a step of steps.py. After it: the completion's evidence, from which the protocol (shared/protocol/asking.py)
opens the generation that asks again.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from shared.contracts.work import Artifact, Missing, Request
from shared.protocol.manifest import verdicts_of
from shared.rules.asking import next_ask
from shared.rules.limits import MISSING_CHARS, cut
from shared.work.evidence import evidence_of
from shared.work.job import Job

Asked = tuple[str, str, tuple[tuple[str, str], ...]]  # site, path and parameters of a request


@dataclass(frozen=True)
class Base:
    """What the base of a repair has: its answers by request, which stand where the site has none now.

    With `missing_only` they suffice, but for the entities that were `missing`.

    Answers that name no entity list what there is: they are asked for again where something is missing for which the
    base made no request, as a game that was not final.
    """

    answers: Mapping[Asked, Artifact] = field(default_factory=dict)
    missing: frozenset[str] = frozenset()
    asks_lists: bool = False
    missing_only: bool = False

    def answer(self, request: Request) -> Artifact | None:
        """The base's answer to the request."""
        return self.answers.get((request.site, request.path, tuple(sorted(request.params.items()))))

    def suffices(self, request: Request) -> bool:
        """Whether the base's answer, if there is one, need not be asked for again."""
        return self.missing_only and (request.entity not in self.missing if request.entity else not self.asks_lists)


def artifact_of(doc: Mapping[str, Any]) -> Artifact:
    """An artifact as a completion lists it."""
    return Artifact(**{**doc, "fetched_at": datetime.fromisoformat(doc["fetched_at"])})


def base_of(job: Job) -> Base:
    """What a fetch unit of a repair has already."""
    if job.manifest.base is None:
        return Base()
    base = job.app.engine.manifest(job.manifest.run_id, job.manifest.base)
    done = job.app.state.get("completions", f"{base.id}.{job.event.phase}.{job.unit.name}")
    evidence = evidence_of(done.doc, job.app.archive) if done else {}
    artifacts = [artifact_of(a) for a in evidence.get("artifacts", ())]
    listed = [v.get("gaps", {}).get(job.unit.name, ()) for v in verdicts_of(job.app.state, base).values()]
    missing = frozenset(m["entity"] for gaps in listed for m in gaps)
    requested = {a.entity for a in artifacts} | {m["entity"] for m in evidence.get("missing", ())}
    answers = {(a.source, a.path, tuple(sorted(a.params.items()))): a for a in artifacts}
    return Base(answers, missing, asks_lists=not missing <= requested, missing_only=job.manifest.missing_only)


def dated(job: Job, missing: Iterable[Missing]) -> tuple[Missing, ...]:
    """The missing entities, each once, with since when they are missing and when they are asked for again.

    An entity is missing since the first of the generations without a break in which this unit missed it.
    """
    once = {m.entity: m for m in missing}
    if not once:
        return ()
    rule, now = job.app.map.ask_again, job.app.clock.now().replace(second=0, microsecond=0)  # sweeps come on the minute
    end = job.manifest.as_of + timedelta(minutes=rule.until_min)
    what = job.app.map.brought_by(job.unit)
    before = _missing_before(job)
    dated = []
    for m in once.values():
        since = m.since or before.get(m.entity, now)
        until = min(end, m.useful_until or end)
        ask_at = next_ask(since, now, until, rule.after_min) if job.app.settings.source in rule.sources else None
        dated.append(replace(m, reason=cut(m.reason, MISSING_CHARS), what=what, since=since, ask_at=ask_at))
    return tuple(dated)


def _missing_before(job: Job) -> dict[str, datetime]:
    """What this unit missed in the generation before, with since when."""
    manifest = job.manifest
    cell = f"{manifest.run_id}.{manifest.base or manifest.generation - 1}.{job.event.phase}.{job.unit.name}"
    stored = job.app.state.get("completions", cell)
    evidence = evidence_of(stored.doc, job.app.archive) if stored else {}
    listed = [Missing.of(m) for m in evidence.get("missing", ())]
    return {m.entity: m.since for m in listed if m.since}
