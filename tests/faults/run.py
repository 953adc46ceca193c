"""Outages between the clients and the emulators, one after another: `python -m tests.faults.run --windows 300`.

Prints kind x target x windows x recovery, beside how long the same takes without an outage, and what was doubled, lost
or early; exit code 1 if anything was, or if a recovery took longer than its outage.
"""

# ruff: noqa: T201 - a command line prints

import argparse
import json
import logging
import os
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager
from dataclasses import asdict, dataclass
from itertools import product
from pathlib import Path
from random import Random
from statistics import median
from typing import Any
from uuid import uuid4

from rich.progress import Progress

from shared.ports import Events, State
from tests.faults import world
from tests.faults.delivery import INSTANCES, Instances, Relay
from tests.faults.proxy import MODES, AnyBytes, Proxies, Proxy
from tests.faults.world import Load, Seen
from tools.emulators import start

KINDS = MODES[1:]
TARGETS = ("state", "bus", "both")
SHORT_S, LONG_S = (0.3, 2.0), (5.5, 20.0)  # the long ones outlast a call's time-out, some all its tries
LONG_EVERY = 10
UNDISTURBED = "none"
UNDISTURBED_EVERY = 5  # one in so many is measured without an outage: the pace of the workload itself
WARM_UP_S = 10
PAUSE_S = (0.2, 0.8)
GIVE_UP_S = 60
DRAIN_S = 90
PROJECT = "tipoff-faults"


@dataclass(frozen=True)
class Window:
    """One outage."""

    kind: str
    target: str
    seconds: float


@dataclass(frozen=True)
class Result:
    """An outage and the seconds from its end until everything worked again; None if it did not."""

    window: Window
    recovery_s: float | None


@dataclass(frozen=True)
class Stage:
    """The workload behind its proxies, and the state as it is behind them."""

    seen: Seen
    load: Load
    state: State
    proxies: Mapping[str, tuple[Proxy, ...]]


def windows(
    count: int, rng: Random, short: tuple[float, float] = SHORT_S, long_every: int = LONG_EVERY
) -> list[Window]:
    """Every kind on every target equally often, in random order; one in `long_every` is long."""
    pairs = list(product(KINDS, TARGETS))
    planned: list[Window] = []
    while len(planned) < count:
        rng.shuffle(pairs)
        for kind, target in pairs:
            lengths = LONG_S if long_every and len(planned) % long_every == long_every - 1 else short
            planned.append(Window(kind, target, rng.uniform(*lengths)))
    return planned[:count]


@contextmanager
def stage(
    firestore: str,
    pubsub: str,
    *,
    state_of: Callable[[State], State] = lambda s: s,
    engine_of: Callable[[Any], Any] = lambda e: e,
) -> Iterator[Stage]:
    """Everything running on the emulators of these addresses; parts of it may be replaced by broken ones."""
    from google.cloud.pubsub_v1 import PublisherClient, SubscriberClient

    from shared.adapters.cloud.firestore import FirestoreState
    from shared.adapters.cloud.pubsub import PubSubEvents
    from shared.adapters.cloud.topology import Topology

    logging.getLogger("tipoff").setLevel(logging.CRITICAL)  # every outage is logged
    seen, small = Seen(), world.small_map()
    project, prefix = f"{PROJECT}-{uuid4().hex[:8]}", f"f{uuid4().hex[:8]}-"
    with ExitStack() as stack:
        proxies = stack.enter_context(Proxies())
        state_proxy = stack.enter_context(closing(proxies.Proxy(firestore)))
        bus_proxy = stack.enter_context(closing(proxies.Proxy(pubsub)))
        with _environment(FIRESTORE_EMULATOR_HOST=firestore, PUBSUB_EMULATOR_HOST=pubsub):
            direct = stack.enter_context(closing(FirestoreState(project, "tipoff")))
            publisher, subscriber = PublisherClient(), SubscriberClient()
        with _environment(FIRESTORE_EMULATOR_HOST=state_proxy.address(), PUBSUB_EMULATOR_HOST=bus_proxy.address()):
            state: State = world.SeenState(state_of(FirestoreState(project, "tipoff")), seen)
            events: Events = world.SeenEvents(PubSubEvents(project, prefix), seen)
        apps = [world.app_of(small, state, events, f"instance-{n}", engine_of) for n in range(INSTANCES + 1)]
        instances = stack.enter_context(closing(Instances(apps[1:], world.real_answer(seen), seen)))
        push_proxy = stack.enter_context(closing(proxies.Proxy(instances.address, AnyBytes)))
        topology = Topology(small, project, prefix)
        topology.create(publisher, subscriber)
        pushing = Relay(push_proxy.address(), topology).pushing(subscriber)
        load = Load(apps[0], seen)
        load.start()
        stack.callback(load.stop)
        bus = (bus_proxy, push_proxy)
        yield Stage(seen, load, direct, {"state": (state_proxy,), "bus": bus, "both": (state_proxy, *bus)})
        for future in pushing:
            future.cancel()
            future.result(GIVE_UP_S)
        subscriber.close()


