"""The input and the output of cores: plain frozen values."""

from collections.abc import Generator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date, datetime
from pkgutil import iter_modules
from types import ModuleType
from typing import TYPE_CHECKING, Any

from shared.contracts.rows import names_of

if TYPE_CHECKING:
    import pyarrow as pa


def modules_by_name(*tables: Mapping[str, str]) -> dict[str, tuple[str, ...]]:
    """The modules behind each name of these tables of `module:function`, as a core's IMPLEMENTS states them."""
    names = {name for table in tables for name in table}
    found = {name: {table[name].partition(":")[0] for table in tables if name in table} for name in names}
    return {name: tuple(sorted(modules)) for name, modules in found.items()}


def feed_modules(package: ModuleType, function: str) -> dict[str, str]:
    """`module:function` of each module of the package that has the name of a raw table: the feed of that name."""
    feeds = names_of("nba_raw")
    return {
        m.name: f"{package.__name__}.{m.name}:{function}" for m in iter_modules(package.__path__) if m.name in feeds
    }


@dataclass(frozen=True)
class QuoteLimits:
    """The limits of the rule that decides what a quote may be used for; the map's section `quotes` explains each."""

    hold: tuple[float, float]
    longest_price: int
    max_age_minutes: Mapping[str, int]  # by use
    one_sided_hold: float
    one_sided: tuple[str, ...]
    fixed_payout: tuple[str, ...]


@dataclass(frozen=True)
class StakeLimits:
    """How much to stake; the map's section `stakes` explains each. Shares of the bankroll."""

    kelly_fraction: float
    per_bet: float
    per_game: float
    per_date: float
    slope_unmeasured: float


@dataclass(frozen=True)
class Work:
    """One unit of one run, as a core sees it.

    `from_date`..`to_date` is the window of game dates (one day, except in a backfill). Nothing known after
    `as_of` may be used. `now` is the clock's time when the work started. `counted` is given to a unit that reads a
    table which it shares with other units: the generation of the rows that count, by unit that succeeded before it.
    `waits_until` is given to a unit that may wait for what is missing, while that is asked for again.
    """

    run_id: str
    kind: str
    generation: int
    phase: str
    unit: str
    from_date: date
    to_date: date
    as_of: datetime
    now: datetime
    upstream: str = "complete"  # or degraded: a phase before this one went on without all its units
    counted: Mapping[str, int] = field(default_factory=dict)
    waits_until: datetime | None = None
    settings: Mapping[str, Any] = field(default_factory=dict)
    assumptions: Mapping[str, int] = field(default_factory=dict)
    quotes: QuoteLimits | None = None


@dataclass(frozen=True)
class Request:
    """One thing to fetch: a site of the fixed list (or `history`), a path below it and parameters. Never a URL.

    `entity` names the game, event or report that the answer is about: without the answer only that is missing, and it
    is of no use after `useful_until`. An answer without entity is needed by the whole feed. An answer that
    `is_optional` costs nothing where it is missing: the plan asks for another one in its place. `credits` is what the
    answer costs at a site that counts them. What is absent is asked for again for `patience_s` seconds; None: as often
    as a request that fails.
    """

    site: str
    path: str
    params: Mapping[str, str] = field(default_factory=dict)
    entity: str = ""
    useful_until: datetime | None = None
    credits: int = 0
    is_optional: bool = False
    patience_s: float | None = None


@dataclass(frozen=True)
class Credits:
    """What a site states about credits: the cost of an answer, and what the account has left; None: not stated."""

    cost: int | None = None
    remaining: int | None = None


@dataclass(frozen=True)
class Answer:
    """The body that a site gave, and what it stated about credits."""

    body: bytes
    credits: Credits = Credits()


@dataclass(frozen=True)
class Missing:
    """An entity that was expected and is not there, with the reason in one sentence.

    `what` is missing of it (`box score`) since when, and is asked for again when: None where nothing will ask again.
    It is of no use after `useful_until`; None: as long as the map's `ask_again` says.
    """

    entity: str
    reason: str
    useful_until: datetime | None = None
    what: str = ""
    since: datetime | None = None
    ask_at: datetime | None = None

    def doc(self) -> dict[str, str]:
        """As a document: times in ISO 8601, nothing that is not known."""
        return {k: v.isoformat() if isinstance(v, datetime) else v for k, v in asdict(self).items() if v}

    @classmethod
    def of(cls, doc: Mapping[str, str]) -> "Missing":
        """From its document."""
        times = {k: datetime.fromisoformat(doc[k]) for k in ("useful_until", "since", "ask_at") if k in doc}
        return cls(doc["entity"], doc["reason"], what=doc.get("what", ""), **times)


@dataclass(frozen=True)
class Planned:
    """What a plan concludes from its answers: what is missing, evidence for the completion, and a sentence to show."""

    missing: tuple[Missing, ...] = ()
    evidence: Mapping[str, Any] = field(default_factory=dict)
    note: str = ""


# Yields each request that a feed needs, is sent its body, and may ask for more; None where there is no answer.
FetchPlan = Generator[Request, bytes | None, Planned | None]
Requests = Generator[Request, bytes | None, None]  # a plan that concludes nothing from the answers


def missing_text(missing: Sequence[Missing]) -> str:
    """The missing entities with their reasons, for a completion's reason."""
    return "; ".join(f"{m.entity}: {m.reason}" for m in missing)


@dataclass(frozen=True)
class Artifact:
    """Raw bytes in the archive, content-addressed, with the site (`source`) and time that they were fetched at.

    `path`, `params` and `entity` are those of the request that they answer.
    """

    sha256: str
    bytes: int
    source: str
    feed: str
    path: str
    fetched_at: datetime
    params: Mapping[str, str] = field(default_factory=dict)
    entity: str = ""


@dataclass(frozen=True)
class Payload:
    """An artifact together with its body."""

    artifact: Artifact
    body: bytes


@dataclass(frozen=True)
class Model:
    """A trained artefact: the hash that names it and its bytes, with the registry's card."""

    system_id: str
    hash: str
    body: bytes
    card: Mapping[str, Any]


@dataclass(frozen=True)
class Computed:
    """What a core returns.

    `rows` go to the unit's table, `refused` (rule -> rows) to quarantine. `outcome` is `ok`, `partial`, `no_source`,
    `empty`, `no_games`, `blocked` or `not_ready`; `reason` says why in one sentence; `expected` is the expected number
    of rows. `missing` lists expected entities that gave no rows: the unit then ends as `partial`.
    """

    rows: "pa.Table | list[dict[str, Any]] | None" = None
    outcome: str = "ok"
    reason: str = ""
    expected: int | None = None
    refused: Mapping[str, list[dict[str, Any]]] = field(default_factory=dict)
    evidence: Mapping[str, Any] = field(default_factory=dict)
    missing: tuple[Missing, ...] = ()
