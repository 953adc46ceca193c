"""From the bus to the function: the push side of Pub/Sub, and the instances that receive the pushes."""

import json
from base64 import b64encode
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from http import HTTPStatus
from http.client import HTTPConnection, HTTPException
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from queue import Queue
from threading import Thread
from typing import Any

import flask
from google.cloud.pubsub_v1 import SubscriberClient
from google.cloud.pubsub_v1.subscriber.futures import StreamingPullFuture
from google.cloud.pubsub_v1.types import FlowControl

from shared.adapters.cloud.topology import Topology
from shared.work.app import App
from tests.faults.world import Seen

INSTANCES = 6
PUSH_TIMEOUT_S = 30  # longer than a handler's tries, as the deployed time-outs are


class Instances(ThreadingHTTPServer):
    """The function as the bus sees it: each push is taken by an instance that is free."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, apps: Sequence[App], answer: Callable[[flask.Request, App], int], seen: Seen) -> None:
        super().__init__(("127.0.0.1", 0), _Pushed)
        self.free: Queue[App] = Queue()
        for app in apps:
            self.free.put(app)
        self.answer, self.seen = answer, seen
        self.address = f"127.0.0.1:{self.server_address[1]}"
        Thread(target=self.serve_forever, daemon=True).start()

    def close(self) -> None:
        self.shutdown()
        self.server_close()

    def handle_error(self, *_: object) -> None:
        """A connection that a fault cut is not reported."""


class _Pushed(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        server = self.server
        assert isinstance(server, Instances)
        body = self.rfile.read(int(self.headers["Content-Length"]))
        server.seen.mark(server.seen.delivered)
        request = flask.Request.from_values(method="POST", headers=dict(self.headers), data=body)
        app = server.free.get()
        try:
            status = server.answer(request, app)
        except BaseException as error:
            server.seen.fault("crashed", repr(error))
            raise
        finally:
            server.free.put(app)
        self.send_response(status)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Log nothing."""


@dataclass(frozen=True)
class Relay:
    """The push side of Pub/Sub: sends each message to `address` by HTTP, acknowledges on 2xx, else refuses.

    The emulator's own push loops, once pushes have failed, stand idle for minutes with messages unacknowledged.
    """

    address: str
    topology: Topology

    def pushing(self, subscriber: SubscriberClient) -> list[StreamingPullFuture]:
        """Push from every subscription until the futures are cancelled."""
        flow = FlowControl(max_messages=2 * INSTANCES)
        names = self.topology.subscriptions()
        return [subscriber.subscribe(name, partial(self._push, name), flow_control=flow) for name in names]

    def _push(self, subscription: str, message: Any) -> None:
        pushed = {
            "messageId": message.message_id,
            "publishTime": message.publish_time.isoformat(),
            "attributes": dict(message.attributes),
            "data": b64encode(message.data).decode(),
        }
        body = json.dumps({"subscription": subscription, "message": pushed})
        connection = HTTPConnection(self.address, timeout=PUSH_TIMEOUT_S)
        try:
            connection.request("POST", "/", body, {"Content-Type": "application/json"})
            done = connection.getresponse().status == HTTPStatus.NO_CONTENT
        except (OSError, HTTPException):
            done = False
        finally:
            connection.close()
        (message.ack if done else message.nack)()