@contextmanager
def _environment(**values: str) -> Iterator[None]:
    """The official clients look for emulators in the environment when they are made."""
    before = dict(os.environ)
    os.environ.update(values)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


def play(
    on: Stage, planned: list[Window], rng: Random, report: Callable[[], None] = lambda: None, drain_s: float = DRAIN_S
) -> list[Result]:
    """One outage after another, each followed by a recovery; then everything settles and is read back."""
    assert _progress(on.seen, time.monotonic()) is not None, "nothing works before the first outage"
    results = []
    for number, window in enumerate(planned):
        time.sleep(rng.uniform(*PAUSE_S))
        if number % UNDISTURBED_EVERY == 0:
            results.append(Result(Window(UNDISTURBED, "", 0.0), _progress(on.seen, time.monotonic())))
            time.sleep(rng.uniform(*PAUSE_S))
        for proxy in on.proxies[window.target]:
            proxy.switch(window.kind)
        time.sleep(window.seconds)
        for proxy in on.proxies[window.target]:
            proxy.switch("pass")
        results.append(Result(window, _progress(on.seen, time.monotonic())))
        report()
    on.load.stop_opening()
    give_up_at = time.monotonic() + drain_s
    while len(on.seen.settled) < len(on.load.opened) and time.monotonic() < give_up_at:
        time.sleep(0.1)
    world.settle(on.state, on.load.opened, give_up_at)
    world.verify(on.load.opened, on.state, on.seen)
    return results


def _progress(seen: Seen, moment: float) -> float | None:
    """Seconds until a publish was taken, a push came and a completion was written, all after the moment; or None."""
    while time.monotonic() < moment + GIVE_UP_S:
        firsts = [world.after(times, moment) for times in (seen.published, seen.delivered, seen.completed)]
        if None not in firsts:
            return max(f for f in firsts if f is not None) - moment
        time.sleep(0.005)
    return None


def late(results: list[Result], slack_s: float = 0.0) -> list[Result]:
    """The results whose recovery took longer than the outage and the slack."""
    outages = [r for r in results if r.window.kind != UNDISTURBED]
    return [r for r in outages if r.recovery_s is None or r.recovery_s > r.window.seconds + slack_s]


def table(results: list[Result]) -> str:
    """Kind x target x windows x recovery, and how many were longer than their outage."""
    rows = [f"{'kind':<11} {'target':<6} {'windows':>7} {'median':>7} {'p99':>7} {'worst':>7} {'longer':>6}"]
    for kind, target in [*product(KINDS, TARGETS), (UNDISTURBED, "")]:
        selected = [r for r in results if (r.window.kind, r.window.target) == (kind, target)]
        if selected:
            rows.append(f"{kind:<11} {target:<6} {_figures(selected)}")
    rows.append(f"{'all outages':<18} {_figures([r for r in results if r.window.kind != UNDISTURBED])}")
    return "\n".join(rows)


def _figures(results: list[Result]) -> str:
    waits = sorted(GIVE_UP_S if r.recovery_s is None else r.recovery_s for r in results)
    p99 = waits[min(len(waits) - 1, int(0.99 * len(waits)))]
    return f"{len(waits):>7} {median(waits):>7.2f} {p99:>7.2f} {waits[-1]:>7.2f} {len(late(results)):>6}"


def main() -> int:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--windows", type=int, default=300)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", type=Path, help="write every window and its recovery here")
    given = parser.parse_args()
    started, rng = time.monotonic(), Random(given.seed)
    with start.firestore() as firestore, start.pubsub() as pubsub, stage(firestore, pubsub) as on, Progress() as bar:
        task = bar.add_task("outages", total=given.windows)
        time.sleep(WARM_UP_S)
        results = play(on, windows(given.windows, rng), rng, lambda: bar.advance(task))
    seen, wrong = on.seen, Counter(kind for kind, _ in on.seen.wrong)
    print(table(results))
    times = sorted(seen.settled[m] - seen.opened[m] for m in seen.settled if m in seen.opened)
    again = sum(n - 1 for n in seen.worked.values())
    print(
        f"{given.windows} outages, seed {given.seed}, {time.monotonic() - started:.0f} s; {len(on.load.opened)} runs, "
        f"{len(seen.completed)} completions, {len(seen.delivered)} pushes, {again} units done again under a newer claim; "
        f"a run took {median(times):.2f} s, at most {times[-1]:.2f} s"
    )
    print(", ".join(f"{kind} {wrong[kind]}" for kind in world.WRONG) + f", longer than the outage {len(late(results))}")
    for kind, what in seen.wrong[:50]:
        print(f"{kind.upper()} {what}")
    if given.json:
        rows = [{**asdict(r.window), "recovery_s": r.recovery_s} for r in results]
        given.json.write_text(json.dumps({"seed": given.seed, "windows": rows, "wrong": seen.wrong}, indent=1), "utf-8")
    return 1 if wrong or late(results) else 0


if __name__ == "__main__":
    sys.exit(main())
