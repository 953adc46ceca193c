"""Messy dates: `make mess SEED=1 N=100`. A seed is a date with faults; a failed one is printed with the faults it needs.

`make mess SEED=<seed> N=1` plays it again.
"""

# ruff: noqa: T201 - a command line prints

import argparse
import logging
import os
import sys
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from functools import cache, partial
from multiprocessing import get_context
from pathlib import Path
from random import Random
from shutil import rmtree
from tempfile import mkdtemp

import stamina

from shared.adapters.local import tuning
from tests.mess import invariants, world
from tests.mess.faults import KINDS, POSTGAME, PREGAME, Fault, Hits, jumps_of, set_stage, transform
from tests.mess.invariants import Broken, Seen
from tests.mess.world import Day, Prepared
from tests.sim.run import commit
from tests.support.places import ROOT

DATES = 8
ROOT_OF_HOMES = ROOT / "build" / "mess"
MOST_FAULTS = 4
PROGRESS_EVERY = 100
WEIGHTS = {"": 1, "player": 4, "game": 4}  # a document as a whole is rarer: beside it other faults hardly show
MEMORY = Path("/dev/shm")  # noqa: S108 - homes of a second's life, in memory where the system has it


@dataclass(frozen=True)
class Scenario:
    """A date, the steps that are run, and the faults; `heals`: the last step is run again without them."""

    day: str
    steps: tuple[str, ...]
    faults: tuple[Fault, ...]
    heals: bool

    def __str__(self) -> str:
        """The scenario in words, a line per fault."""
        lines = [
            f"{self.day}, steps {', '.join(self.steps)}{', then healed' if self.heals else ''}",
            *(f"    {f}" for f in self.faults),
        ]
        return "\n".join(lines)


def scenario(prepared: Prepared, seed: int, only: str = "") -> Scenario:
    """The scenario of a seed. `only` limits the kinds of faults to those that begin so."""
    rng = Random(seed)
    day = rng.choice(prepared.days)
    shape = rng.choice(("early", "last", "last_and_graded", "graded", "graded", "all"))
    steps, active, heals = {
        "early": (("early",), ("early",), True),
        "last": (("last",), ("last",), True),
        "last_and_graded": (("last", "graded"), ("last",), False),
        "graded": (("graded",), ("graded",), True),
        "all": (("early", "last", "graded"), ("early", "last", "graded"), False),
    }[shape]
    documents = set(PREGAME if steps[0] != "graded" else POSTGAME)
    if shape == "all":
        documents |= set(POSTGAME)
    kinds = [k for k in KINDS.values() if k.document in documents and k.name.startswith(only)]
    chosen = rng.choices(kinds, [WEIGHTS[k.about] for k in kinds], k=rng.randint(1, MOST_FAULTS))
    # of two faults of one document and target the second would hide the first, and one of a whole document all others
    drawn = {(f.document, f.target): f for f in (_fault(rng, day, kind.name, active) for kind in chosen)}
    hidden = {f.document for f in drawn.values() if KINDS[f.kind].spoil and not f.target and not f.times}
    faults = tuple(f for f in drawn.values() if not f.target or f.document not in hidden)
    return Scenario(str(day.day), steps, faults, heals)


def _fault(rng: Random, day: Day, name: str, steps: tuple[str, ...]) -> Fault:
    kind = KINDS[name]
    games = [g for g in day.league.slate(day.day) if g.sides]
    game = rng.choice(games)
    players = [p for t in (game.fixture.home, game.fixture.away) for p in day.league.squads[t]]
    target = {"game": game.fixture.game_id, "player": str(rng.choice(players).player_id), "": ""}[kind.about]
    times = rng.choice((0, 1, 2)) if kind.may_be_brief else 0
    return Fault(name, target, rng.randrange(1_000_000), steps, times)


def play(prepared: Prepared, found: Scenario) -> list[Broken]:
    """Run the scenario on a copy of the prepared home; what does not hold, with the step in front."""
    day = next(d for d in prepared.days if str(d.day) == found.day)
    root = Path(mkdtemp(prefix="tipoff-mess-", dir=MEMORY if MEMORY.is_dir() else None))
    try:
        home = root / "home"
        world.copy_home(prepared.home(day, found.steps[0]), home)
        return list(_steps(found, day, prepared.rows(day), home))
    finally:
        rmtree(root)


