"""Source contracts of a history folder: its files, and their columns as Arrow types; from history_files.yaml."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import yaml


@dataclass(frozen=True)
class HistoryFile:
    """One file (or one per season) of a history folder; history_files.yaml says what its values mean."""

    pattern: str
    needed: bool
    required: tuple[str, ...]
    columns: Mapping[str, pa.DataType]


_TYPES = {
    "string": pa.string(),
    "int64": pa.int64(),
    "float64": pa.float64(),
    "bool": pa.bool_(),
    "date32": pa.date32(),
    "instant": pa.timestamp("us", tz="UTC"),
}
_RAW = yaml.load(Path(__file__).with_suffix(".yaml").read_text("utf-8"), yaml.CSafeLoader)
HISTORY: dict[str, HistoryFile] = {
    name: HistoryFile(
        raw["pattern"], raw["needed"], tuple(raw["required"]), {c: _TYPES[kind] for c, kind in raw["columns"].items()}
    )
    for name, raw in _RAW.items()
}
