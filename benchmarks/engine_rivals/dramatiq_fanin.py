"""The same fan-in as a dramatiq group with a completion callback on the stub broker: in memory, nothing durable.

Run in its own virtualenv: `dramatiq_fanin.py ROUNDS FAN_IN`.
"""

import importlib.metadata
import json
import logging
import sys
import threading
import time

import dramatiq
from dramatiq import Worker, group
from dramatiq.brokers.stub import StubBroker
from dramatiq.middleware import GroupCallbacks
from dramatiq.rate_limits.backends import StubBackend

logging.disable(logging.WARNING)
ROUNDS, FAN_IN = int(sys.argv[1]), int(sys.argv[2])
broker = StubBroker()
broker.add_middleware(GroupCallbacks(StubBackend()))
dramatiq.set_broker(broker)
joined = threading.Semaphore(0)


@dramatiq.actor
def unit(number: int) -> int:
    return number


@dramatiq.actor
def downstream() -> None:
    joined.release()


worker = Worker(broker, worker_timeout=10, worker_threads=1)
worker.start()
started = time.perf_counter()
for _ in range(ROUNDS):
    fan = group([unit.message(n) for n in range(FAN_IN)])
    fan.add_completion_callback(downstream.message())
    fan.run()
    assert joined.acquire(timeout=60)
seconds = time.perf_counter() - started
worker.stop()
durability = "none: in memory"
print(json.dumps({"seconds": seconds, "durability": durability, "version": importlib.metadata.version("dramatiq")}))
