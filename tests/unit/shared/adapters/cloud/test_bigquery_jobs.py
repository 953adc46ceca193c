"""Jobs are bounded, their errors sorted, and what they were billed is reported; a cancelled write is tried again."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime
from types import SimpleNamespace
from typing import Any

import pyarrow as pa
import pytest
import requests
from google.api_core import exceptions as api
from google.cloud.bigquery.job.base import _error_result_to_exception

from shared.adapters.cloud import bigquery, bigquery_jobs
from shared.adapters.cloud.bigquery import MAX_TRIES, BigQueryTables
from shared.adapters.cloud.bigquery_jobs import Billed, ConcurrentUpdate, Jobs
from shared.contracts.rows import table
from shared.errors import ContractError, Fenced, Retryable, StaleGeneration, StoreUnavailable
from shared.ports import Scope
from tests.support.twins.warehouses import mutated

DAY = date(2024, 2, 27)
SCOPE = Scope("run", 1, 1, "unit", DAY, DAY)


def refused(reason: str, text: str) -> api.BadRequest:
    """A 400 as BigQuery words it."""
    return api.BadRequest(text, errors=[{"reason": reason, "message": text}])


def ended(reason: str) -> Exception:
    """What the library raises for a job that ended with that reason of BigQuery's."""
    error: Exception = _error_result_to_exception({"reason": reason, "message": "m"})
    return error


CONCURRENT = "Transaction is aborted due to concurrent update against table nba_raw.x"


class Client:
    """Answers each query as prepared: rows, or an error."""

    project = "p"

    def __init__(self, *answers: Any) -> None:
        self.answers = list(answers)
        self.asked: list[SimpleNamespace] = []

    def _answer(self) -> Any:
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        return answer

    def query(self, sql: str, *, job_id: str | None, job_config: Any, timeout: float, **_: Any) -> Any:
        self.asked.append(SimpleNamespace(sql=sql, id=job_id, config=job_config, timeout=timeout))
        return self._job(job_id or "theirs", self._answer())

    def _job(self, job_id: str, found: pa.Table) -> Any:
        rows = SimpleNamespace(to_arrow=lambda **_: found)
        return SimpleNamespace(
            job_id=job_id, result=lambda **_: rows, total_bytes_processed=7, total_bytes_billed=10_485_760
        )

    def get_dataset(self, *_: Any, **__: Any) -> Any:
        return SimpleNamespace(location="us-east1")

    def get_job(self, job_id: str, *, location: str, **_: Any) -> Any:
        assert location == "us-east1"
        return self._job(job_id, pa.table({"found": [5]}))

    def load_table_from_file(self, *_: Any, job_id: str, timeout: float, **__: Any) -> Any:
        assert timeout > 0
        return self._job(job_id, pa.table({}))


def jobs(client: Client, meter: Any = lambda _: None) -> Jobs:
    """Jobs on that client, with a cap of 1,000 bytes."""
    return Jobs(client, 1000, meter)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("error", "becomes"),
    [
        (refused("invalidQuery", "Syntax error"), ContractError),
        (refused("bytesBilledLimitExceeded", "Query exceeded limit"), ContractError),
        (ended("bytesBilledLimitExceeded"), ContractError),
        (ended("backendError"), StoreUnavailable),
        (ended("invalidQuery"), ContractError),
        (refused("rateLimitExceeded", "too fast"), StoreUnavailable),
        (refused("invalidQuery", CONCURRENT), ConcurrentUpdate),
        (
            refused("invalidQuery", "Could not serialize access to table p:d.t due to concurrent update"),
            ConcurrentUpdate,
        ),
        (api.NotFound("no table"), StoreUnavailable),
        (api.Forbidden("no right"), StoreUnavailable),
        (api.TooManyRequests("slow down"), StoreUnavailable),
        (api.InternalServerError("oops"), StoreUnavailable),
        (api.ServiceUnavailable("away"), StoreUnavailable),
        (api.RetryError("gave up", cause=None), StoreUnavailable),
        (requests.ConnectionError("reset"), StoreUnavailable),
        (requests.ReadTimeout("hung"), StoreUnavailable),
        (TimeoutError("never ended"), StoreUnavailable),
    ],
    ids=lambda e: type(e).__name__ if isinstance(e, Exception) else e.__name__,
)
def test_errors_are_sorted(error: Exception, becomes: type[Exception]) -> None:
    """What BigQuery refuses for what it says is permanent; whatever may pass is retried."""
    with pytest.raises(becomes) as raised:
        jobs(Client(error)).query("read", "SELECT 1", {})
    assert type(raised.value) is becomes
    assert isinstance(raised.value, Retryable) == issubclass(becomes, Retryable)


