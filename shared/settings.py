"""Deployment settings: one frozen value, read once at start. No other file reads the environment."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from shared.errors import UserError

SOURCES = ("history", "nba")  # the cores of scrape and process_raw state what each offers
BACKENDS = ("local", "gcp")
BASE_URL = "TIPOFF_BASE_URL_"  # and the name of a site in capitals, as NBA_CDN
_TEXTS = (  # variables whose text is the setting of the same name
    *("TIPOFF_BACKEND", "TIPOFF_SOURCE", "TIPOFF_PROJECT", "TIPOFF_DATABASE", "TIPOFF_ARCHIVE", "TIPOFF_MODELS"),
    *("TIPOFF_STAGING", "TIPOFF_PROXY"),
    *("TIPOFF_PUSH_ACCOUNT", "TIPOFF_PUSH_AUDIENCE", "TIPOFF_PUSH_KEYS"),
)


@dataclass(frozen=True)
class Settings:
    """Where a deployment keeps and reads its data. How the pipeline behaves is in the map, not here.

    `source` is where scrape reads: `history` (a folder of Parquet files, `data`) or `nba` (HTTP; `base_urls` gives
    sites of shared/contracts/sources.yaml another address, as of a local server). API keys are never logged. A push
    needs a token of `push_account` for `push_audience`, checked with the certificates of `push_keys` (Google's if
    empty, see shared/http/auth.py). In the cloud `database` is Firestore's, `archive` and `models` are URLs of folders
    (`gs://bucket/prefix`), `staging` is the BigQuery dataset for load jobs, and no query may bill more than
    `max_bytes_billed`. Sites that refuse the addresses of clouds are asked through `proxy`, an URL that may hold a
    password and is never logged.
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
    push_keys: str = ""
    database: str = "(default)"
    archive: str = ""
    models: str = ""
    staging: str = "nba_staging"
    proxy: str = field(default="", repr=False)
    max_bytes_billed: int = 2 * 1024**3
    tuned: bool = True

    def __post_init__(self) -> None:
        """UserError for settings that cannot work, naming the variable to set."""
        if self.backend not in BACKENDS:
            raise UserError(f"TIPOFF_BACKEND is '{self.backend}'; use one of {', '.join(BACKENDS)}")
        if self.source not in SOURCES:
            raise UserError(f"TIPOFF_SOURCE is '{self.source}'; use one of {', '.join(SOURCES)}")
        if self.source == "history" and self.data is None:
            raise UserError("the history source needs a folder: set TIPOFF_DATA or give --data")
        if self.backend == "gcp" and not self.project:
            raise UserError("the gcp backend needs a project: set TIPOFF_PROJECT")


def from_environment(environ: Mapping[str, str]) -> Settings:
    """Settings from environment variables; docs/architecture.md lists them. What is not set has its default."""
    texts: dict[str, Any] = {n.removeprefix("TIPOFF_").lower(): environ[n] for n in _TEXTS if n in environ}
    return Settings(
        **texts,
        home=Path(environ.get("TIPOFF_HOME", Settings.home)),
        data=Path(environ["TIPOFF_DATA"]) if "TIPOFF_DATA" in environ else None,
        base_urls={n.removeprefix(BASE_URL).lower(): u for n, u in environ.items() if n.startswith(BASE_URL) and u},
        api_keys={"odds_api": environ["TIPOFF_ODDS_API_KEY"]} if "TIPOFF_ODDS_API_KEY" in environ else {},
        durable=environ.get("TIPOFF_DURABLE", "") == "1",
        max_bytes_billed=_positive("TIPOFF_MAX_BYTES_BILLED", environ, Settings.max_bytes_billed),
        tuned=is_tuned(environ),
    )


def is_tuned(environ: Mapping[str, str]) -> bool:
    """Whether the settings of `shared/adapters/local/tuning.py` apply."""
    return environ.get("TIPOFF_TUNING") != "off"


def cache_mode(environ: Mapping[str, str]) -> str:
    """Where `tipoff.load_features` and its siblings keep loaded rows: memory, files or off."""
    return environ.get("TIPOFF_CACHE", "memory")


def _positive(name: str, environ: Mapping[str, str], default: int) -> int:
    given = environ.get(name, str(default))
    if not given.isdecimal() or int(given) == 0:
        raise UserError(f"{name} is '{given}'; use a whole number of bytes above 0")
    return int(given)
