"""Decide from the coverage of box scores and predictions whether a date can be graded."""

import flask
import functions_framework

from functions.phase3_to_grading import core
from shared.http.serve import serve
from shared.work.steps import ComputeStep

STEP = ComputeStep("phase3_to_grading", core)


@functions_framework.http
def main(request: flask.Request) -> tuple[str, int]:
    """Handle one pushed message; see shared/work/handle.py for the path it takes."""
    return serve(request, STEP)
