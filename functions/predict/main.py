"""Predict every expected player's points distribution before his game tips off."""

import flask
import functions_framework

from functions.predict import core
from shared.http.serve import serve
from shared.work.steps import ComputeStep

STEP = ComputeStep("predict", core)


@functions_framework.http
def main(request: flask.Request) -> tuple[str, int]:
    """Handle one pushed message; see shared/work/handle.py for the path it takes."""
    return serve(request, STEP)