def test_jobs_are_bounded() -> None:
    """Every query has a time-out for the call and one for the job, and may bill no more than the cap."""
    client = Client(pa.table({"a": [1]}))
    jobs(client).query("read", "SELECT 1", {})
    (asked,) = client.asked
    assert asked.timeout == bigquery_jobs.CALL_TIMEOUT_S
    assert asked.config.maximum_bytes_billed == 1000
    assert int(asked.config.job_timeout_ms) == bigquery_jobs.JOB_TIMEOUT_S * 1000
    assert asked.config.labels == {"purpose": "read"}


def test_billed_bytes_are_reported() -> None:
    """Each query is reported with its job, its purpose and its bytes."""
    billed: list[Billed] = []
    jobs(Client(pa.table({"a": [1]})), billed.append).query("read", "SELECT 1", {}, "mine")
    assert billed == [Billed("mine", "read", 7, 10_485_760)]


def test_a_job_begun_before_is_found_again() -> None:
    """A job whose answer was lost is looked up where it ran, not run again."""
    client = Client(api.Conflict("Already Exists: Job"))
    assert jobs(client).query("write", "SELECT 1", {}, "mine")["found"].to_pylist() == [5]
    assert len(client.asked) == 1


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        (True, "BOOL"), (3, "INT64"), (0.5, "FLOAT64"), ("x", "STRING"), (DAY, "DATE"),
        (datetime(2024, 2, 27, tzinfo=UTC), "TIMESTAMP"), (["a", "b"], "STRING"), ([], "STRING"), ([1], "INT64"),
    ],
)  # fmt: skip
def test_parameters_have_their_types(value: Any, kind: str) -> None:
    """A value goes as the GoogleSQL type that the queries expect."""
    client = Client(pa.table({"a": [1]}))
    jobs(client).query("read", "SELECT @v", {"v": value})
    (parameter,) = client.asked[0].config.query_parameters
    assert kind == getattr(parameter, "type_", None) or kind == getattr(parameter, "array_type", None)


def test_values_of_other_kinds_are_refused() -> None:
    """What BigQuery has no type for is said by name."""
    with pytest.raises(ContractError, match="parameter v"):
        jobs(Client(pa.table({}))).query("read", "SELECT @v", {"v": object()})


