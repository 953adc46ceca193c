"""Server time and bytes of every page of a home, one by one and for 200 readers at once.

    python -m benchmarks.pages --home build/r1

The home is one that a replay filled. Each page is asked for over HTTP on one connection: first once (which reads the
rows), then many times; the wall-clock times are of the whole answer. Then 200 connections ask for all pages at once. On
a busy machine trust the bytes and the errors.
"""

import argparse
import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import httpx2 as httpx
import numpy as np

from tipoff.home import Home
from tipoff.operate.overview import latest_date
from tipoff.operate.stores import open_stores
from tipoff.web.app import create_app
from tipoff.web.serving import Server, listen

ROUNDS, READERS, EACH = 60, 200, 2
MOST_MS, MOST_BYTES = 50.0, 150_000
SYSTEM = "ensemble_v1"
_PLAYER = "SELECT player_id FROM nba_predictions.player_prop_predictions WHERE game_date = $day ORDER BY 1 LIMIT 1"


@contextmanager
def served(home: Home) -> Iterator[str]:
    """The address of the home's pages, served from a thread."""
    server = Server(create_app(home))
    with listen(0) as socket:
        thread = threading.Thread(target=server.run, kwargs={"sockets": [socket]})
        thread.start()
        while not server.started:
            time.sleep(0.01)
        yield f"http://127.0.0.1:{socket.getsockname()[1]}"
        server.should_exit = True
        thread.join()


def paths(home: Home) -> dict[str, str]:
    """A path of each page, of the home's latest date."""
    day = latest_date(open_stores(home))
    player = home.tables().read(_PLAYER, {"day": day})["player_id"][0]
    return {
        "tonight": f"/?date={day}&system={SYSTEM}",
        "player": f"/player/{player}?date={day}&system={SYSTEM}",
        "record": f"/record?system={SYSTEM}",
        "pipeline": f"/pipeline?date={day}",
        "models": "/models",
    }


def ask(client: httpx.Client, path: str) -> tuple[float, int, int]:
    """Milliseconds, bytes transferred and status of one answer."""
    started = time.perf_counter()
    with client.stream("GET", path) as answer:
        size = sum(len(part) for part in answer.iter_raw())
        return (time.perf_counter() - started) * 1000, size, answer.status_code


def crowd(url: str, asked: list[str]) -> tuple[list[float], Counter[int]]:
    """The milliseconds of every answer of 200 readers, and how many answers had each status."""

    def reader(_: int) -> list[tuple[float, int, int]]:
        with httpx.Client(base_url=url, timeout=60.0) as client:
            return [ask(client, path) for _ in range(EACH) for path in asked]

    with ThreadPoolExecutor(READERS) as pool:
        answers = [answer for some in pool.map(reader, range(READERS)) for answer in some]
    return [ms for ms, _, _ in answers], Counter(status for _, _, status in answers)


def main() -> None:
    """Print the table, and whether the limits hold."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--home", type=Path, default=Path("build/r1"))
    home, holds = Home(parser.parse_args().home), True
    asked = paths(home)
    print(f"{'page':10} {'first ms':>9} {'p50 ms':>8} {'p95 ms':>8} {'bytes':>9}")
    with served(home) as url, httpx.Client(base_url=url, timeout=120.0) as client:
        for name, path in asked.items():
            first, size, status = ask(client, path)
            assert status == 200, f"{path}: {status}"
            times = [ask(client, path)[0] for _ in range(ROUNDS)]
            p50, p95 = np.quantile(times, [0.5, 0.95])
            holds = holds and p95 <= MOST_MS and size <= MOST_BYTES
            print(f"{name:10} {first:9,.0f} {p50:8.1f} {p95:8.1f} {size:9,}")
        times, statuses = crowd(url, list(asked.values()))
    p50, p95 = np.quantile(times, [0.5, 0.95])
    print(f"{READERS} readers at once: {len(times):,} answers, p50 {p50:,.0f} ms, p95 {p95:,.0f} ms, {dict(statuses)}")
    print(f"at most {MOST_MS:.0f} ms and {MOST_BYTES:,} bytes a page: {'holds' if holds else 'DOES NOT HOLD'}")


if __name__ == "__main__":
    main()
