"""The operator's side of Tipoff: the command line, the local runtime, replay, training and evaluation.

For notebooks: `tipoff.load_features()` and its siblings give a home's rows as pandas DataFrames, `load_status` and
`load_dictionary` explain them, `set_cache` and `clear_cache` say what is kept. They are imported when first used.
"""

import os
from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from shared.errors import TipoffError
    from tipoff.frames.api import (
        clear_cache,
        load_box_scores,
        load_dictionary,
        load_features,
        load_grades,
        load_lines,
        load_market,
        load_predictions,
        load_status,
        set_cache,
    )

__all__ = [
    "load_features", "load_lines", "load_predictions", "load_grades", "load_market", "load_box_scores",
    "load_status", "load_dictionary", "set_cache", "clear_cache", "TipoffError",
]  # fmt: skip

# Two OpenMP libraries (XGBoost's and CatBoost's) that spin while they wait starve each other: training took three
# times as long beside another busy process. Read once, when the first of them is loaded.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module 'tipoff' has no attribute {name!r}")
    return getattr(import_module("shared.errors" if name == "TipoffError" else "tipoff.frames.api"), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
