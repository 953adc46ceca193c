"""`tipoff trace`: Show one player's rows through every phase."""

from datetime import date as calendar_date
from typing import Any

from rich.markup import escape

from shared.clock import SystemClock
from tipoff.cli import render
from tipoff.cli.options import DEFAULT_HOME, HASH_CHARS, PLAYER_CONTEXT, AsJson, AtHome, Day, PlayerName
from tipoff.cli.render import print_json, rows_of
from tipoff.operate.overview import Attention
from tipoff.operate.stores import open_stores
from tipoff.slate import lineage
from tipoff.slate.lineage import Player, Section

SHOWN_ROWS = 12
SHOWN_ARTIFACTS = 3
_SYSTEM = ("known_at", "run_id", "generation")
CONTEXT = PLAYER_CONTEXT


def trace(
    player: PlayerName,
    date: Day,
    home: AtHome = DEFAULT_HOME,
    as_json: AsJson = False,
) -> None:
    """Where a prediction came from. A player's rows of one date through every phase.

    Each row names the run and generation that wrote it and when it became known; raw rows also the archived bytes. What
    his game, or a whole feed, lacks is named with when it is asked for again.

    Example: tipoff trace "Luka Doncic" 2024-02-26 --home build/r1
    """
    stores, tables = open_stores(home), rows_of(home)
    who = lineage.find_player(tables, player, date)
    sections = lineage.sections(tables, stores.state, home.archive, stores.map, who, date)
    missing = lineage.missing(stores, sections, date, SystemClock().now())
    if as_json:
        _print_json(who, date, sections, missing)
    else:
        _print(who, date, sections, missing)


def _print_json(player: Player, day: calendar_date, sections: list[Section], missing: list[Attention]) -> None:
    fields = ("made_by", "made_from", "artifacts", "rows")
    listed = [
        {"title": s.part.title, "table": s.part.table, **{name: getattr(s, name) for name in fields}} for s in sections
    ]
    print_json({"player": player, "date": day, "missing": missing, "sections": listed})


def _print(player: Player, day: calendar_date, sections: list[Section], missing: list[Attention]) -> None:
    out = render.console()
    out.print(f"[bold]{escape(player.name)}[/] ({player.player_id}) on {day}\n")
    render.attention(missing)
    for section in sections:
        title = f"{section.part.title}  [not bold dim]{section.part.table}[/]"
        if not section.rows:
            out.print(f"[bold]{title}[/]  [dim]no rows[/]\n")
            continue
        rows = [_short(r) for r in section.rows]
        out.print(f"[bold]{title}[/]")
        render.show_records(rows[-SHOWN_ROWS:], (*section.part.columns, *_SYSTEM))
        if len(rows) > SHOWN_ROWS:
            out.print(f"  [dim]the last {SHOWN_ROWS} of {len(rows)}; --json has all[/]")
        out.print(f"  [dim]{escape(_origin(section))}[/]\n", soft_wrap=True)


def _short(row: dict[str, Any]) -> dict[str, Any]:
    digest = row.get("model_hash")
    return {**row, "model_hash": digest[:HASH_CHARS]} if digest else row


def _origin(section: Section) -> str:
    if section.artifacts:
        games = {r.get("game_id") for r in section.rows} - {None}
        own_first = sorted(section.artifacts, key=lambda a: not any(str(g) in a["path"] for g in games))
        shown = [f"{a['sha256'][:HASH_CHARS]} {a['path']}" for a in own_first[:SHOWN_ARTIFACTS]]
        more = len(section.artifacts) - len(shown)
        return f"from raw bytes {', '.join(shown)}{f' and {more} more' if more else ''}"
    made_from = ", ".join(t.split(".")[1] for t in section.made_from) or "raw bytes"
    return f"by {', '.join(section.made_by)} from {made_from}"
