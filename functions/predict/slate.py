"""The input and the output of a prediction system."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from functions.predict.distribution import Floats
from shared.contracts.work import Model


@dataclass(frozen=True)
class Slate:
    """The players to predict, one row each of the feature store, and the unit's further inputs."""

    features: pa.Table
    inputs: Mapping[str, pa.Table] = field(default_factory=dict)
    model: Model | None = None
    _read: dict[str, Any] = field(
        default_factory=dict, repr=False, compare=False
    )  # columns of the features, already converted

    def given(self, inputs: Mapping[str, pa.Table], model: Model | None) -> "Slate":
        """The same players with other inputs; converted feature columns are kept."""
        return Slate(self.features, inputs, model, self._read)

    def __len__(self) -> int:
        """How many players there are."""
        return int(self.features.num_rows)

    def values(self, name: str) -> Floats:
        """A numeric or boolean column as (n,) floats; null is NaN."""
        column: Floats = self.once(name, lambda: floats(self.features, name))
        return column

    def once(self, name: str, make: Callable[[], Any]) -> Any:
        """What `make` computes from the features: once for each name, for all systems that share them."""
        if name not in self._read:
            self._read[name] = make()
        return self._read[name]

    def known(self, name: str, otherwise: Floats | float) -> Floats:
        """A column with its nulls filled."""
        column = self.values(name)
        return np.where(np.isnan(column), otherwise, column)

    def matrix(self, names: tuple[str, ...]) -> Floats:
        """Several columns as (n, len(names)); null is NaN."""
        return np.column_stack([self.values(n) for n in names]) if len(self) else np.empty((0, len(names)))


@dataclass(frozen=True)
class Forecast:
    """A system's distributions (m, 81) for the slate rows `index` (m,), and how many rows it skipped, by reason."""

    index: NDArray[np.int64]
    pmf: Floats
    skipped: Mapping[str, int] = field(default_factory=dict)
    members: list[str] | None = None


def floats(table: pa.Table, name: str) -> Floats:
    """One column of a table as floats; null is NaN."""
    column: Any = pc.cast(table.column(name), pa.float64())
    values: Floats = column.to_numpy()
    return values


def player_games(table: pa.Table) -> list[tuple[str, int]]:
    """The (game_id, player_id) of each row."""
    return list(zip(table.column("game_id").to_pylist(), table.column("player_id").to_pylist(), strict=True))


def skipped(reason: str, left_out: NDArray[np.bool_]) -> dict[str, int]:
    """The count of players left out under a reason; empty if there are none."""
    count = int(left_out.sum())
    return {reason: count} if count else {}
