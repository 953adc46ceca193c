"""What scrape does with a claimed unit: fetch a feed's answers and archive them unparsed.

Before it: handle.py, which claims the unit and makes the Job. After it: the parse step of steps.py, which reads the
archived bytes that the completion lists.
"""

from dataclasses import asdict, dataclass, field
from hashlib import sha256
from typing import Protocol

from shared.contracts.work import Artifact, FetchPlan, Missing, Planned, Request, Work, missing_text
from shared.errors import ContractError, NotThereYet, RequestRefused, SourceUnavailable
from shared.work.credits import Ledger, ledger_of
from shared.work.gaps import Base, base_of, dated
from shared.work.job import Ended, Job


class ScrapeCore(Protocol):
    """The pure core of scrape."""

    def plan(self, feed: str, work: Work, source: str) -> FetchPlan:
        """What to fetch; each body is sent back in."""

    def has_feed(self, feed: str, source: str) -> bool:
        """Whether the source offers the feed."""


@dataclass
class _Fetched:
    """The answers to a plan's requests, what is missing, and what the plan concluded."""

    artifacts: list[Artifact] = field(default_factory=list)
    missing: list[Missing] = field(default_factory=list)
    planned: Planned = field(default_factory=Planned)


@dataclass(frozen=True)
class FetchStep:
    """Fetch a feed and archive its bytes unparsed."""

    function: str
    core: ScrapeCore

    def run(self, job: Job) -> Ended:
        """Fetch everything the core plans; the completion lists the artifacts."""
        feed, source = job.unit.feed or job.unit.name, job.app.settings.source
        if not self.core.has_feed(feed, source):
            return Ended("no_source", f"the source {source} does not offer {feed}")
        work = job.work()
        assert work is not None
        ledger = ledger_of(job)
        fetched = self._fetch(job, feed, self.core.plan(feed, work, source), ledger)
        artifacts, missing = fetched.artifacts, dated(job, fetched.missing)
        digest = sha256("".join(a.sha256 for a in artifacts).encode()).hexdigest()
        listed = [{**asdict(a), "fetched_at": a.fetched_at.isoformat()} for a in artifacts]
        outcome = "partial" if missing else "ok" if artifacts else "empty"
        reason = missing_text(missing) or (fetched.planned.note if artifacts else "nothing to fetch")
        stated = {"credits": ledger.stated()} if ledger.was_used else {}
        evidence = {**fetched.planned.evidence, "artifacts": listed, "missing": [m.doc() for m in missing], **stated}
        size, expected = sum(a.bytes for a in artifacts), len(artifacts) + len(missing)
        return Ended(outcome, reason, expected, len(artifacts), digest, evidence=evidence, bytes=size)

    def _fetch(self, job: Job, feed: str, plan: FetchPlan, ledger: Ledger) -> _Fetched:
        """Archive each answer; what is missing of the entities that were asked for alone.

        A failure raises where the whole feed needs the answer. Where no entity has one, the first failure raises that
        is about the site and not about the entity: an outage, or settings that it refuses. A repair keeps what its base
        has of an entity that does not come; one that asks only for what is missing takes all else from there, too.
        """
        fetched, answered, of_site, base = _Fetched(), 0, None, base_of(job)
        try:
            request = next(plan)
            while True:
                held, body = base.answer(request), None
                try:
                    artifact, body = self._answer(job, feed, request, base, ledger)
                    fetched.artifacts.append(artifact)
                    answered += bool(request.entity)
                except (SourceUnavailable, ContractError) as error:
                    of_site = of_site or (error if _is_of_site(error) else None)
                    if held and (request.entity or base.missing_only):
                        fetched.artifacts.append(held)
                        body = job.app.archive.get(held.sha256)
                    elif not request.entity:
                        raise
                    elif not request.is_optional:
                        fetched.missing.append(Missing(request.entity, str(error), request.useful_until))
                request = plan.send(body)
        except StopIteration as end:
            fetched.planned = end.value or fetched.planned
        fetched.missing += fetched.planned.missing
        if of_site is not None and not answered and not base.missing_only:
            raise of_site
        return fetched

    def _answer(self, job: Job, feed: str, request: Request, base: Base, ledger: Ledger) -> tuple[Artifact, bytes]:
        """The answer to a request, the base's where that suffices."""
        held = base.answer(request)
        if held and base.suffices(request):
            return held, job.app.archive.get(held.sha256)
        if request.is_optional and base.suffices(request):
            raise NotThereYet(f"{request.path} was not there before, and nothing is missing without it")
        body = ledger.fetch(job.app.feeds, request).body
        job.app.engine.point("archive.put")
        digest, now = job.app.archive.put(body), job.app.clock.now()
        size, params = len(body), dict(request.params)
        return Artifact(digest, size, request.site, feed, request.path, now, params, request.entity), body


def _is_of_site(error: SourceUnavailable | ContractError) -> bool:
    """Whether a failure is about the site as a whole, and not only about what was asked for."""
    return isinstance(error, SourceUnavailable | RequestRefused) and not isinstance(error, NotThereYet)
