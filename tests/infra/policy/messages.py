"""What carries messages: every event has a producer and a consumer, and none is lost on the way."""

import base64
import json
from datetime import UTC, datetime
from itertools import pairwise
from zoneinfo import ZoneInfo

from shared.adapters.cloud.topology import DEAD_LETTERS, Topology
from shared.map.loader import pipeline_map
from shared.map.model import Schedule
from shared.map.ticks import ticks_after
from tests.infra.policy import Findings, Resource, State, rule
from tests.infra.policy.identities import holder

NEVER = [{"ttl": ""}]
WEEK = "604800s"


def _short(full_name: str) -> str:
    return full_name.rpartition("/")[2]


def _pushes(state: State) -> list[Resource]:
    return [s for s in state.of("pubsub_subscription") if s.values["name"] != DEAD_LETTERS]


@rule
def names_are_the_maps(state: State) -> Findings:
    """Topics and subscriptions are named as the map and the emulator's topology name them."""
    topology = Topology(pipeline_map(), "p")
    kinds = {
        "pubsub_topic": {*pipeline_map().topics, DEAD_LETTERS},
        "pubsub_subscription": {_short(s) for s in topology.subscriptions()} | {DEAD_LETTERS},
    }
    for kind, wanted in kinds.items():
        have = {r.values["name"] for r in state.of(kind)}
        yield from (f"no {kind} {n}" for n in sorted(wanted - have))
        yield from (f"{kind} {n} is not in the map" for n in sorted(have - wanted))
    have = set(state.functions())
    yield from (f"function {n} is not in both" for n in sorted(have ^ set(pipeline_map().functions)))


@rule
def every_event_has_both_ends(state: State) -> Findings:
    """Each topic has an account that may publish to it, and a subscription."""
    producers = {_short(g.values["topic"]) for g in state.of("pubsub_topic_iam_member")}
    producers |= {_short(j.block("pubsub_target")["topic_name"]) for j in state.of("cloud_scheduler_job")}
    consumers = {_short(s.values["topic"]) for s in state.of("pubsub_subscription")}
    for topic in state.of("pubsub_topic"):
        name = topic.values["name"]
        if name not in producers:
            yield f"no account may publish to {name}"
        if name not in consumers:
            yield f"{name} has no subscription"


@rule
def subscriptions_keep_and_retry(state: State) -> Findings:
    """A week's retention, no expiry, and the map's back-off: a message waits and is not lost."""
    engine = pipeline_map().engine
    backoff = {"minimum_backoff": f"{engine['backoff_min_s']}s", "maximum_backoff": f"{engine['backoff_max_s']}s"}
    for s in state.of("pubsub_subscription"):
        if s.values["message_retention_duration"] != WEEK or s.values["expiration_policy"] != NEVER:
            yield f"{s.values['name']} forgets"
    for s in _pushes(state):
        if s.values["retry_policy"] != [backoff]:
            yield f"{s.values['name']} has another back-off than the map"
        if s.values["filter"] != f'attributes.to = "{s.values["name"].rpartition(".")[2]}"':
            yield f"{s.values['name']} delivers what is for others"


@rule
def pushes_are_signed(state: State) -> Findings:
    """Each push goes to its own function, with a token of the push account for the audience the function expects."""
    for s in _pushes(state):
        function = state.functions().get(s.values["name"].rpartition(".")[2])
        push, token = s.block("push_config"), s.block("push_config", "oidc_token")
        if function is None or push.get("push_endpoint") != function.block("service_config").get("uri"):
            yield f"{s.values['name']} pushes to {push.get('push_endpoint')}"
            continue
        expects = function.block("service_config")["environment_variables"]
        wanted = (expects.get("TIPOFF_PUSH_ACCOUNT"), expects.get("TIPOFF_PUSH_AUDIENCE"))
        if (token.get("service_account_email"), token.get("audience")) != wanted or None in wanted:
            yield f"{s.values['name']} is not signed as its function expects"
        if expects.get("TIPOFF_PUSH_KEYS") != "platform":
            yield f"{s.values['name']} is checked by other keys than Google's"


