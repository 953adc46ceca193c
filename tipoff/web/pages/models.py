"""The models: each with its data cut-off, its held-back figures beside the gates, and the dates it predicted."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from shared.adapters.local.readers import HomeRows
from shared.adapters.models import FileModels
from tipoff.training import gates

METRICS = ("mae", "line_mae", "bias", "coverage_80", "brier")
_USED = """
SELECT model_hash, MIN(game_date) AS first, MAX(game_date) AS last, COUNT(*) AS predictions
FROM nba_predictions.player_prop_predictions GROUP BY model_hash
"""


@dataclass(frozen=True)
class Kept:
    """A model of the registry: `place` is in use, in use before, or kept; `refused` are the gates that it fails."""

    card: Mapping[str, Any]
    place: str
    refused: tuple[str, ...]
    first: date | None
    last: date | None
    predictions: int

    @property
    def metrics(self) -> list[float | None]:
        """The held-back figures that are shown."""
        return [self.card.get("metrics", {}).get(name) for name in METRICS]


def used(tables: HomeRows) -> dict[str, Mapping[str, Any]]:
    """By model's hash: the first and the last date that it predicted, and how many predictions it made."""
    return {row["model_hash"]: row for row in tables.read(_USED).to_pylist()}


def registry(models: FileModels, by_hash: Mapping[str, Mapping[str, Any]]) -> dict[str, list[Kept]]:
    """By system, each of its models, the one in use first, then the ones before it, then the others, newest first."""
    found: dict[str, list[Kept]] = {}
    for card in reversed(models.cards()):
        promoted = models.promoted(card["system_id"])
        place = "in use" if promoted[-1:] == [card["hash"]] else "before" if card["hash"] in promoted else "kept"
        dates = by_hash.get(card["hash"], {})
        failures = tuple(gates.failures(card)) if card.get("metrics") else ("no held-back figures",)
        kept = Kept(card, place, failures, dates.get("first"), dates.get("last"), dates.get("predictions", 0))
        found.setdefault(card["system_id"], []).append(kept)
    order = ("in use", "before", "kept")
    return {system: sorted(kept, key=lambda k: order.index(k.place)) for system, kept in sorted(found.items())}
