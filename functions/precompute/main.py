"""Prepare form, zones, factors and the feature store."""

import flask
import functions_framework

from functions.precompute import core
from shared.http.serve import serve
from shared.work.steps import QueryStep

STEP = QueryStep("precompute", core)


@functions_framework.http
def main(request: flask.Request) -> tuple[str, int]:
    """Handle one pushed message; see shared/work/handle.py for the path it takes."""
    return serve(request, STEP)
