"""After a deploy: one message through every function, and what each answered for itself."""

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

PATIENCE_S = 180.0  # a cold start, and Pub/Sub's first back-off while grants spread
EVERY_S = 2.0
CALL_TIMEOUT_S = 20.0


@dataclass(frozen=True)
class Smoke:
    """Sends and waits; time is an argument."""

    map: PipelineMap
    events: Events
    state: State
    stopwatch: Callable[[], float] = monotonic
    wait: Callable[[float], None] = sleep

    def run(self, release: Release) -> Mapping[str, str]:
        """Function -> what is wrong with it; empty when all answer with the release's code and map."""
        topics = {name: self.map.functions[name].subscribes[0] for name in release.codes}
        self.events.publish([smoke_message(release.name, name, topic) for name, topic in topics.items()])
        give_up_at = self.stopwatch() + PATIENCE_S
        ids = {name: answer_id(release.name, name) for name in topics}
        answers = self._answers(list(ids.values()))
        while len(answers) < len(ids) and self.stopwatch() < give_up_at:
            self.wait(EVERY_S)
            answers = self._answers(list(ids.values()))
        said = {name: answers.get(doc_id) for name, doc_id in ids.items()}
        judged = {name: _judge(doc, release.codes[name], release.map_hash) for name, doc in said.items()}
        return {name: wrong for name, wrong in judged.items() if wrong}

    def _answers(self, ids: Sequence[str]) -> Mapping[str, Mapping[str, str]]:
        """What was written down so far; nothing while the store does not answer, which may pass."""
        try:
            return self.state.get_many("smoke", ids)
        except StoreUnavailable:
            return {}


def _judge(answer: Mapping[str, str] | None, code: str, map_hash: str) -> str:
    if answer is None:
        return f"no answer in {PATIENCE_S:.0f} s"
    if answer["code_hash"] != code:
        return f"runs code {answer['code_hash']}, not {code}"
    return "" if answer["map_hash"] == map_hash else f"reads map {answer['map_hash']}, not {map_hash}"


@dataclass(frozen=True)
class PubSubSmoke:
    """Publishes smoke messages, no events of the pipeline, with the attributes that subscriptions filter by."""

    project: str
    client: "PublisherClient"

    def publish(self, messages: Sequence[Message]) -> None:
        """Hand them over, or raise StoreUnavailable."""
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
