"""A local home: its files, the source it was made from, and the two ways to open it."""

import fcntl
import json
import os
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from shared.adapters.local.files import HomeFiles
from shared.clock import SystemClock
from shared.errors import ContractError, HomeInUse, UserError
from shared.settings import Settings, from_environment

if TYPE_CHECKING:
    import pyarrow as pa

    from shared.adapters.local.archive import FileArchive
    from shared.adapters.local.readers import HomeRows
    from shared.adapters.models import FileModels
    from shared.bootstrap import LocalApp
    from shared.contracts.work import Answer, Request
    from shared.ports import Clock, Feeds

T = TypeVar("T")
WRITER_S = 5.0  # how long a reader waits for a process that is just opening or closing the home
READER_S = 60.0  # how long a writer waits for a query of a reader that found no writer
OWN = {  # the tables that the user's own systems add rows to, by the name of their files
    "predictions": "nba_predictions.player_prop_predictions",
    "grades": "nba_predictions.prediction_accuracy",
}
SAMPLE = "sample"  # the league that only `tipoff demo` serves


@dataclass(frozen=True)
class Origin:
    """The source that a home was made from: `history` with its folder, `nba` with addresses of its own, or `sample`."""

    source: str
    data: Path | None = None
    base_urls: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_gone(self) -> bool:
        """Whether the folder is not there any more."""
        return self.data is not None and not self.data.is_dir()


class NoFeeds:
    """The feeds of a home whose source cannot be asked any more."""

    def __init__(self, reason: str) -> None:
        self.reason = reason

    def fetch(self, request: "Request") -> "Answer":
        """Never: ContractError says why."""
        raise ContractError(f"{request.path}: {self.reason}")


@dataclass(frozen=True)
class BriefRows:
    """The rows of a home for a process that reads for long: the file is open for one query at a time.

    A process that wants to write waits for one query at most.
    """

    home: "Home"
    taken_at: datetime | None = None

    def query(self, sql: str, reads: Mapping[str, int], params: Mapping[str, Any], *, as_of: bool) -> "pa.Table":
        """Rows of a GoogleSQL query behind the door."""
        with closing(self.home.tables()) as tables:
            return tables.query(sql, reads, params, as_of=as_of)

    def read(self, duck_sql: str, params: Mapping[str, Any] | None = None) -> "pa.Table":
        """Rows of a DuckDB query of our own."""
        with closing(self.home.tables()) as tables:
            return tables.read(duck_sql, params)

    def close(self) -> None:
        """Nothing is open between two queries."""


