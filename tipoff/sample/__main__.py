"""The sample league on the real clock, as a server: `python -m tipoff.sample [PORT]`, then `tipoff up --feeds-from`."""

import sys
import threading
from datetime import timedelta

from shared.clock import SystemClock
from shared.rules.dates import eastern_date
from tipoff.sample import League, serve

DAYS_BEFORE = 14  # the season began two weeks ago, so that there are box scores and games to come


def main(port: str = "8000") -> None:
    """Serve until the process is stopped."""
    clock = SystemClock()
    with serve(League(start=eastern_date(clock.now()) - timedelta(days=DAYS_BEFORE)), clock, int(port)) as server:
        sys.stdout.write(f"{server.url}\n")
        sys.stdout.flush()
        threading.Event().wait()


if __name__ == "__main__":
    main(*sys.argv[1:])