@rule
def timeouts_fit(state: State) -> Findings:
    """Function time-out < ack deadline and < claim lease, all as in the map: no unit is worked on twice at once."""
    lease, longest = pipeline_map().engine["claim_lease_s"], pipeline_map().engine["ack_deadline_s"]
    for s in _pushes(state):
        ack, name = s.values["ack_deadline_seconds"], s.values["name"].rpartition(".")[2]
        function = state.functions().get(name)
        timeout = function.block("service_config")["timeout_seconds"] if function else None
        if function is None or timeout != pipeline_map().functions[name].timeout_s:
            yield f"{name} times out after {timeout} s, which is not the map's"
        elif not timeout < ack == longest or timeout >= lease:
            yield f"{s.values['name']}: time-out {timeout} s, ack deadline {ack} s, lease {lease} s"


@rule
def dead_letters_are_complete(state: State) -> Findings:
    """Policy on every subscription, a topic, a subscription that keeps, and the agent's two rights."""
    agent = {
        (_short(g.values.get("topic") or g.values.get("subscription")), g.values["role"])
        for g in state.grants()
        if "gcp-sa-pubsub" in g.values["member"]
    }
    if DEAD_LETTERS not in {
        s.values["name"] for s in state.of("pubsub_subscription") if _short(s.values["topic"]) == DEAD_LETTERS
    }:
        yield "nothing keeps the dead letters"
    if (DEAD_LETTERS, "roles/pubsub.publisher") not in agent:
        yield "the agent may not publish dead letters"
    for s in _pushes(state):
        policy = s.block("dead_letter_policy")
        if _short(policy.get("dead_letter_topic") or "") != DEAD_LETTERS:
            yield f"{s.values['name']} has no dead letter topic"
        if policy.get("max_delivery_attempts") != pipeline_map().engine["max_attempts"]:
            yield f"{s.values['name']} gives up after {policy.get('max_delivery_attempts')} attempts"
        if (s.values["name"], "roles/pubsub.subscriber") not in agent:
            yield f"the agent may not take messages off {s.values['name']}"


@rule
def schedules_are_the_maps(state: State) -> Findings:
    """A job per schedule, with the map's cron, zone and topic, and a message that names the schedule and its function."""
    jobs = {j.values["name"]: j for j in state.of("cloud_scheduler_job")}
    yield from (f"schedule {n} is not in both" for n in sorted(set(jobs) ^ set(pipeline_map().schedules)))
    for name, schedule in pipeline_map().schedules.items():
        if name in jobs:
            yield from (f"{name}: {problem}" for problem in _job_problems(jobs[name], schedule))


def _job_problems(job: Resource, schedule: Schedule) -> Findings:
    target, retry = job.block("pubsub_target"), job.block("retry_config")
    zone = ZoneInfo(pipeline_map().time_zone)
    if (job.values["schedule"], job.values["time_zone"]) != (schedule.cron, zone.key):
        yield f"fires at {job.values['schedule']} {job.values['time_zone']}"
    following = ticks_after(schedule, zone, datetime(2026, 11, 1, tzinfo=UTC))
    fired = [next(following) for _ in range(100)]
    if schedule.run and any(t.at.astimezone(zone).hour in (1, 2) for t in fired):
        yield "fires between 01:00 and 03:00, which a clock change repeats or leaves out"
    shortest = min((b.at - a.at).total_seconds() for a, b in pairwise(fired))
    if int((retry.get("max_retry_duration") or "0s")[:-1]) >= shortest:
        yield "may still be retried when the next tick is due"
    sent = fired[0].message(pipeline_map().request_topics)
    wanted = {"schedule": schedule.name, "event_topic": sent.topic, "type": sent.event().type, "to": sent.to}
    if target["attributes"] != wanted or _short(target["topic_name"]) != sent.topic:
        yield f"{target['topic_name']} with {target['attributes']} lacks {wanted}"
    if json.loads(base64.b64decode(target["data"])) != {"schedule": schedule.name}:
        yield "does not name its schedule"


@rule
def only_our_accounts_publish(state: State) -> Findings:
    """Only functions' accounts and Pub/Sub's own agent hold the right to publish."""
    for grant in state.of("pubsub_topic_iam_member"):
        if not (holder(grant).startswith("fn-") or "gcp-sa-pubsub" in grant.values["member"]):
            yield f"{grant.values['member']} may publish to {grant.values['topic']}"
