"""Compare a replay of real dates that is killed ten times with one that is not.

python -m tests.acceptance.kill_replay --data ../shared/data --from 2024-02-26 --to 2024-03-03
"""

# ruff: noqa: T201 - prints its findings

import argparse
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.support.local import killing, runs


def main() -> int:
    """Run both, print the kills and the exports that differ; exit code 1 if any does."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--from", dest="first", required=True)
    parser.add_argument("--to", dest="last", required=True)
    parser.add_argument("--seed", type=int, default=20240226)
    parser.add_argument("--kills", type=int, default=10)
    asked = parser.parse_args()
    with TemporaryDirectory() as scratch:
        calm, home = Path(scratch) / "calm", Path(scratch) / "killed"
        command = ["replay", "--data", asked.data, "--from", asked.first, "--to", asked.last, "--home"]
        started = time.perf_counter()
        code, _, err = runs.tipoff(*command, calm)
        if code:
            print(err, file=sys.stderr)
            return code
        print(f"undisturbed: {time.perf_counter() - started:.0f} s, {killing.done(calm)} messages")
        fill = killing.messages_of(calm, "backfill")
        when = killing.moments(asked.seed, fill, killing.done(calm), asked.kills)
        started = time.perf_counter()
        killed = killing.run_killed([*command, home], home, when, 3600)
        print(
            f"killed {len(killed)} times, {time.perf_counter() - started:.0f} s; messages done at each kill: {killed}"
        )
        print(f"of them {sum(n < fill for n in killed)} while the history was filled ({fill} messages)")
        same = runs.documents(home, "verdicts") == runs.documents(calm, "verdicts")
        files = [killing.exports(h, Path(scratch) / f"export-{h.name}") for h in (calm, home)]
        differ = [name for name in files[0] if files[0][name] != files[1][name]]
        for name, body in files[0].items():
            print(f"{'DIFFERS' if name in differ else 'equal':8} {len(body):>12,} bytes  {name}")
        print(f"verdicts {'equal' if same else 'DIFFER'}")
        return int(bool(differ) or not same or len(killed) != asked.kills)


if __name__ == "__main__":
    sys.exit(main())
