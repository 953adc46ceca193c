"""Google's own emulators, started from the jars of a Cloud SDK and killed at the end."""

import os
import shutil
import socket
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

START_TIMEOUT_S = 60
_JVM = ("-Xmx384m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Duser.language=en")
_FIRESTORE = ("-cp", "{jar}", "com.google.cloud.datastore.emulator.firestore.CloudFirestore", "start")
_PUBSUB = ("-jar", "{jar}")


def firestore() -> Iterator[str]:
    """host:port of a Firestore emulator."""
    jar = _jar("cloud-firestore-emulator/cloud-firestore-emulator*.jar")
    with _running([a.format(jar=jar) for a in _FIRESTORE]) as address:
        yield address


def pubsub() -> Iterator[str]:
    """host:port of a Pub/Sub emulator."""
    jar = _jar("pubsub-emulator/lib/cloud-pubsub-emulator-*-all.jar")
    with _running([a.format(jar=jar) for a in _PUBSUB]) as address:
        yield address


def _jar(pattern: str) -> Path:
    """The emulator's jar; without one the test is skipped, or fails where emulators are required."""
    gcloud = shutil.which("gcloud")
    root = os.environ.get("TIPOFF_CLOUD_SDK") or (Path(gcloud).resolve().parent.parent if gcloud else None)
    jars = sorted(Path(root, "platform").glob(pattern)) if root else []
    if jars and shutil.which("java"):
        return jars[-1]
    missing = f"no emulator: needs java and {pattern} below the Cloud SDK (set TIPOFF_CLOUD_SDK)"
    if os.environ.get("TIPOFF_REQUIRE_EMULATORS") == "1":
        pytest.fail(missing, pytrace=False)
    pytest.skip(missing)


@contextmanager
def _running(arguments: list[str]) -> Iterator[str]:
    port = _free_port()
    command = ["java", *_JVM, *arguments, "--host=127.0.0.1", f"--port={port}"]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        _wait_until_ready(process, port)
        yield f"127.0.0.1:{port}"
    finally:
        process.kill()
        process.wait()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _wait_until_ready(process: "subprocess.Popen[bytes]", port: int) -> None:
    give_up_at = time.monotonic() + START_TIMEOUT_S
    while time.monotonic() < give_up_at:
        if process.poll() is not None:
            pytest.fail(f"the emulator ended at once with code {process.returncode}", pytrace=False)
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=1) as answer:
                if answer.status == 200:
                    return
        except OSError:
            time.sleep(0.1)
    pytest.fail(f"the emulator did not answer within {START_TIMEOUT_S} s", pytrace=False)
