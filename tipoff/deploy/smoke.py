"""The check after a deploy: send every function a message, and compare the code and map hashes it answers with."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from time import monotonic, sleep
from typing import TYPE_CHECKING

from shared.contracts.events import Message
from shared.errors import StoreUnavailable
from shared.http.smoke import answer_id, smoke_message
from shared.map.model import PipelineMap
from shared.ports import Events, State
from tipoff.deploy.releases import Release

if TYPE_CHECKING:
    from google.cloud.pubsub_v1 import PublisherClient

PATIENCE_S = 180.0  # a cold start, and Pub/Sub's first back-off while IAM grants propagate
EVERY_S = 2.0
CALL_TIMEOUT_S = 20.0


@dataclass(frozen=True)
class Smoke:
    """Sends the messages and waits for the answers; the clock is an argument."""

    map: PipelineMap
    events: Events
    state: State
    stopwatch: Callable[[], float] = monotonic
    wait: Callable[[float], None] = sleep

    def run(self, release: Release) -> Mapping[str, str]:
        """What is wrong, by function; empty if all answer with the release's code and map."""
        topics = {name: self.map.functions[name].subscribes[0] for name in release.codes}
        self.events.publish([smoke_message(release.name, name, topic) for name, topic in topics.items()])
        give_up_at = self.stopwatch() + PATIENCE_S
        ids = {name: answer_id(release.name, name) for name in topics}
        answers = self._answers(list(ids.values()))
        while len(answers) < len(ids) and self.stopwatch() < give_up_at:
            self.wait(EVERY_S)
            answers = self._answers(list(ids.values()))
        problems = {n: _problem(answers.get(i), release.codes[n], release.map_hash) for n, i in ids.items()}
        return {name: problem for name, problem in problems.items() if problem}

    def _answers(self, ids: Sequence[str]) -> Mapping[str, Mapping[str, str]]:
        """The answers so far; none while the store is unavailable, which may be temporary."""
        try:
            return self.state.get_many("smoke", ids)
        except StoreUnavailable:
            return {}


def _problem(answer: Mapping[str, str] | None, code: str, map_hash: str) -> str:
    if answer is None:
        return f"no answer in {PATIENCE_S:.0f} s"
    if answer["code_hash"] != code:
        return f"runs code {answer['code_hash']}, not {code}"
    return "" if answer["map_hash"] == map_hash else f"reads map {answer['map_hash']}, not {map_hash}"


@dataclass(frozen=True)
class PubSubSmoke:
    """Publishes smoke messages with the attributes that subscriptions filter by."""

    project: str
    client: "PublisherClient"

    def publish(self, messages: Sequence[Message]) -> None:
        """Publish them, or raise StoreUnavailable."""
        from google.api_core.exceptions import GoogleAPIError

        for message in messages:
            topic = f"projects/{self.project}/topics/{message.topic}"
            about = {"id": message.id, "event_topic": message.topic, "to": message.to, "type": "smoke.requested"}
            try:
                self.client.publish(topic, message.data.encode(), timeout=CALL_TIMEOUT_S, **about).result(
                    CALL_TIMEOUT_S
                )
            except (GoogleAPIError, TimeoutError) as error:
                raise StoreUnavailable(f"Pub/Sub did not take {message.id}: {error!r}") from error
