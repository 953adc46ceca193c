"""Grade every prediction that was issued: each one gets an outcome, and each outcome without a result a reason."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from shared.contracts.work import Computed, Model, Work

if TYPE_CHECKING:
    import pyarrow as pa

IMPLEMENTS = {"grade": ("functions.grade.grading",)}


def compute(unit: str, work: Work, inputs: "Mapping[str, pa.Table]", model: Model | None) -> Computed:
    """One row of prediction_accuracy per row of `inputs["predictions"]`; `empty` if nothing was predicted."""
    del unit, model
    predictions = inputs["predictions"]
    if not predictions.num_rows:
        return Computed(outcome="empty", reason="nothing was predicted", expected=0)
    from functions.grade.grading import counted, graded  # imports Arrow and NumPy: only if there are predictions

    rows = graded(predictions, work)
    return Computed(rows=rows, expected=predictions.num_rows, evidence={"grades": counted(rows)})