def _steps(found: Scenario, day: Day, rows: dict[str, world.Rows], home: Path) -> Iterator[Broken]:
    steps = [day.steps[name] for name in found.steps]
    so_far = Hits()
    with world.opened(home, day.league, steps[0].at, is_kept=False) as on:
        for step in steps:
            active = tuple(f for f in found.faults if step.name in f.steps and step.kind in KINDS[f.kind].runs)
            hits = Hits()
            on.wire.disturb(
                lambda path, _, answer, active=active, hits=hits: transform(
                    active, day.league, day.day, hits, path, answer
                ),
                jumps_of(active, day.league, day.day, hits),
            )
            set_stage(active, day.day, on.app)
            on.run(day, step)
            so_far.add(hits)
            is_staged = any(KINDS[f.kind].stage for f in active)
            for broken in invariants.broken(
                Seen(on, day, step, hits, so_far, rows[step.name], on.rows(day), is_staged)
            ):
                yield Broken(f"{step.name} {broken.invariant}", broken.what)
        if found.heals:
            on.wire.disturb(None, {})
            always = steps[-1].kind == "pregame" or any(KINDS[f.kind].is_silent for f in so_far.touched)
            on.run(day, steps[-1], again=True, always=always)
            stays = Hits({f: t for f, t in so_far.touched.items() if KINDS[f.kind].stays})
            yield from invariants.healed(rows[steps[-1].name], on.rows(day), stays.all)


def shrink(prepared: Prepared, found: Scenario, broken: Broken) -> Scenario:
    """The scenario with as few faults as still break the same invariant."""
    for fault in found.faults:
        fewer = replace(found, faults=tuple(f for f in found.faults if f != fault))
        if any(b.invariant == broken.invariant for b in broken_of(prepared, fewer)):
            found = fewer
    return found


@cache
def _prepared() -> Prepared:
    return world.prepare(ROOT_OF_HOMES, DATES, lambda text: print(f"preparing: {text}", flush=True))


def outcome_of(seed: int, only: str = "") -> tuple[int, Scenario, list[Broken], float]:
    """Play one seed, in whichever process."""
    logging.getLogger("tipoff").setLevel(logging.CRITICAL)  # faults are the point
    stamina.instrumentation.set_on_retry_hooks([])
    started = time.process_time()
    found = scenario(_prepared(), seed, only)
    return seed, found, broken_of(_prepared(), found), time.process_time() - started


def broken_of(prepared: Prepared, found: Scenario) -> list[Broken]:
    """What does not hold; an error that escapes is a failure of its scenario, not of the run."""
    try:
        return play(prepared, found)
    except Exception as error:  # noqa: BLE001 - reported with its type
        return [Broken("escaped", f"{type(error).__name__}: {error}")]


def main(arguments: list[str] | None = None) -> int:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--seed", type=int, default=1, help="the first seed")
    parser.add_argument("--n", type=int, default=100, help="how many messy dates")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--only", default="", help="kinds of faults that begin so, for instance box_score")
    given = parser.parse_args(arguments)
    started = time.monotonic()
    os.environ.update(tuning.allocators())  # of the processes that play: a fifth less time for the same rows
    kinds, steps, failures, cpu = Counter[str](), 0, 0, 0.0
    seeds = range(given.seed, given.seed + given.n)
    with ProcessPoolExecutor(given.jobs, mp_context=get_context("spawn")) as pool:
        prepared = pool.submit(_prepared).result()
        made = time.monotonic() - started
        for seed, found, broken, seconds in pool.map(partial(outcome_of, only=given.only), seeds):
            cpu, steps = cpu + seconds, steps + len(found.steps)
            kinds.update(f.kind for f in found.faults)
            if broken:
                failures += 1
                _report(prepared, seed, found, broken)
            if (done := seed - given.seed + 1) % PROGRESS_EVERY == 0 and done < given.n:
                print(f"{done} of {given.n} dates, {failures} failed", flush=True)
    took = time.monotonic() - started - made
    print(
        f"{given.n} messy dates from seed {given.seed}, commit {commit()}, {sum(kinds.values())} faults of {len(kinds)}"
        f" kinds of {len(KINDS)}, {steps} runs: {failures} failed; {took:.0f} s with {given.jobs} jobs,"
        f" {cpu / given.n:.2f} s of processor time each (homes {made:.0f} s)"
    )
    documents = Counter[str]()
    for kind, count in kinds.items():
        documents[KINDS[kind].document] += count
    print(f"faults by where they are: {', '.join(f'{name} {count}' for name, count in documents.most_common())}")
    return 1 if failures else 0


def _report(prepared: Prepared, seed: int, found: Scenario, broken: list[Broken]) -> None:
    small = shrink(prepared, found, broken[0])
    print(f"FAILED seed {seed}: {small}")
    for one in broken_of(prepared, small):
        print(f"    {one}")
    print(f"    again: make mess SEED={seed} N=1", flush=True)


if __name__ == "__main__":
    sys.exit(main())
