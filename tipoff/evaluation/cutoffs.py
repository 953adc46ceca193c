"""Refuse to score a prediction whose model was trained on that date's games or later ones."""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from shared.adapters.local.warehouse import DuckTables
from shared.errors import ContractError

_SQL = """
SELECT system_id, model_hash, MIN(game_date) AS first FROM nba_predictions.player_prop_predictions
WHERE game_date BETWEEN $first AND $last GROUP BY ALL ORDER BY ALL
"""


def check(tables: DuckTables, cards: Iterable[Mapping[str, Any]], first: date, last: date) -> None:
    """ContractError naming the system and the model if it was trained on a date that it predicted, or a later one."""
    trained_through = {c["hash"]: str(c["trained_through"]) for c in cards if "trained_through" in c}
    for row in tables.read(_SQL, {"first": first, "last": last}).to_pylist():
        cut_off = trained_through.get(row["model_hash"])
        if cut_off is not None and cut_off >= str(row["first"]):
            raise ContractError(
                f"{row['system_id']} predicted {row['first']} with model {row['model_hash'][:12]}, which was trained on"
                f" games up to {cut_off}: it had seen these results, so nothing here can be scored"
            )
