"""How things look on a terminal: tables, bars, colours. What is computed is computed elsewhere."""

import json
import math
import os
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, is_dataclass
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich import box
from rich.console import Console
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from shared.rules.dates import EASTERN
from tipoff.home import Home
from tipoff.words import eastern

if TYPE_CHECKING:
    from shared.adapters.local.readers import HomeRows

WIDTH_WHEN_PIPED = 160
NARROW = 120
TEXT_CHARS = 18  # a cell with more words may be wrapped
KEPT = 2  # columns that every table keeps
MAX_ACROSS = 8  # rows side by side
STYLES = {
    "complete": "green",
    "no_games": "dim",
    "not_due": "dim",
    "running": "cyan",
    "degraded": "yellow",
    "late": "magenta",
    "failed": "bold red",
}
MARKS = {
    "ok": "[green]✓[/]",
    "partial": "[yellow]◐[/]",
    "empty": "[dim]○[/]",
    "no_source": "[dim]○[/]",
    "no_games": "[dim]-[/]",
    "failed": "[bold red]✗[/]",
    "blocked": "[bold red]✗[/]",
    "awaited": "[cyan]·[/]",
}
LEGEND = "✓ done  ◐ in part  ○ nothing there, and said so  ✗ failed  · awaited  - no games"


def console(*, stderr: bool = False) -> Console:
    """The terminal; when piped as wide as COLUMNS says, else wide enough for whole names."""
    terminal = Console(stderr=stderr, highlight=False)
    is_given = terminal.is_terminal or "COLUMNS" in os.environ
    return terminal if is_given else Console(stderr=stderr, highlight=False, width=WIDTH_WHEN_PIPED)


def is_narrow() -> bool:
    """Whether a table of many columns has no room for a column of sentences."""
    return console().width < NARROW


def rows_of(home: Home) -> "HomeRows":
    """The rows of a home; a line on stderr says so if another process writes them, and how old they are."""
    rows = home.rows()
    if (taken_at := rows.taken_at) is not None:
        console(stderr=True).print(f"[dim]{home} is being written; rows as of {eastern(taken_at)}[/]", soft_wrap=True)
    return rows


def print_json(value: Any) -> None:
    """One JSON document on stdout and nothing else."""
    is_utf8 = (sys.stdout.encoding or "").lower() == "utf-8"
    sys.stdout.write(json.dumps(plain(value), indent=2, ensure_ascii=not is_utf8) + "\n")


def answer(document: Any, sentence: str, *, as_json: bool) -> None:
    """What a command has done: as one JSON document if asked for, else as a sentence."""
    if as_json:
        print_json(document)
    else:
        console().print(sentence, soft_wrap=True)


def plain(given: Any) -> Any:
    """Dataclasses, dates and paths as what JSON knows; NaN and infinities as null."""
    if is_dataclass(given) and not isinstance(given, type):
        return plain(asdict(given))
    if isinstance(given, Mapping):
        return {str(k): plain(v) for k, v in given.items()}
    if isinstance(given, list | tuple):
        return [plain(v) for v in given]
    if isinstance(given, datetime | date):
        return given.isoformat()
    if isinstance(given, float):
        return given if math.isfinite(given) else None
    return str(given) if isinstance(given, Path) else given


def attention(items: Iterable[Any]) -> None:
    """Things that a person must look at, each a line, with the command that mends it."""
    out = console()
    for item in items:
        out.print(f"[yellow]![/] [bold]{item.kind}[/] {escape(item.about)}: {escape(item.reason)}", soft_wrap=True)
        if item.command:
            out.print(f"    [dim]{escape(item.command)}[/]", soft_wrap=True)


def state(name: str) -> str:
    """A state in its colour, spaces for underscores."""
    return f"[{STYLES.get(name, 'default')}]{name.replace('_', ' ')}[/]"


def table(*columns: str, title: str | None = None, rows: Iterable[Sequence[str]] = ()) -> Table:
    """A table in the house's style; a column that starts with `>` is right-aligned; one without headings shows none."""
    made = Table(title=title, title_justify="left", title_style="bold", box=box.SIMPLE_HEAD, pad_edge=False)
    for column in columns:
        right = column.startswith(">")
        made.add_column(column.removeprefix(">"), justify="right" if right else "left", no_wrap=right)
    made.show_header = any(columns)
    for row in rows:
        made.add_row(*row)
    return made


