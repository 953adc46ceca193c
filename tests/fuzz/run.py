"""Fuzz the parsers: `python -m tests.fuzz.run --feed espn --n 100000` (make fuzz); without --feed one after another.

`--feed all` gives every body to every feed, in one process: little of each, for a smoke test.

A finding is a body that raises, or an outcome that is neither rows nor a refusal with its reason; Atheris writes it
below build/fuzz. The corpus that reached new code is kept there too, and each run starts from it.
"""

import argparse
import json
import re
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
WORK = ROOT / "build" / "fuzz"
_SEEDS = ROOT / "tests" / "support" / "data" / "feeds"
_LARGEST = 64 * 1024
_SECONDS_OF_ONE = 20  # one body may not take longer
_MORE_THAN_BYTES = 0.7  # share of structured changes
_DONE = re.compile(r"Done (\d+) runs? in (\d+) second")
_FINDING = re.compile(r"(?:written to|ERROR:).*")
_COVERED = re.compile(r"cov: (\d+)")


def check(feed: str, body: bytes) -> None:
    """AssertionError unless the body gives rows or a refusal with its reason, and can be printed."""
    from functions.process_raw.feeds.frame import read_payload

    outcome = read_payload(feed, body)
    assert outcome.has_rows != bool(outcome.rule), "neither rows nor a refusal, or both"
    assert outcome.has_rows or outcome.reason, "a refusal without a reason"
    json.dumps(asdict(outcome), default=str, ensure_ascii=False).encode()


def fuzz(feeds: Sequence[str], n: int, seed: int) -> None:
    """Fuzz feeds with the same bodies in this process, which then ends."""
    import atheris

    with atheris.instrument_imports(include=["functions", "shared", "json"]):
        from functions.process_raw.feeds.frame import kinds_of

        for feed in feeds:
            kinds_of(feed)  # imports the feed's parsers
    from tests.fuzz.changes import changed
    from tests.support import feed_pages

    def mutate(data: bytes, max_size: int, number: int) -> Any:
        if number % 100 < _MORE_THAN_BYTES * 100:
            found = changed(data, number)
            if found is not None and len(found) <= max_size:
                return found
        return atheris.Mutate(data, max_size)

    def check_all(body: bytes) -> None:
        for feed in feeds:
            check(feed, body)

    work = WORK / ("all" if len(feeds) > 1 else feeds[0])
    corpus, first = work / "corpus", work / "first"
    corpus.mkdir(parents=True, exist_ok=True)
    first.mkdir(exist_ok=True)
    for name, (feed, body) in feed_pages.payloads().items():
        if feed in feeds:
            (first / name).write_bytes(body)
    arguments = [
        sys.argv[0], str(corpus), str(first), *(str(_SEEDS / feed) for feed in feeds if (_SEEDS / feed).is_dir()), f"-runs={n}",
        f"-seed={seed}", f"-max_len={_LARGEST}", f"-timeout={_SECONDS_OF_ONE}", f"-artifact_prefix={work / 'finding-'}",
        "-rss_limit_mb=4096", "-verbosity=1",
    ]  # fmt: skip
    atheris.Setup(arguments, check_all, custom_mutator=mutate)
    atheris.Fuzz()


def run(feed: str, n: int, seed: int) -> tuple[bool, str]:
    """Whether a feed came through `n` runs in a process of its own, and a line that says so."""
    command = [sys.executable, "-m", "tests.fuzz.run", "--inside", "--feed", feed, "--n", str(n), "--seed", str(seed)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT, errors="replace")
    ended, covered = _DONE.search(done.stderr), _COVERED.findall(done.stderr)
    if done.returncode or not ended:
        said = _FINDING.findall(done.stderr) or done.stderr.splitlines()[-5:]
        return False, "\n".join((f"{feed:<22} ended with {done.returncode}", done.stdout[-3000:], *said))
    return True, f"{feed:<22} {int(ended[1]):>9,} runs {int(ended[2]):>6} s  coverage {covered[-1] if covered else '?'}"


def main() -> int:
    """The command line; exit code 1 after a finding."""
    from functions.process_raw.feeds.frame import FEEDS

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--feed", choices=["", "all", *FEEDS], default="")
    parser.add_argument("--n", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--inside", action="store_true", help="fuzz in this process, which then ends")
    given = parser.parse_args()
    if given.inside:
        fuzz(FEEDS if given.feed == "all" else [given.feed], given.n, given.seed)
    failed = False
    for feed in [given.feed] if given.feed else FEEDS:
        passed, line = run(feed, given.n, given.seed)
        print(line, flush=True)  # noqa: T201
        failed |= not passed
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
