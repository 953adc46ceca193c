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
            title = f"{kind.name} [not bold]{kind.about}[/]"
            rows = (
                (f"[dim]{branch}[/]{p.name}", f"[dim]{p.function}[/]", f"{p.deadline_min} min", map_docs.units_of(p))
                for branch, p in map_docs.tree(kind)
            )
            out.print(render.table("Phase", "Function", ">Deadline", "Units", title=title, rows=rows))
