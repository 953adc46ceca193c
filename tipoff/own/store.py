"""Where a home keeps the user's own systems: one folder each below `systems`, all of it written whole or not at all."""

import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from shutil import rmtree
from typing import TYPE_CHECKING, Any, Literal

from shared.errors import UserError
from shared.map.loader import pipeline_map
from tipoff.home import Home

if TYPE_CHECKING:
    import pyarrow as pa

_NAME = re.compile(r"[a-z][a-z0-9_]{1,39}")
RUN_ID = "own"  # of the rows that no run of the pipeline wrote


@dataclass(frozen=True)
class Own:
    """One system: its name and folder, whether it is a Python `file` or an `import`, the user's file and its hash."""

    name: str
    folder: Path
    kind: Literal["file", "import"]
    origin: str
    sha256: str
    added_at: str

    @property
    def code(self) -> Path:
        """The copy of the user's Python file."""
        return self.folder / "system.py"

    @property
    def predictions(self) -> Path:
        """Its prediction rows, as the contract has them."""
        return self.folder / "predictions.parquet"

    @property
    def grades(self) -> Path:
        """What became of them."""
        return self.folder / "grades.parquet"

    @property
    def walked(self) -> Path:
        """For each date a fingerprint of what its predictions were made from."""
        return self.folder / "walked.json"


def name_for(path: Path, given: str | None) -> str:
    """The name that is given, else that of the file; UserError if it is no name or that of a built-in system."""
    name = given or path.stem.lower().replace("-", "_")
    if not _NAME.fullmatch(name):
        raise UserError(f"'{name}' cannot name a system: use small letters, digits and underscores, or --name NAME")
    if name in pipeline_map().functions["predict"].units:
        raise UserError(f"{name} is a built-in system; choose another name with --name NAME")
    return name


def listed(home: Home) -> list[Own]:
    """The home's own systems by name."""
    return [found for path in sorted(home.files.systems.glob("*/system.json")) if (found := _read(path))]


def find(home: Home, name: str) -> Own | None:
    """The system of that name, or None."""
    path = home.files.systems / name / "system.json"
    return _read(path) if path.exists() else None


def need(home: Home, name: str) -> Own:
    """The system of that name; UserError names those that are there."""
    if (own := find(home, name)) is None:
        names = ", ".join(o.name for o in listed(home)) or "none"
        raise UserError(f"{home} has no own system {name}; there is {names}")
    return own


def new(home: Home, name: str, kind: Literal["file", "import"], path: Path, now: datetime) -> Own:
    """A system that is not stored yet, from the user's file; UserError if the file cannot be read."""
    digest = sha256(read_bytes(path)).hexdigest()
    return Own(name, home.files.systems / name, kind, str(path.resolve()), digest, now.isoformat())


def read_bytes(path: Path) -> bytes:
    """A file of the user's; UserError if it cannot be read."""
    try:
        return path.read_bytes()
    except OSError as error:
        raise UserError(f"{path} cannot be read: {error.strerror or error}") from error


def save(own: Own, code: bytes | None = None) -> None:
    """Write the system's description, and the copy of its code."""
    own.folder.mkdir(parents=True, exist_ok=True)
    if code is not None:
        _write(own.code, code)
    doc = {k: v for k, v in asdict(own).items() if k != "folder"}
    _write(own.folder / "system.json", json.dumps(doc, indent=2).encode())


def save_rows(path: Path, rows: "pa.Table") -> None:
    """Write rows to one of the system's files."""
    import pyarrow.parquet as pq

    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_suffix(".tmp")
    pq.write_table(rows, beside, compression="zstd")
    beside.replace(path)


def read_rows(path: Path, schema: "pa.Schema") -> "pa.Table":
    """The rows of one of the system's files; none if it is not there. Columns added since are null."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    if not path.exists():
        return schema.empty_table()
    rows = pq.read_table(path)
    absent = {f.name: pa.nulls(len(rows), f.type) for f in schema if f.name not in rows.column_names}
    for name, values in absent.items():
        rows = rows.append_column(name, values)
    return rows.select(schema.names).cast(schema)


def save_walked(own: Own, fingerprints: Mapping[str, str]) -> None:
    """Keep the fingerprints by date."""
    _write(own.walked, json.dumps(dict(sorted(fingerprints.items()))).encode())


def read_walked(own: Own) -> dict[str, str]:
    """The fingerprints by date; none before the first walk."""
    return json.loads(own.walked.read_bytes()) if own.walked.exists() else {}


def remove(own: Own) -> None:
    """Remove the system with all its rows."""
    rmtree(own.folder)


def moved(own: Own, folder: Path) -> Own:
    """The same system in another folder."""
    return replace(own, folder=folder)


def _read(path: Path) -> Own | None:
    try:
        doc: dict[str, Any] = json.loads(path.read_bytes())
        return Own(folder=path.parent, **doc)
    except (ValueError, TypeError) as error:
        raise UserError(f"{path} is damaged; tipoff systems remove {path.parent.name}, and add it again") from error


def _write(path: Path, body: bytes) -> None:
    beside = path.with_suffix(path.suffix + ".tmp")
    beside.write_bytes(body)
    beside.replace(path)
