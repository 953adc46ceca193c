"""`tipoff request`: Ask for a new generation of a run."""

from typing import Annotated
from uuid import uuid4

import typer

from shared.clock import SystemClock
from shared.contracts.events import RunRequested, message
from shared.errors import UserError
from shared.map.loader import pipeline_map
from shared.protocol.manifest import run_of
from tipoff.cli.options import DEFAULT_HOME, AsJson, AtHome, Day, ToDay
from tipoff.cli.render import answer
from tipoff.operate.stores import open_stores


def request(
    kind: Annotated[str, typer.Argument(help="pregame, postgame or backfill.")],
    date: Day,
    home: AtHome = DEFAULT_HOME,
    last: ToDay = None,
    as_json: AsJson = False,
) -> None:
    """Ask for a run. A running `tipoff up` does it at once, otherwise the next one does.

    A run that exists gets a new generation; nothing is overwritten.

    Example: tipoff request postgame 2024-02-26
    """
    pipeline = pipeline_map()
    if kind not in pipeline.runs:
        raise UserError(f"no kind of run {kind}; use one of {', '.join(pipeline.runs)}")
    first, until = date, last or date
    if until < first:
        raise UserError(f"--to {until} is before {first}")
    stores = open_stores(home)
    window = str(first) if first == until else f"{first}_{until}"
    asked = RunRequested(
        request_id=f"{window}.{kind}@operator-{uuid4().hex[:12]}", kind=kind, from_date=first, to_date=until
    )
    run_id, _, _ = run_of(asked, pipeline, SystemClock().now())
    stores.queue.publish([message(pipeline.request_topics.run, asked)])
    sentence = f"asked for {run_id}; look with: tipoff status --run {run_id}{stores.option}"
    answer({"run_id": run_id, "request_id": asked.request_id}, sentence, as_json=as_json)
