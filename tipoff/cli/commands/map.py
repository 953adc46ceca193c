"""`tipoff map`: Draw the pipeline from shared/pipeline.yaml."""

import sys
from typing import Annotated

import typer

from shared.map.loader import pipeline_map
from tipoff.cli import render
from tipoff.cli.options import AsJson
from tipoff.operate import map_docs


def map(  # noqa: A001 - the name of the command
    as_markdown: Annotated[bool, typer.Option("--markdown", help="Print docs/pipeline.md.")] = False,
    as_json: AsJson = False,
) -> None:
    """The phases of each run as a tree. Who does what, until when; units with a star are critical.

    Example: tipoff map --markdown > docs/pipeline.md
    """
    pipeline = pipeline_map()
    if as_json:
        render.print_json({"hash": pipeline.hash, "schedules": pipeline.schedules, "runs": pipeline.runs})
    elif as_markdown:
        sys.stdout.write(map_docs.markdown(pipeline))
    else:
        out = render.console()
        for kind in pipeline.runs.values():
            made = render.table(
                "Phase", "Function", ">Deadline", "Units", title=f"{kind.name} [not bold]{kind.about}[/]"
            )
            for line in map_docs.tree(kind):
                name = f"[dim]{line.branch}[/]{line.phase.name}"
                minutes = f"{line.phase.deadline_min} min"
                made.add_row(name, f"[dim]{line.phase.function}[/]", minutes, map_docs.units_of(line.phase))
            out.print(made)