@pytest.fixture
def waits(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The waits between tries, recorded and not waited for."""
    found: list[float] = []
    monkeypatch.setattr(bigquery.time, "sleep", found.append)
    return found


def test_a_cancelled_transaction_is_tried_again(waits: list[float]) -> None:
    """Cancelled twice for another's update, a write succeeds under a new job id each time."""
    ok = pa.table({"found": [3]})
    cancelled = refused("invalidQuery", CONCURRENT)
    client = Client(cancelled, cancelled, ok)
    contract = table("nba_raw.nbac_player_list")
    assert BigQueryTables(jobs(client)).write(contract, contract.to_arrow([]), SCOPE).found == 3
    assert len({a.id for a in client.asked}) == 3
    assert len(waits) == 2
    assert all(0 < w <= bigquery.LONGEST_WAIT_S for w in waits)


class Service(Client):
    """Holds the first transactions open until there are as many as `at_once`; cancels what meets an open one's table."""

    def __init__(self, at_once: int) -> None:
        super().__init__(pa.table({"rule": pa.array([], pa.string()), "refused": pa.array([], pa.int64())}))
        self.lock, self.together, self.ended = threading.Lock(), threading.Barrier(at_once), threading.Event()
        self.open: list[set[str]] = []

    def query(self, sql: str, *, job_id: str | None, **options: Any) -> Any:
        if "BEGIN TRANSACTION" not in sql:
            return super().query(sql, job_id=job_id, **options)
        tables, is_first = mutated(sql), str(job_id).endswith("_1")
        with self.lock:
            self.asked.append(SimpleNamespace(id=job_id))
            meets = any(tables & others for others in self.open)
            if not meets:
                self.open.append(tables)
        if is_first:
            self.together.wait(10)
        if meets:
            self.ended.wait(10)
            raise refused("invalidQuery", CONCURRENT)
        with self.lock:
            self.open.remove(tables)
        self.ended.set()
        return self._job(str(job_id), pa.table({"found": [1]}))


def together(units: list[str], waits: list[float]) -> tuple[int, int]:
    """As many claims as units write predictions at the same moment; how many tries and waits that took."""
    service, contract = Service(len(units)), table("nba_predictions.player_prop_predictions")

    def write(unit: str, token: int) -> int:
        tables = BigQueryTables(jobs(service))
        return tables.write(contract, contract.to_arrow([]), Scope("run", 1, token, unit, DAY, DAY)).found

    with ThreadPoolExecutor(len(units)) as pool:
        assert list(pool.map(write, units, range(1, len(units) + 1))) == [1] * len(units)
    return len(service.asked), len(waits)


@pytest.mark.parametrize("writers", [8, 16])
def test_systems_that_write_at_the_same_moment_cancel_no_one(writers: int, waits: list[float]) -> None:
    """Of 8 writers of one fence table 7 were cancelled each time, and 16 used up their tries."""
    assert together([f"system_{n}" for n in range(writers)], waits) == (writers, 0)


def test_two_claims_on_a_unit_always_meet(waits: list[float]) -> None:
    """One of them is cancelled and tried again, behind the other's fence."""
    assert together(["champion", "champion"], waits) == (3, 1)


def test_tries_have_an_end(waits: list[float]) -> None:
    """Cancelled every time, the write gives up and the message comes again."""
    contract = table("nba_raw.nbac_player_list")
    client = Client(refused("invalidQuery", CONCURRENT))
    with pytest.raises(StoreUnavailable):
        BigQueryTables(jobs(client)).write(contract, contract.to_arrow([]), SCOPE)
    assert len(client.asked) == MAX_TRIES
    assert sum(waits) < bigquery_jobs.JOB_TIMEOUT_S


@pytest.mark.parametrize(
    ("newest", "becomes"),
    [([(1, 4)], Fenced), ([(3, 1)], StaleGeneration), ([], ContractError)],
)
def test_what_the_fence_says(newest: list[tuple[int, int]], becomes: type[Exception]) -> None:
    """A refused script asks the fence why, whatever its text; where the fence has nothing newer, the refusal stands."""
    contract = table("nba_raw.nbac_player_list")
    fence = pa.table({"generation": [g for g, _ in newest], "token": [t for _, t in newest]})
    client = Client(refused("invalidQuery", "any text"), fence)
    with pytest.raises(becomes) as raised:
        BigQueryTables(jobs(client)).write(contract, contract.to_arrow([]), SCOPE)
    assert getattr(raised.value, "generation", 3) == 3
    assert getattr(raised.value, "token", 4) == 4


def test_one_write_has_one_name() -> None:
    """The same rows by the same claim go under the same job ids in any process; another claim's under others."""
    contract, names = table("nba_raw.nbac_player_list"), []
    for scope in (SCOPE, SCOPE, Scope("run", 1, 2, "unit", DAY, DAY)):
        client = Client(pa.table({"found": [0]}))
        BigQueryTables(jobs(client)).write(contract, contract.to_arrow([]), scope)
        names.append(client.asked[0].id)
    assert names[0] == names[1] != names[2]
