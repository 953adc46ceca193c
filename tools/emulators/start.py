"""Start Google's emulators from the jars of a Cloud SDK, and those that `make emulators` installs.

Each context manager yields the emulator's address and kills its process at the end.
"""

import os
import shutil
import subprocess
import time
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from http import HTTPStatus
from pathlib import Path
from urllib.error import HTTPError

from tools import ROOT
from tools.emulators.ports import free_port

START_TIMEOUT_S = 60
_JVM = ("-XX:+UseSerialGC", "-Duser.language=en")
_SHORT = "-XX:TieredStopAtLevel=1"  # full compilation does not pay off within minutes
INSTALLED = ROOT / "build" / "emulators" / "bin"
HEAP_MB = 384  # emulators keep everything in memory: a long load test needs more


class EmulatorMissing(Exception):
    """An emulator is not installed on this machine; the message says how to install it."""


def firestore(heap_mb: int = HEAP_MB) -> AbstractContextManager[str]:
    """host:port of a Firestore emulator."""
    jar = _jar("cloud-firestore-emulator/cloud-firestore-emulator*.jar")
    return _java(["-cp", jar, "com.google.cloud.datastore.emulator.firestore.CloudFirestore", "start"], heap_mb)


def pubsub(heap_mb: int = HEAP_MB) -> AbstractContextManager[str]:
    """host:port of a Pub/Sub emulator."""
    return _java(["-jar", _jar("pubsub-emulator/lib/cloud-pubsub-emulator-*-all.jar")], heap_mb)


@contextmanager
def bigquery() -> Iterator[str]:
    """http://host:port of a BigQuery emulator."""
    port = free_port()
    with _served([_program("python"), Path(__file__).with_name("bigquery_server.py"), port], port) as address:
        yield f"http://{address}"


@contextmanager
def storage() -> Iterator[str]:
    """http://host:port of a Cloud Storage emulator with one bucket, `tipoff`."""
    port = free_port()
    options = ["--host=127.0.0.1", f"--port={port}", "--in-memory", "--default-bucket=tipoff"]
    with _served([_program("gcp-storage-emulator"), "start", *options], port) as address:
        yield f"http://{address}"


def _program(name: str) -> Path:
    """A program of the environment that `make emulators` creates."""
    if not (INSTALLED / name).exists():
        raise EmulatorMissing(f"no {INSTALLED.relative_to(ROOT) / name}: run make emulators")
    return INSTALLED / name


def _jar(pattern: str) -> Path:
    """The newest jar below the Cloud SDK that matches the pattern."""
    gcloud = shutil.which("gcloud")
    root = os.environ.get("TIPOFF_CLOUD_SDK") or (Path(gcloud).resolve().parent.parent if gcloud else None)
    jars = sorted(Path(root, "platform").glob(pattern)) if root else []
    if jars and shutil.which("java"):
        return jars[-1]
    raise EmulatorMissing(f"no emulator: needs java and {pattern} below the Cloud SDK (set TIPOFF_CLOUD_SDK)")


def _java(arguments: list[object], heap_mb: int) -> AbstractContextManager[str]:
    port, jvm = free_port(), _JVM if heap_mb > HEAP_MB else (*_JVM, _SHORT)
    return _served(["java", f"-Xmx{heap_mb}m", *jvm, *arguments, "--host=127.0.0.1", f"--port={port}"], port)


@contextmanager
def _served(command: Sequence[object], port: int) -> Iterator[str]:
    quiet = subprocess.DEVNULL
    process = subprocess.Popen([str(part) for part in command], stdout=quiet, stderr=quiet)  # noqa: S603
    try:
        _wait_until_ready(process, port)
        yield f"127.0.0.1:{port}"
    finally:
        process.kill()
        process.wait()


def _wait_until_ready(process: "subprocess.Popen[bytes]", port: int) -> None:
    give_up_at = time.monotonic() + START_TIMEOUT_S
    while time.monotonic() < give_up_at:
        if process.poll() is not None:
            raise RuntimeError(f"the emulator ended during its start with code {process.returncode}")
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=1) as answer:
                if answer.status == HTTPStatus.OK:
                    return
        except HTTPError:
            return  # not found, but the server answers
        except OSError:
            time.sleep(0.1)
    raise TimeoutError(f"the emulator did not answer within {START_TIMEOUT_S} s")
