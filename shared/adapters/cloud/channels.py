"""How the official clients' gRPC channels behave when a connection breaks: they come back soon.

gRPC waits at least a second after a failed attempt, and up to two minutes later on: with that a short outage would
cost several times its length. Here it tries every tenth of a second, and a call waits for it: a call that fails at once
would sleep on when the connection is back.
"""

import json
from collections.abc import Sequence
from functools import cached_property
from typing import Any

import grpc
from google.api_core import exceptions as api
from google.api_core.retry import Retry
from google.cloud import firestore
from google.cloud.firestore_v1.services.firestore import FirestoreClient as GapicClient
from google.cloud.firestore_v1.services.firestore.transports import FirestoreGrpcTransport
from google.cloud.firestore_v1.types import BatchGetDocumentsResponse
from google.pubsub_v1.services.publisher.transports import PublisherGrpcTransport

TRANSIENT = (  # errors of a call that the same call, made again, may not meet
    api.Aborted,
    api.Cancelled,
    api.DeadlineExceeded,
    api.InternalServerError,
    api.ServiceUnavailable,
    api.TooManyRequests,
    api.Unknown,
)
_EVERY_CALL = {"methodConfig": [{"name": [{}], "waitForReady": True}]}  # gRPC's service config
OPTIONS: Sequence[tuple[str, int | str]] = (
    ("grpc.service_config", json.dumps(_EVERY_CALL)),
    ("SingleThreadedUnaryStream", 1),  # replies that are streams are read by the thread that wants them
    ("grpc.initial_reconnect_backoff_ms", 100),
    ("grpc.min_reconnect_backoff_ms", 1000),  # how long an attempt to connect may take
    ("grpc.max_reconnect_backoff_ms", 100),
    ("grpc.keepalive_time_ms", 30_000),
    ("grpc.max_send_message_length", -1),
    ("grpc.max_receive_message_length", -1),
)


class FirestoreClient(firestore.Client):
    """The official client on such a channel, for which the library has no option.

    tests/unit/shared/adapters/cloud/test_channels.py lists the library's private names that this class uses.
    """

    def read(self, paths: Sequence[str], retry: Retry, timeout: float) -> list[Any]:
        """The service's plain replies for documents by their paths; each has `found`, empty for a missing one.

        All of them: a stream that is left before its end keeps 18 KB for as long as the process lives, and one that
        breaks is asked for again as a whole, where the library would only begin it again.
        """
        database, metadata = self._database_string, self._rpc_metadata
        request = {"database": database, "documents": [f"{database}/documents/{path}" for path in paths]}

        def once() -> list[Any]:
            replies = self._firestore_api.batch_get_documents(
                request=request, metadata=metadata, retry=None, timeout=timeout
            )
            return [BatchGetDocumentsResponse.pb(reply) for reply in replies]

        return retry(once)()

    @cached_property
    def _firestore_api(self) -> GapicClient:
        host = self._emulator_host or GapicClient.DEFAULT_ENDPOINT
        if self._emulator_host:
            channel = grpc.insecure_channel(host, options=OPTIONS)
        else:
            channel = FirestoreGrpcTransport.create_channel(host, credentials=self._credentials, options=OPTIONS)
        return GapicClient(transport=FirestoreGrpcTransport(host=host, channel=channel))


class PublisherTransport(PublisherGrpcTransport):
    """The official publisher's transport on such a channel."""

    def __init__(self, *, host: str, channel: grpc.Channel | None = None, **more: Any) -> None:
        """The library gives a channel only for an emulator, an insecure one."""
        super().__init__(host=host, channel=channel and grpc.insecure_channel(host, options=OPTIONS), **more)

    @classmethod
    def create_channel(cls, *arguments: Any, **more: Any) -> grpc.Channel:
        """As the library's, with our options instead of its own."""
        return super().create_channel(*arguments, **{**more, "options": OPTIONS})
