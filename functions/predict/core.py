"""Predict the points of a slate's players, by one system at a time; every module of `systems/` is one."""

from collections.abc import Mapping
from pkgutil import iter_modules
from typing import TYPE_CHECKING

from functions.predict import systems
from shared.contracts.work import Computed, Model, Work

if TYPE_CHECKING:
    import pyarrow as pa

IMPLEMENTS = {m.name: (f"{systems.__name__}.{m.name}",) for m in iter_modules(systems.__path__)}


def compute(unit: str, work: Work, inputs: "Mapping[str, pa.Table]", model: Model | None) -> Computed:
    """The predictions of system `unit` for the window's slate; `inputs` has `features` and what the system reads."""
    from functions.predict.predictions import predict  # with Arrow and NumPy: when there is something to predict

    return predict(unit, work, inputs, model)
