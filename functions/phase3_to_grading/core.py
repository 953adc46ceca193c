"""Decide from the rows that exist whether a date can be graded."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from shared.contracts.work import Computed, Model, Work
from shared.rules.coverage import Shares, grading_gate

if TYPE_CHECKING:
    import pyarrow as pa

IMPLEMENTS: Mapping[str, tuple[str, ...]] = {"decide": ()}


def compute(unit: str, work: Work, inputs: "Mapping[str, pa.Table]", model: Model | None) -> Computed:
    """The decision for the window: `ok`, `partial`, `not_ready`, `blocked` or `no_games`, with the counts as evidence.

    `inputs["coverage"]` is one row: the number of games scheduled, called off and with box scores, and the names of
    those `without`; player-games issued, those of scheduled games, and those with an actual result, the last two also
    with a line. Without any line all predictions count. Where every game is called off its predictions are graded all
    the same, as void or pending.
    """
    del unit, model
    row = inputs["coverage"].to_pylist()[0]
    without = row.pop("without")
    counts = {name: int(count) for name, count in row.items()}
    off = f"; {counts['called_off']} called off" if counts["called_off"] else ""
    if not counts["scheduled"] and not counts["issued"]:
        return Computed(outcome="no_games", reason=f"no game is scheduled{off}", expected=0, evidence=counts)
    if not counts["predicted"]:
        reason = f"no predicted game is to be graded{off}" if counts["issued"] else "there is no prediction to grade"
        return Computed(reason=reason, expected=0, evidence=counts)
    kind = "with_line" if counts["predicted_with_line"] else "all"
    expected = counts["predicted_with_line"] or counts["predicted"]
    actual = counts["actual_with_line"] if counts["predicted_with_line"] else counts["actual"]
    shares = Shares(expected, actual, counts["scheduled"], counts["games_with_box_scores"])
    gate = grading_gate(shares, work.settings, waits=work.waits_until is not None and work.now < work.waits_until)
    reason = f"{gate.reason}, not {without}" if without else gate.reason
    evidence = {**counts, "counted": kind, "player_share": shares.players, "game_share": shares.games}
    return Computed(outcome=gate.outcome, reason=reason, expected=0, evidence=evidence)
