"""What the monitor does after grading: nothing, grade once more, or raise an alert."""

from collections.abc import Mapping
from typing import Any

from shared.rules.coverage import second_look

IMPLEMENTS: Mapping[str, tuple[str, ...]] = {}  # it has no units


def after_grading(coverage: Mapping[str, Any], attempts: int, limits: Mapping[str, float]) -> str:
    """`fine`, `regrade` or `alert`; `coverage` counts distinct player-games as `graded` and `gradable`."""
    return second_look(int(coverage["graded"]), int(coverage["gradable"]), attempts, limits)
