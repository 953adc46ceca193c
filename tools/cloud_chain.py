"""The whole pipeline on emulators: eight function processes, Pub/Sub pushing to them, and the stores.

The Pub/Sub emulator applies no filter, signs no token and counts no delivery attempts, as the service does. A relay
between it and the functions does these three things.
"""

import json
import os
import subprocess
import sys
import time
import urllib.request
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Lock, Thread
from typing import TYPE_CHECKING, Any
from unittest.mock import patch
from urllib.error import HTTPError

from shared.bootstrap import build_cloud
from shared.contracts.events import RunRequested, message
from shared.map.loader import pipeline_map
from shared.map.model import PipelineMap
from shared.ports import Feeds
from shared.settings import Settings, from_environment
from shared.work.app import App
from tools import ROOT
from tools.cloud_function import FileClock
from tools.emulators import start
from tools.emulators.ports import free_port
from tools.emulators.signer import Signer

if TYPE_CHECKING:
    from shared.adapters.cloud.bigquery_jobs import Jobs

PROJECT = "tipoff-demo"
ACCOUNT, AUDIENCE, KEY_ID = "push@tipoff-demo.iam.gserviceaccount.com", "https://tipoff.example", "demo"
START_TIMEOUT_S = 90
PUSH_TIMEOUT_S = 300
SETTLE_TIMEOUT_S = 300
TOKEN_LIFE_S = 2 * 86_400  # of virtual time, which jumps from before the games to the morning after


class Relay(ThreadingHTTPServer):
    """Takes pushes at /<function> and forwards those that pass the subscription's filter."""

    daemon_threads = True
    request_queue_size = 64

    def __init__(self, clock: FileClock) -> None:
        super().__init__(("127.0.0.1", 0), _Pushed)
        self.clock, self.signer = clock, Signer(KEY_ID)
        self.ports: dict[str, int] = {}
        self.answers: Counter[tuple[str, int]] = Counter()
        self._attempts: Counter[str] = Counter()
        self._lock = Lock()

    def endpoint(self, function: str) -> str:
        """The address to which a function's subscriptions push."""
        return f"http://127.0.0.1:{self.server_address[1]}/{function}"

    def token(self) -> str:
        """A valid token of the push account, as Google sends one."""
        now = int(self.clock.now().timestamp())
        claims = {"iss": "https://accounts.google.com", "aud": AUDIENCE, "email": ACCOUNT, "email_verified": True}
        return self.signer.token({**claims, "iat": now, "exp": now + TOKEN_LIFE_S})

    def attempt(self, delivery_id: str) -> int:
        """The delivery attempt, from 1."""
        with self._lock:
            self._attempts[delivery_id] += 1
            return self._attempts[delivery_id]

    def answered(self, function: str, status: int) -> None:
        """Count an answer by function and status."""
        with self._lock:
            self.answers[function, status] += 1


