"""Fetch a feed and archive its bytes; open the runs that schedules and operators request."""

import flask
import functions_framework

from functions.scrape import core
from shared.http.serve import serve
from shared.work.fetch import FetchStep

STEP = FetchStep("scrape", core)


@functions_framework.http
def main(request: flask.Request) -> tuple[str, int]:
    """Handle one pushed message; see shared/work/handle.py for the path it takes."""
    return serve(request, STEP)