def show(made: Table) -> None:
    """Print a table whose first columns matter most: where it is too wide, without its last ones, which it names."""
    out, left_out = console(), list[str]()
    made.columns[0].no_wrap = True
    while len(made.columns) > KEPT and _width(made) > out.width:
        left_out.insert(0, str(made.columns.pop().header))
    out.print(made)
    if named := ", ".join(filter(None, left_out)):
        out.print(f"[dim]no room for: {named}; a wider terminal or --json has all[/]\n")


def _width(made: Table) -> int:
    """How wide a table is with its numbers whole and its texts wrapped a little."""
    widths = []
    for column in made.columns:
        cells = [Text.from_markup(str(cell)) for cell in (column.header, *column.cells)]
        whole = max(cell.cell_len for cell in cells)
        words = max(len(word) for cell in cells for word in (cell.plain.split() or [""]))
        widths.append(whole if column.no_wrap else max(words, min(TEXT_CHARS, whole)))
    return sum(widths) + 3 * len(widths) - 1


def show_records(rows: Sequence[Mapping[str, Any]], columns: Sequence[str]) -> None:
    """Print rows of dicts: many rows as lines; a few side by side, a line a column; one row in blocks."""
    if len(rows) == 1:
        blocks = range(min(3, 1 + len(columns) // 12), 0, -1)
        console().print(_first_that_fits(_blocks(rows[0], columns, n) for n in blocks))
    elif len(rows) <= MAX_ACROSS and len(columns) > MAX_ACROSS:
        made = _first_that_fits(_across(rows[:n], columns) for n in range(len(rows), 0, -1))
        console().print(made)
        if rest := rows[len(made.columns) - 1 :]:
            show_records(rest, columns)
    else:
        show(table(*columns, rows=([escape(value(row.get(c))) for c in columns] for row in rows)))


def _first_that_fits(tables: Iterable[Table]) -> Table:
    """The first table that has room, else the last one."""
    for made in tables:
        if _width(made) <= console().width:
            break
    return made


def _across(rows: Sequence[Mapping[str, Any]], columns: Sequence[str]) -> Table:
    """Rows side by side, a line a column."""
    cells = ((f"[dim]{name}[/]", *(escape(value(r.get(name))) for r in rows)) for name in columns)
    return table("", *("" for _ in rows), rows=cells)


def _blocks(row: Mapping[str, Any], columns: Sequence[str], blocks: int) -> Table:
    """One row's fields, read down and then across, in so many blocks."""
    height = -(-len(columns) // blocks)
    cells = {name: (f"[dim]{name}[/]", escape(value(row.get(name)))) for name in columns}
    lines = ([x for name in columns[line::height] for x in cells[name]] for line in range(height))
    return table(*([""] * (2 * blocks)), rows=lines)


def value(given: Any) -> str:
    """A cell: instants in US Eastern, floats short, nothing as a dash."""
    if given is None:
        return "-"
    if isinstance(given, datetime):
        return given.astimezone(EASTERN).strftime("%Y-%m-%d %H:%M ET")
    if isinstance(given, float):
        return f"{given:.3f}".rstrip("0").rstrip(".")
    return str(given)


@contextmanager
def progress_bar() -> Iterator[Callable[[str, int, int], None]]:
    """A bar on stderr, moved by `(what, done, of)`. It disappears at the end and is off when piped."""
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    bar = Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=console(stderr=True),
        transient=True,
        disable=not sys.stderr.isatty(),
    )
    with bar:
        task = bar.add_task("starting", total=None)

        def move(what: str, done: int, of: int) -> None:
            bar.update(task, description=what, completed=done, total=of or None)

        yield move


def show_replay(report: Mapping[str, Any]) -> None:
    """The report of a replay, readable."""
    out = console()
    out.print(f"[bold]{report['dates']} dates[/], {report['from']} to {report['to']}: {report['games']} games")
    outcomes = report.get("outcomes_by_system", {})
    names = list(report["outcomes"])
    counts = (
        (system, f"{count:,}", *(f"{outcomes.get(system, {}).get(n, 0):,}" for n in names))
        for system, count in report["predictions_by_system"].items()
    )
    show(table("System", ">Predictions", *(f">{n.capitalize()}" for n in names), rows=counts))
    facts = (
        *("coverage", "pending_reasons", "verdicts", "events", "redeliveries", "dead_letters", "quarantined", "alerts"),
        *("seconds_total", "seconds_history", "seconds_training", "seconds_per_date"),
    )
    shown = ((name.replace("_", " "), escape(_brief(report[name]))) for name in facts if name in report)
    out.print(table("", "", rows=shown))


def _brief(given: Any) -> str:
    if isinstance(given, Mapping):
        return ", ".join(f"{k} {_brief(v)}" for k, v in given.items())
    return f"{given:,}" if isinstance(given, int) else value(given)
