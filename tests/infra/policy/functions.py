"""The functions themselves: reached from inside only, named by their code, bounded, and watched."""

import re

from tests.infra.policy import Findings, State, rule

LEGAL = {
    "cloudfunctions2_function": ("name", r"[a-z]([a-z0-9-]{0,61}[a-z0-9])?"),
    "service_account": ("account_id", r"[a-z][a-z0-9-]{4,28}[a-z0-9]"),
    "pubsub_topic": ("name", r"(?!goog)[A-Za-z][\w.~+%-]{2,254}"),
    "pubsub_subscription": ("name", r"(?!goog)[A-Za-z][\w.~+%-]{2,254}"),
    "storage_bucket": ("name", r"[a-z0-9][a-z0-9-]{1,61}[a-z0-9]"),
    "bigquery_dataset": ("dataset_id", r"\w{1,1024}"),
    "cloud_scheduler_job": ("name", r"[A-Za-z0-9_-]{1,500}"),
    "firestore_database": ("name", r"[a-z][a-z0-9-]{2,61}[a-z0-9]"),
}
SECRET_NAMES = re.compile(r"(KEY|TOKEN|SECRET|PASSWORD|PROXY)$")
# As a filter names a metric, and as PromQL does.
NAMED_METRIC = re.compile(r"logging\.googleapis\.com/user/([\w/]+)|logging_googleapis_com:user_(tipoff_\w+)")
MUST_WATCH = {
    "dead letters": "num_undelivered_messages",
    "backlog": "oldest_unacked_message_age",
    "server errors": 'response_code_class="5xx"',
    "schedules": "scheduler_failures",
    "the sweep": 'response_code_class="2xx"',
    "postgame": "phases_settled",
}


@rule
def functions_are_inside_and_bounded(state: State) -> Findings:
    """Internal traffic only, no trigger of Google's own, one request at a time, bounded instances."""
    for name, function in state.functions().items():
        service = function.block("service_config")
        if service["ingress_settings"] != "ALLOW_INTERNAL_ONLY":
            yield f"{name} is reachable from outside"
        if function.values.get("event_trigger"):
            yield f"{name} has an event trigger: no dead letters, no deadlines of ours"
        if not 1 <= (service["max_instance_count"] or 0) <= 100 or service["max_instance_request_concurrency"] != 1:
            yield f"{name} is not bounded"


@rule
def code_is_named_by_its_hash(state: State) -> Findings:
    """The name of the source object is its content's hash, as is the function's label: changed code means a deploy."""
    objects = {r.values["name"] for r in state.of("storage_bucket_object")}
    for name, function in state.functions().items():
        source = function.block("build_config", "source", "storage_source").get("object", "")
        label = (function.values["labels"] or {}).get("zip", "")
        if not re.fullmatch(rf"{name}/{label}[0-9a-f]{{48}}\.zip", source) or source not in objects:
            yield f"{name} runs {source} and is labelled {label}"


@rule
def secrets_are_references(state: State) -> Findings:
    """Keys come from Secret Manager by pinned version."""
    for name, function in state.functions().items():
        service = function.block("service_config")
        plain = [k for k in service["environment_variables"] if SECRET_NAMES.search(k)]
        yield from (f"{name} has {k} in plain text" for k in plain)
        for secret in service.get("secret_environment_variables") or []:
            if not secret["version"].isdigit():
                yield f"{name} takes version {secret['version']} of {secret['secret']}"


@rule
def names_are_legal(state: State) -> Findings:
    """Names keep the rules of the service, which the provider's schema does not check."""
    for kind, (field, pattern) in LEGAL.items():
        for r in state.of(kind):
            if not re.fullmatch(pattern, r.values[field]):
                yield f"{kind} cannot be called {r.values[field]}"


@rule
def alerts_reach_a_person(state: State) -> Findings:
    """Every policy has a channel and says what to do; what must be watched is."""
    watched = ""
    for alert in state.of("monitoring_alert_policy"):
        watched += "".join(str(c) for c in alert.values["conditions"])
        if not alert.values["notification_channels"]:
            yield f"{alert.values['display_name']} has no notification channel"
        if len(alert.block("documentation").get("content") or "") < 40:
            yield f"{alert.values['display_name']} does not say what to do"
    yield from (f"no alert watches {what}" for what, mark in MUST_WATCH.items() if mark not in watched)


@rule
def metrics_exist(state: State) -> Findings:
    """An alert on a log metric names one that is made here."""
    made = {m.values["name"] for m in state.of("logging_metric")}
    for alert in state.of("monitoring_alert_policy"):
        for by_filter, by_promql in NAMED_METRIC.findall(str(alert.values["conditions"])):
            named = by_filter or by_promql.replace("_", "/", 1)
            if named not in made:
                yield f"{alert.values['display_name']} waits for {named}, which no metric counts"
