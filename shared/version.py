"""Which code made a result: one hash per function over its own sources and the shared ones."""

from functools import cache
from hashlib import sha256
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
_KINDS = frozenset({".py", ".sql", ".yaml"})
_MAP = "pipeline.yaml"  # has a hash of its own


@cache
def code_hash(function: str) -> str:
    """16 hex digits over what the function deploys; read once per process, as the code itself is."""
    digest = sha256()
    for folder in (ROOT / "shared", ROOT / "functions" / function):
        for path in sorted(p for p in folder.rglob("*") if p.suffix in _KINDS and p.name != _MAP):
            digest.update(path.relative_to(ROOT).as_posix().encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:16]
