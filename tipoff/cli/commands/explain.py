"""`tipoff explain`: Show what moved a prediction, in points."""

from collections.abc import Mapping
from typing import Annotated, Any

import typer
from rich.markup import escape

from tipoff.cli import render
from tipoff.cli.options import DEFAULT_HOME, PLAYER_CONTEXT, AsJson, AtHome, Day, PlayerName
from tipoff.cli.render import print_json, rows_of
from tipoff.slate import lineage, reasons
from tipoff.slate.explanation import Stage

SHOWN_CAUSES = 12
BAR = 24  # characters of the longest bar

CONTEXT = PLAYER_CONTEXT


def explain(
    player: PlayerName,
    date: Day,
    home: AtHome = DEFAULT_HOME,
    system: Annotated[str, typer.Option(help="Whose prediction.")] = "champion",
    as_json: AsJson = False,
) -> None:
    """Why a prediction is what it is. What each feature added to it or took away, in points (TreeSHAP).

    The figures of a chart add up from its start to its end. The champion has two: what the player does by himself, and
    what that and the rest move the line by. An ensemble's are its members, a formula's what it adjusts.

    Example: tipoff explain "Luka Doncic" 2024-02-26 --home build/r1 --system champion
    """
    tables = rows_of(home)
    who = lineage.find_player(tables, player, date)
    row = reasons.prediction(tables, who, date, system)
    stages = reasons.stages(tables, home, row)
    copied = ("system_id", "model_hash", "predicted_points", "line", "p_over", "p_under", "recommendation")
    prediction = {"player": who, "date": date, **{n: row[n] for n in (*copied, "pass_reason")}}
    if as_json:
        print_json({**prediction, "stages": list(stages)})
    else:
        _print(prediction, stages)


def _print(prediction: Mapping[str, Any], stages: tuple[Stage, ...]) -> None:
    out = render.console()
    side = prediction["recommendation"] + (f" ({prediction['pass_reason']})" if prediction["pass_reason"] else "")
    line = "no line" if prediction["line"] is None else f"line {prediction['line']:g}, over {prediction['p_over']:.1%}"
    out.print(
        f"[bold]{escape(prediction['player'].name)}[/] on {prediction['date']}:"
        f" {prediction['predicted_points']:.2f} points by {prediction['system_id']}, {line}: {side}"
    )
    for stage in stages:
        out.print(f"\n[bold]{escape(stage.title)}[/]")
        out.print(_chart(stage))


def _chart(stage: Stage) -> Any:
    members = any(c.weight is not None for c in stage.causes)
    made = render.table(">Points", "", "", ">Says", ">Weight") if members else render.table(">Points", "", "", ">Value")
    if stage.start_words:
        made.add_row(f"{stage.start:.2f}", "", f"[dim]{escape(stage.start_words)}[/]", "")
    shown, rest = stage.causes[:SHOWN_CAUSES], stage.causes[SHOWN_CAUSES:]
    widest = max((abs(c.points) for c in shown), default=0.0) or 1.0
    for cause in shown:
        value = "" if cause.value is None else render.value(cause.value)
        weight = [] if cause.weight is None else [f"{cause.weight:.1%}"]
        made.add_row(f"{cause.points:+.2f}", _bar(cause.points, widest), escape(cause.words), value, *weight)
    if rest:
        made.add_row(f"{sum(c.points for c in rest):+.2f}", "", f"[dim]{len(rest)} others; --json has all[/]", "")
    made.add_row(f"[bold]{stage.end:.2f}[/]", "", "[bold]points[/]", "")
    return made


def _bar(points: float, widest: float) -> str:
    """Up to the right of the middle, down to its left."""
    half = BAR // 2
    length = round(half * abs(points) / widest)
    left, right = ("", "█" * length) if points >= 0.0 else ("█" * length, "")
    return f"[red]{left:>{half}}[/]│[green]{right:<{half}}[/]"
