"""Decide from the rows that exist whether a date can be graded."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from shared.contracts.work import Computed, Model, Work
from shared.rules.coverage import Shares, grading_gate

if TYPE_CHECKING:
    import pyarrow as pa

IMPLEMENTS: Mapping[str, tuple[str, ...]] = {"decide": ()}


def compute(unit: str, work: Work, inputs: "Mapping[str, pa.Table]", model: Model | None) -> Computed:
    """The decision for the window: `ok`, `not_ready`, `blocked` or `no_games`, with the counts as evidence.

    `inputs["coverage"]` is one row of counts: games scheduled, postponed and with box scores, and player-games
    predicted and with an actual result, in total and with a line. Without any line all predictions count.
    """
    del unit, model
    counts = {name: int(count) for name, count in inputs["coverage"].to_pylist()[0].items()}
    if not counts["scheduled"]:
        postponed = f"; {counts['postponed']} postponed" if counts["postponed"] else ""
        return Computed(outcome="no_games", reason=f"no game is scheduled{postponed}", expected=0, evidence=counts)
    if not counts["predicted"]:
        return Computed(reason="there is no prediction to grade", expected=0, evidence=counts)
    kind = "with_line" if counts["predicted_with_line"] else "all"
    expected = counts["predicted_with_line"] or counts["predicted"]
    actual = counts["actual_with_line"] if counts["predicted_with_line"] else counts["actual"]
    shares = Shares(expected, actual, counts["scheduled"], counts["games_with_box_scores"])
    gate = grading_gate(shares, work.settings)
    evidence = {**counts, "counted": kind, "player_share": shares.players, "game_share": shares.games}
    return Computed(outcome=gate.outcome, reason=gate.reason, expected=0, evidence=evidence)
