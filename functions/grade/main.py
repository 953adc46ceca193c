"""Grade every prediction that was issued, and compute each system's daily performance."""

import flask
import functions_framework

from functions.grade import core
from shared.http.serve import serve
from shared.work.steps import ComputeStep

STEP = ComputeStep("grade", core)


@functions_framework.http
def main(request: flask.Request) -> tuple[str, int]:
    """Handle one pushed message; see shared/work/handle.py for the path it takes."""
    return serve(request, STEP)