class _Pushed(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        relay, function = self.server, self.path.removeprefix("/")
        assert isinstance(relay, Relay)
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if body["message"].get("attributes", {}).get("to", function) != function:
            self._answer(HTTPStatus.NO_CONTENT)
            return
        body["deliveryAttempt"] = relay.attempt(f"{body['subscription']}/{body['message']['messageId']}")
        status = _post(f"http://127.0.0.1:{relay.ports[function]}/", json.dumps(body).encode(), relay.token())
        relay.answered(function, status)
        self._answer(status)

    def _answer(self, status: int) -> None:
        self.send_response(status)
        self.end_headers()

    def log_message(self, *arguments: object) -> None:
        """Log nothing."""


def _post(url: str, body: bytes, token: str) -> int:
    headers = {"Content-Type": "application/json", "Authorization": f"Bearer {token}"}
    request = urllib.request.Request(url, body, headers)  # noqa: S310 - our own address
    try:
        with urllib.request.urlopen(request, timeout=PUSH_TIMEOUT_S) as answer:  # noqa: S310
            return int(answer.status)
    except HTTPError as error:
        return error.code
    except OSError:
        return HTTPStatus.SERVICE_UNAVAILABLE


@dataclass
class Chain:
    """A running chain, and an app of this process on the same stores."""

    app: App
    clock: FileClock
    relay: Relay
    endpoint: str  # of the storage emulator
    logs: Path

    def run(self, request: RunRequested, run_id: str) -> float:
        """Request a run and wait until it is settled; return the seconds. TimeoutError if it does not settle."""
        started = time.monotonic()
        self.app.events.publish([message(self.app.map.request_topics.run, request)])
        while time.monotonic() < started + SETTLE_TIMEOUT_S:
            run = self.app.state.get("runs", run_id)
            if run is not None and run.doc["state"] == "settled":
                return time.monotonic() - started
            time.sleep(0.2)
        raise TimeoutError(f"{run_id} did not settle within {SETTLE_TIMEOUT_S} s; see {self.logs}")


@contextmanager
def running(folder: Path, clock: FileClock, feeds: Feeds, source: Mapping[str, str]) -> Iterator[Chain]:
    """Start the emulators, with empty tables, and all functions; stop them at the end.

    Files are written below `folder`; `source` holds the environment variables of the source of feeds.
    """
    with ExitStack() as stack:
        addresses = {
            "FIRESTORE_EMULATOR_HOST": stack.enter_context(start.firestore()),
            "PUBSUB_EMULATOR_HOST": stack.enter_context(start.pubsub()),
            "BIGQUERY_EMULATOR_HOST": stack.enter_context(start.bigquery()),
            "STORAGE_EMULATOR_HOST": stack.enter_context(start.storage()),
        }
        relay = Relay(clock)
        keys = folder / "certificates.json"
        keys.write_text(json.dumps({KEY_ID: relay.signer.public.decode()}), "utf-8")
        stack.enter_context(patch.dict(os.environ, addresses))  # read by each client when it is created
        environ = {**os.environ, **source, **_settings(keys)}
        app = build_cloud(from_environment(environ), clock, feeds, environ)
        _make_tables()
        logs = folder / "logs"
        logs.mkdir(exist_ok=True)
        served = [stack.enter_context(_function(n, clock, environ, folder, logs)) for n in pipeline_map().functions]
        for function in served:
            function.wait_until_alive()
            relay.ports[function.log.stem] = function.port
        Thread(target=relay.serve_forever, daemon=True).start()
        stack.callback(relay.server_close)
        stack.callback(relay.shutdown)
        _subscribe(app.map, relay)
        yield Chain(app, clock, relay, addresses["STORAGE_EMULATOR_HOST"], logs)


def _settings(keys: Path) -> dict[str, str]:
    return {
        "TIPOFF_BACKEND": "gcp",
        "TIPOFF_PROJECT": PROJECT,
        "TIPOFF_ARCHIVE": "gs://tipoff/archive",
        "TIPOFF_MODELS": "gs://tipoff/models",
        "TIPOFF_PUSH_ACCOUNT": ACCOUNT,
        "TIPOFF_PUSH_AUDIENCE": AUDIENCE,
        "TIPOFF_PUSH_KEYS": str(keys),
        "GCSFS_EXPERIMENTAL_ZB_HNS_SUPPORT": "false",
    }


def bigquery_jobs() -> "Jobs":
    """Jobs on the BigQuery emulator that the environment names, without a limit or a record of billed bytes."""
    from shared.adapters.cloud.bigquery_jobs import Jobs, connect

    return Jobs(connect(PROJECT, emulated=True), 1 << 40, lambda _: None)


def _make_tables() -> None:
    from shared.adapters.cloud import bigquery_sql

    client, ddl = bigquery_jobs().client, bigquery_sql.ddl(pipeline_map().writers())
    for dataset in (Settings.staging, *sorted({name.split(".")[0] for name in ddl})):
        client.create_dataset(dataset)
    for text in ddl.values():
        client.query(text).result()
    client.close()  # type: ignore[no-untyped-call]


@dataclass(frozen=True)
class Served:
    """A function served by its own process."""

    port: int
    process: "subprocess.Popen[bytes]"
    log: Path

    def wait_until_alive(self) -> None:
        """Wait until it answers; RuntimeError with its last output line if it ended, TimeoutError if it is late."""
        deadline = time.monotonic() + START_TIMEOUT_S
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                output = self.log.read_text("utf-8", errors="replace").strip().splitlines() or ["no output"]
                raise RuntimeError(f"{self.log.stem} ended with code {self.process.returncode}: {output[-1]}")
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/healthz", timeout=2):
                    return
            except OSError:
                time.sleep(0.1)
        raise TimeoutError(f"{self.log.stem} does not answer after {START_TIMEOUT_S} s; see {self.log}")


@contextmanager
def _function(name: str, clock: FileClock, environ: Mapping[str, str], folder: Path, logs: Path) -> Iterator[Served]:
    port = free_port()
    command = [sys.executable, "-m", "tools.cloud_function", name, str(port), str(clock.path)]
    home = {"TIPOFF_HOME": str(folder / name)}
    path = logs / f"{name}.log"
    with path.open("wb") as log:
        process = subprocess.Popen(command, cwd=ROOT, env={**environ, **home}, stdout=log, stderr=log)  # noqa: S603
        try:
            yield Served(port, process, path)
        finally:
            process.terminate()
            try:
                process.wait(timeout=10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _subscribe(pipeline: PipelineMap, relay: Relay) -> None:
    from google.cloud.pubsub_v1 import PublisherClient, SubscriberClient

    from shared.adapters.cloud.topology import Topology

    publisher, subscriber = PublisherClient(), SubscriberClient()
    Topology(pipeline, PROJECT).create(publisher, subscriber, relay.endpoint)
    subscriber.close()


def statistics(chain: Chain) -> dict[str, Any]:
    """The number of pushes that each function answered, by status."""
    counts: dict[str, Any] = {}
    for (function, status), count in sorted(chain.relay.answers.items()):
        counts.setdefault(function, {})[str(status)] = count
    return counts
