"""Summarise games that ended, team level before player level, and describe the next slate."""

import flask
import functions_framework

from functions.analytics import core
from shared.http.serve import serve
from shared.work.steps import ComputeStep

STEP = ComputeStep("analytics", core, core)


@functions_framework.http
def main(request: flask.Request) -> tuple[str, int]:
    """Handle one pushed message; see shared/work/handle.py for the path it takes."""
    return serve(request, STEP)
