"""Payloads through their feed's parser and contracts, compared with the bare library that decodes them.

    python -m benchmarks.parsing [--payloads ../shared/data/payloads]

The folder holds one folder per feed; without it the made-up payloads of the tests are read, which are so small that the
ratios say little. Bare is json.loads, selectolax, pypdfium2 or csv on the plain bytes. Medians of several rounds in one
process; ratios hold on a busy machine, rates do not.
"""

import argparse
import csv
import gzip
import io
import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

from functions.process_raw.feeds.decode import decode
from functions.process_raw.feeds.frame import FEEDS, read_payload

ROUNDS = 5
_ROOT = Path(__file__).resolve().parents[1]
_RECORDED = _ROOT.parent / "shared" / "data" / "payloads"
_MADE_UP = _ROOT / "tests" / "support" / "data" / "feeds"


@dataclass
class Sum:
    """What the payloads of one feed and medium took together."""

    payloads: int = 0
    size: int = 0
    rows: int = 0
    ours: float = 0.0
    bare: float = 0.0


def bare(media: str) -> Callable[[bytes], Any]:
    """The call of the library that decodes such a body, and nothing more."""
    if media == "pdf":
        from pypdfium2 import PdfDocument

        return lambda body: [page.get_textpage().get_text_bounded() for page in PdfDocument(body)]
    if media == "html":
        from selectolax.lexbor import LexborHTMLParser

        return LexborHTMLParser
    if media == "csv":
        return lambda body: list(csv.reader(io.StringIO(body.decode("utf-8", "replace"))))
    return json.loads


def seconds(call: Callable[[bytes], Any], body: bytes) -> float:
    """The median of several calls; each body is new by blank lines behind it, so that no cache knows it."""
    times = []
    for number in range(1, ROUNDS + 1):
        fresh = body + b"\n" * number
        start = time.perf_counter()
        call(fresh)
        times.append(time.perf_counter() - start)
    return median(times)


def measure(folder: Path) -> dict[tuple[str, str], Sum]:
    """By feed and medium, every payload of the folder that gives rows."""
    sums: dict[tuple[str, str], Sum] = {}
    for feed in FEEDS:
        for path in sorted((folder / feed).glob("*")):
            body = path.read_bytes()
            plain = gzip.decompress(body) if body.startswith(b"\x1f\x8b") else body
            outcome = read_payload(feed, plain)
            if not outcome.has_rows:
                continue
            media = decode(plain).media
            if media == "json" and plain.lstrip().startswith(b"<"):
                continue  # JSON inside a page: the library alone cannot read it
            total = sums.setdefault((feed, media), Sum())
            total.payloads += 1
            total.size += len(plain)
            total.rows += sum(len(rows) for rows in outcome.rows.values())
            total.ours += seconds(partial(read_payload, feed), plain)
            total.bare += seconds(bare(media), plain)
    return sums


def main() -> None:
    """The command line: one line per feed and medium."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--payloads", type=Path, default=_RECORDED if _RECORDED.is_dir() else _MADE_UP)
    folder = parser.parse_args().payloads
    print(f"{'feed':<22} {'media':<5} {'files':>5} {'kB':>7} {'rows':>7} {'MB/s':>7} {'rows/s':>9} {'x bare':>7}")
    for (feed, media), total in measure(folder).items():
        print(
            f"{feed:<22} {media:<5} {total.payloads:>5} {total.size / 1e3:>7.0f} {total.rows:>7} "
            f"{total.size / total.ours / 1e6:>7.1f} {total.rows / total.ours:>9.0f} {total.ours / total.bare:>7.1f}"
        )


if __name__ == "__main__":
    main()
