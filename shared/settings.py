"""Deployment settings: one frozen value, read once at start. No other file reads the environment."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from shared.errors import UserError

SOURCES = ("history", "nba")
BACKENDS = ("local", "gcp")


@dataclass(frozen=True)
class Settings:
    """Where things are. Behaviour is in the map; only deployment is here.

    `source` is where scrape reads: `history` (a folder of Parquet files, `data`) or `nba` (HTTP; `base_urls`
    overrides hosts, for a local server). API keys are named here and never logged. `push_account` and `push_audience`
    are whose tokens a push must bring, and for whom they were made.
    """

    home: Path = Path("build/home")
    backend: str = "local"
    source: str = "nba"
    data: Path | None = None
    base_urls: Mapping[str, str] = field(default_factory=dict)
    api_keys: Mapping[str, str] = field(default_factory=dict, repr=False)
    project: str = ""
    durable: bool = False
    push_account: str = ""
    push_audience: str = ""

    def __post_init__(self) -> None:
        """Refuse what cannot work, naming what to set."""
        if self.backend not in BACKENDS:
            raise UserError(f"TIPOFF_BACKEND is '{self.backend}'; use one of {', '.join(BACKENDS)}")
        if self.source not in SOURCES:
            raise UserError(f"TIPOFF_SOURCE is '{self.source}'; use one of {', '.join(SOURCES)}")
        if self.source == "history" and self.data is None:
            raise UserError("the history source needs a folder: set TIPOFF_DATA or give --data")
        if self.backend == "gcp" and not self.project:
            raise UserError("the gcp backend needs a project: set TIPOFF_PROJECT")


def from_environment(environ: Mapping[str, str]) -> Settings:
    """Settings from variables; the table in docs/architecture.md lists them."""
    return Settings(
        home=Path(environ.get("TIPOFF_HOME", "build/home")),
        backend=environ.get("TIPOFF_BACKEND", "local"),
        source=environ.get("TIPOFF_SOURCE", "nba"),
        data=Path(environ["TIPOFF_DATA"]) if "TIPOFF_DATA" in environ else None,
        api_keys={"odds_api": environ["TIPOFF_ODDS_API_KEY"]} if "TIPOFF_ODDS_API_KEY" in environ else {},
        project=environ.get("TIPOFF_PROJECT", ""),
        durable=environ.get("TIPOFF_DURABLE", "") == "1",
        push_account=environ.get("TIPOFF_PUSH_ACCOUNT", ""),
        push_audience=environ.get("TIPOFF_PUSH_AUDIENCE", ""),
    )
