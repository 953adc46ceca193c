"""BigQuery jobs by the official client: bounded in time and bytes, errors sorted, what each was billed reported."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import date, datetime
from io import BytesIO
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import requests
from google.api_core import exceptions as api
from google.api_core.retry import Retry
from google.auth.credentials import AnonymousCredentials
from google.auth.exceptions import TransportError
from google.cloud import bigquery
from google.cloud.bigquery.retry import DEFAULT_RETRY

from shared.errors import ContractError, StoreUnavailable
from shared.settings import Settings
from shared.telemetry import logs

CALL_TIMEOUT_S = 20.0
RETRY_TIMEOUT_S = 60.0
JOB_TIMEOUT_S = 240.0  # below every function's time-out, which is below the ack deadline

_RETRY: Retry = DEFAULT_RETRY.with_timeout(RETRY_TIMEOUT_S)
_OVER_THE_CAP = "bytesBilledLimitExceeded"
_CONCURRENT = "concurrent update"  # BigQuery has no reason of its own for it: it says invalidQuery with this text
_TRANSIENT_REASONS = {"backendError", "internalError", "rateLimitExceeded", "quotaExceeded", "jobRateLimitExceeded"}


class ConcurrentUpdate(StoreUnavailable):
    """Another transaction changed the same table: this one was cancelled and may be run again at once."""


@dataclass(frozen=True)
class Billed:
    """What a job read and what it is charged for, in bytes; load jobs are free."""

    job_id: str
    purpose: str
    bytes_processed: int
    bytes_billed: int


def log_billed(billed: Billed) -> None:
    """Say it, so that a log metric can add it up."""
    logs.report("bigquery.billed", f"{billed.purpose}: {billed.bytes_billed} bytes billed", **asdict(billed))


@dataclass(frozen=True)
class Jobs:
    """Runs jobs in one project. `meter` gets every job that was billed; no query may bill more than the cap.

    Rows are loaded into the dataset `staging`, whose tables expire.
    """

    client: bigquery.Client
    max_bytes_billed: int
    meter: Callable[[Billed], None] = log_billed
    staging: str = Settings.staging

    def query(self, purpose: str, sql: str, params: Mapping[str, Any], job_id: str | None = None) -> pa.Table:
        """The rows of a query or of a script's last statement. With a job id of ours it runs at most once.

        ContractError if the SQL is refused or would cost more than the cap, StoreUnavailable for what may pass.
        """
        config = bigquery.QueryJobConfig(
            query_parameters=[_parameter(n, v) for n, v in sorted(params.items())],
            maximum_bytes_billed=self.max_bytes_billed,
            job_timeout_ms=int(JOB_TIMEOUT_S * 1000),
            labels={"purpose": purpose},
        )
        with _errors(purpose):
            try:
                job = self.client.query(
                    sql, job_config=config, job_id=job_id, retry=_RETRY, timeout=CALL_TIMEOUT_S, job_retry=None
                )
            except api.Conflict:
                if job_id is None:
                    raise
                job = self._begun_before(job_id)
            rows = job.result(timeout=JOB_TIMEOUT_S, retry=_RETRY, job_retry=None)
            answer = rows.to_arrow(create_bqstorage_client=False)
            self.meter(Billed(job.job_id, purpose, job.total_bytes_processed or 0, job.total_bytes_billed or 0))
        return answer

    def load(self, rows: pa.Table, target: str, schema: list[dict[str, str]], job_id: str) -> None:
        """Put the rows into a table of their own, replacing what is in it; with the same id at most once."""
        file = BytesIO()
        pq.write_table(rows, file)
        parquet = bigquery.format_options.ParquetOptions()  # type: ignore[no-untyped-call]
        parquet.enable_list_inference = True
        config = bigquery.LoadJobConfig(
            source_format=bigquery.SourceFormat.PARQUET,
            write_disposition=bigquery.WriteDisposition.WRITE_TRUNCATE,
            schema=[bigquery.SchemaField.from_api_repr(f) for f in schema],
            parquet_options=parquet,
        )
        with _errors("load"):
            try:
                job = self.client.load_table_from_file(
                    file,
                    f"{self.client.project}.{target}",
                    rewind=True,
                    size=file.getbuffer().nbytes,
                    num_retries=3,
                    job_id=job_id,
                    job_config=config,
                    timeout=CALL_TIMEOUT_S,
                )
            except api.Conflict:
                job = self._begun_before(job_id)
            job.result(timeout=JOB_TIMEOUT_S, retry=_RETRY)

    def _begun_before(self, job_id: str) -> Any:
        """The job of that id: an earlier try of ours, whose answer was lost."""
        location = self.client.get_dataset(self.staging, retry=_RETRY, timeout=CALL_TIMEOUT_S).location
        return self.client.get_job(job_id, location=location, retry=_RETRY, timeout=CALL_TIMEOUT_S)


def connect(project: str, *, emulated: bool) -> bigquery.Client:
    """A client with this process's credentials; of an emulator (BIGQUERY_EMULATOR_HOST), without any."""
    if not emulated:
        return bigquery.Client(project=project)
    return bigquery.Client(project=project, credentials=AnonymousCredentials())  # type: ignore[no-untyped-call]


def _parameter(name: str, value: Any) -> Any:
    if isinstance(value, list | tuple):
        return bigquery.ArrayQueryParameter(name, _type_name(name, value[0]) if value else "STRING", list(value))
    return bigquery.ScalarQueryParameter(name, _type_name(name, value), value)


# A bool is an int and a datetime is a date: the narrower kind stands first.
_KINDS = {bool: "BOOL", int: "INT64", float: "FLOAT64", str: "STRING", datetime: "TIMESTAMP", date: "DATE"}


def _type_name(name: str, value: Any) -> str:
    for kind, error_type in _KINDS.items():
        if isinstance(value, kind):
            return error_type
    raise ContractError(f"the parameter {name} is of no type that BigQuery knows: {value!r}")


@contextmanager
def _errors(purpose: str) -> Iterator[None]:
    """Sort what goes wrong: refused for what it says is permanent, all else may be mended by a later attempt."""
    try:
        yield
    except api.GoogleAPICallError as error:
        raise _sorted(purpose, error) from error
    except (api.RetryError, requests.RequestException, TransportError, TimeoutError) as error:
        raise StoreUnavailable(f"BigQuery, {purpose}: {error}") from error


def _sorted(purpose: str, error: api.GoogleAPICallError) -> Exception:
    """By BigQuery's reason, and by HTTP status: the library makes 500 of each reason that it does not know."""
    reasons = {e.get("reason") for e in error.errors if isinstance(e, dict)}
    if _OVER_THE_CAP in reasons:
        return ContractError(f"BigQuery, {purpose}: would read more than TIPOFF_MAX_BYTES_BILLED allows: {error}")
    if not isinstance(error, api.BadRequest) or reasons & _TRANSIENT_REASONS:
        return StoreUnavailable(f"BigQuery, {purpose}: {error}")
    if _CONCURRENT in str(error):
        return ConcurrentUpdate(f"BigQuery, {purpose}: {error}")
    return ContractError(f"BigQuery refused {purpose}: {error}")
