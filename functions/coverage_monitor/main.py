"""Watch deadlines, unsent events, failed phases, and grades that do not cover the predictions."""

import flask
import functions_framework

from functions.coverage_monitor import core
from shared.http.serve import serve
from shared.work.monitor import MonitorStep

STEP = MonitorStep("coverage_monitor", core, inspects=True)


@functions_framework.http
def main(request: flask.Request) -> tuple[str, int]:
    """Handle one pushed message; see shared/work/handle.py for the path it takes."""
    return serve(request, STEP)
