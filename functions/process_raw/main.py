"""Turn archived bytes into validated raw rows."""

import flask
import functions_framework

from functions.process_raw import core
from shared.http.serve import serve
from shared.work.steps import ParseStep

STEP = ParseStep("process_raw", core)


@functions_framework.http
def main(request: flask.Request) -> tuple[str, int]:
    """Handle one pushed message; see shared/work/handle.py for the path it takes."""
    return serve(request, STEP)
