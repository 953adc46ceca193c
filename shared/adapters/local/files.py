"""Where a local home keeps its files."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class HomeFiles:
    """The paths below a home's folder."""

    root: Path

    @property
    def state(self) -> Path:
        """Runs, verdicts, completions: SQLite."""
        return self.root / "state.db"

    @property
    def queue(self) -> Path:
        """Messages: SQLite."""
        return self.root / "queue.db"

    @property
    def warehouse(self) -> Path:
        """The tables: DuckDB."""
        return self.root / "warehouse.duckdb"

    @property
    def archive(self) -> Path:
        """The folder of raw bytes."""
        return self.root / "archive"

    @property
    def models(self) -> Path:
        """The folder of trained models."""
        return self.root / "models"

    @property
    def lock(self) -> Path:
        """Locked by the process that writes."""
        return self.root / "lock"

    @property
    def readers(self) -> Path:
        """Where the process that writes answers readers, as JSON; there while it runs."""
        return self.root / "readers.json"

    @property
    def origin(self) -> Path:
        """The source that the home was made from, as JSON."""
        return self.root / "home.json"

    @property
    def systems(self) -> Path:
        """The folder of the user's own systems, one folder each, with the rows that they predicted."""
        return self.root / "systems"

    @property
    def frames(self) -> Path:
        """The folder of cached DataFrames."""
        return self.root / "frames"

    def beside(self, name: str) -> list[Path]:
        """The files of this name of the user's own systems that are there."""
        return sorted(self.systems.glob(f"*/{name}.parquet"))

    def of_rows(self) -> list[Path]:
        """Every file whose change may change what a query of rows answers."""
        return [self.warehouse, self.warehouse.with_suffix(".duckdb.wal"), *self.beside("*")]