@dataclass(frozen=True)
class Home:
    """One folder with state, queue, warehouse, archive and models. One process at a time opens it for writing."""

    root: Path

    def __str__(self) -> str:
        """The folder."""
        return str(self.root)

    @property
    def files(self) -> HomeFiles:
        """Where everything is."""
        return HomeFiles(self.root)

    @property
    def exists(self) -> bool:
        """Whether anything was ever done here."""
        return self.files.state.exists()

    @property
    def models(self) -> "FileModels":
        """The model registry."""
        from shared.adapters.models import FileModels

        return FileModels(self.files.models)

    @property
    def archive(self) -> "FileArchive":
        """The raw bytes."""
        from shared.adapters.local.archive import FileArchive

        return FileArchive(self.files.archive)

    def tables(self) -> "HomeRows":
        """The rows for reading, of the process that writes them if there is one; UserError without any, FileDamaged.

        HomeInUse if the process that writes does not answer.
        """
        from shared.adapters.local.readers import RemoteTables
        from shared.adapters.local.warehouse import DuckTables

        path = self.files.warehouse
        if on_google_cloud(os.environ):
            raise UserError(
                "rows on Google Cloud are in BigQuery; this command reads a home: unset TIPOFF_BACKEND first"
            )
        if not path.exists():
            raise UserError(f"{self} holds no warehouse; run tipoff demo, replay or up with this --home first")

        def open_file() -> "HomeRows":
            try:
                rows = DuckTables(path, read_only=True)
                if rows.is_current():
                    return rows
                rows.close()  # made by an older version: the tables and columns added since are made now
                with self.locked():
                    DuckTables(path).close()
                return DuckTables(path, read_only=True)
            except HomeInUse:
                return RemoteTables(self.files.readers)

        return _when_free(open_file, WRITER_S)

    def rows(self) -> "HomeRows":
        """The same with the predictions and grades of the user's own systems (`tipoff systems`)."""
        own = {table: self.files.beside(name) for name, table in OWN.items()}
        if not any(own.values()):
            return self.tables()
        from shared.adapters.local.beside import RowsBeside

        return RowsBeside(self.tables(), own)

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Hold the home for this process alone; HomeInUse if another one has it."""
        try:
            self.root.mkdir(parents=True, exist_ok=True)
            lock = self.files.lock.open("a")
        except OSError as error:
            raise UserError(f"{self} cannot be used as a home: {error.strerror}") from error
        with lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                raise HomeInUse(f"{self} is in use by another tipoff process; stop it or use another --home") from error
            yield

    @contextmanager
    def opened(
        self, settings: Settings, clock: "Clock", feeds: "Feeds", *, memory_limit: str = "1GB", source: str = ""
    ) -> "Iterator[LocalApp]":
        """The home for writing, by this process alone, made if it is new; HomeInUse if another process has it.

        A new home remembers its source: that of the settings, or the one that is given.
        """
        from shared.adapters.local.readers import Readers
        from shared.bootstrap import build_local

        with self.locked():
            self._remember(settings, source or settings.source)
            app = _when_free(lambda: build_local(settings, clock, feeds, memory_limit=memory_limit), READER_S)
            app = replace(app, readers=Readers(app.tables, SystemClock(), self.files.readers))
            try:
                yield app
            finally:
                app.close()

    # -- the source -----------------------------------------------------------------------------------------------

    def origin(self) -> Origin | None:
        """The source it was made from; None for a new home, and for one that was made before this was kept."""
        path = self.files.origin
        if not path.exists():
            return None
        try:
            kept = json.loads(path.read_bytes())
            data = Path(kept["data"]) if kept["data"] else None
            return Origin(kept["source"], data, dict(kept.get("base_urls", {})))
        except (ValueError, KeyError, TypeError) as error:
            raise UserError(f"{path} is damaged; remove it and name the source with --source and --data") from error

    def source(self, source: str | None, data: Path | None, feeds_from: str | None = None) -> "tuple[Settings, Feeds]":
        """Settings by the environment, and feeds: of the source that is given, else of the one it was made from.

        `feeds_from` is an address that stands for every site of the source `nba`.
        """
        from shared.bootstrap import feeds_of
        from shared.contracts.sources import SITES

        origin = self.origin() or Origin("nba")
        if feeds_from is not None:
            if source == "history":
                raise UserError("--feeds-from is an address for the source nba; leave out --source history")
            settings = replace(self._settings("nba", None), base_urls=dict.fromkeys(SITES, feeds_from))
            return settings, feeds_of(settings)
        if source is None and origin.source == SAMPLE:
            reason = f"{self} holds a fictional league, which only tipoff demo serves; run that again"
            return self._settings("nba", None), NoFeeds(reason)
        settings = self._settings(source or origin.source, data or origin.data)
        if source is None:
            settings = replace(settings, base_urls={**origin.base_urls, **settings.base_urls})
        if settings.source == "history" and data is None and origin.is_gone:
            raise UserError(f"{self} was made from {origin.data}, which is not there any more: give --data FOLDER")
        return settings, feeds_of(settings)

    def _settings(self, source: str, data: Path | None) -> Settings:
        given = {"TIPOFF_HOME": self.root, "TIPOFF_SOURCE": source, "TIPOFF_DATA": data}
        settings = from_environment({**os.environ, **{k: str(v) for k, v in given.items() if v is not None}})
        if settings.backend != "local":
            raise UserError(f"this command works on a home: unset TIPOFF_BACKEND, which is {settings.backend}")
        return settings

    def _remember(self, settings: Settings, source: str) -> None:
        """Keep the source if the home is new, and a folder that moved."""
        kept = self.origin()
        if (kept.is_gone and source == kept.source) if kept else (source != "nba" or not self.exists):
            data = str(settings.data.resolve()) if settings.data else None
            doc = {"source": source, "data": data, "base_urls": {} if source == SAMPLE else dict(settings.base_urls)}
            beside = self.files.origin.with_suffix(".tmp")
            beside.write_text(json.dumps(doc) + "\n", "utf-8")
            beside.replace(self.files.origin)


def _when_free(attempt: Callable[[], T], wait_s: float) -> T:
    """The result of the attempt, tried again while the home is in use; HomeInUse when the time is over."""
    give_up_at = time.monotonic() + wait_s
    while True:
        try:
            return attempt()
        except HomeInUse:
            if time.monotonic() > give_up_at:
                raise
        time.sleep(0.05)


def on_google_cloud(environ: Mapping[str, str]) -> bool:
    """Whether commands are about the deployed system, and not about a home."""
    return environ.get("TIPOFF_BACKEND") == "gcp"
