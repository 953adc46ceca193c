"""`tipoff parse`: Run one recorded payload through its feed's parser and contract."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.markup import escape

from functions.process_raw.feeds.frame import FEEDS, Outcome, read_payload
from shared.errors import UserError
from tipoff.cli import render
from tipoff.cli.options import AsJson

SHOWN_ROWS = 10  # of a table, without --json
SHOWN_COLUMNS = 10


def parse(
    feed: Annotated[str, typer.Argument(help=f"One of {', '.join(FEEDS)}.", metavar="FEED")],
    file: Annotated[Path, typer.Argument(help="The payload as it came, plain or gzip.", metavar="FILE")],
    as_json: AsJson = False,
) -> int:
    """The rows of one payload by table, or the reason why there are none.

    The kind of document is recognised by its content. Also what was refused of it, under the rule's name, and how it
    differs from the feed's contract. Exit code 0 with rows, 1 without.

    Example: tipoff parse nba_cdn boxscore_0022300682.json --json
    """
    if feed not in FEEDS:
        raise UserError(f"no feed {feed}; there are {', '.join(FEEDS)}")
    outcome = read_payload(feed, file.read_bytes())
    if as_json:
        render.print_json({"file": file.name, "outcome": "rows" if outcome.has_rows else "refused", **asdict(outcome)})
    else:
        _print(outcome, file.name)
    return 0 if outcome.has_rows else 1


def _print(outcome: Outcome, name: str) -> None:
    out = render.console()
    what = f"{outcome.feed} {outcome.kind or 'document of no known kind'}" + (
        f", league {outcome.league}" if outcome.league not in ("", "NBA") else ""
    )
    if not outcome.has_rows:
        out.print(f"[bold]{escape(name)}[/]: refused ({outcome.rule}): {escape(outcome.reason)}", soft_wrap=True)
    else:
        counts = ", ".join(f"{len(rows)} rows of {table}" for table, rows in outcome.rows.items() if rows)
        out.print(f"[bold]{escape(name)}[/]: {escape(what)}: {counts}", soft_wrap=True)
    for table, rows in outcome.rows.items():
        if rows:
            _print_rows(table, rows)
    for rule, records in outcome.refused.items():
        out.print(f"refused, {rule}: {len(records)}, as {escape(_short(records[0]))}", soft_wrap=True)
    for rule, count in outcome.discarded.items():
        out.print(f"left out, {rule}: {count}", soft_wrap=True)
    for drift in outcome.drift:
        sample = escape(drift.sample)
        out.print(
            f"drift, {drift.record}: {drift.change} {escape(drift.field)} ({drift.mode}, {drift.count} times): {sample}"
        )


def _print_rows(table: str, rows: Sequence[Mapping[str, Any]]) -> None:
    """The first rows, in the columns that have values."""
    columns = [name for name in rows[0] if any(row[name] is not None for row in rows)]
    shown = [[escape(render.value(row[name])) for name in columns] for row in rows[:SHOWN_ROWS]]
    render.show(render.table(*columns, title=table, rows=shown))
    if len(rows) > SHOWN_ROWS:
        render.console().print(f"[dim]{len(rows) - SHOWN_ROWS} further rows; --json has all[/]")


def _short(record: Mapping[str, Any]) -> str:
    text = ", ".join(f"{name} {value}" for name, value in record.items() if value is not None)
    return text if len(text) <= 200 else f"{text[:200]}..."  # noqa: PLR2004
