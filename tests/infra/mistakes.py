"""Mistakes of the kinds that a hostile reading tried: the rule that must refuse each, and how it is made."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from tests.infra.breaches import add, drop, grant, one, put
from tests.infra.policy import State

Mistake = Callable[[State], object]

FUNCTION, SUBSCRIPTION, TABLE, BUCKET = (
    "cloudfunctions2_function",
    "pubsub_subscription",
    "bigquery_table",
    "storage_bucket",
)
ALERT, JOB, PROVIDER = "monitoring_alert_policy", "cloud_scheduler_job", "iam_workload_identity_pool_provider"
ENV, SIZES = "service_config.environment_variables", "service_config"
GRADE, GRADES_PUSH = '["grade"]', '["nba-grading-trigger"]'
FN = "serviceAccount:fn-grade@tipoff-check.iam.gserviceaccount.com"
DEPLOYER = "serviceAccount:deployer@tipoff-check.iam.gserviceaccount.com"
EDITOR = "serviceAccount:1-compute@developer.gserviceaccount.com"
ALL = "true || true"


def without(kind: str, field: str, part: str = "") -> Mistake:
    """Leave a field out; dots step into blocks."""
    return put(kind, field, None, part)


def not_after(kind: str, waited_for: str, part: str = "") -> Mistake:
    """Leave one thing out of what a resource waits for."""

    def change(state: State) -> None:
        found = one(state, kind, part)
        kept = tuple(d for d in found.depends_on if not d.endswith(waited_for))
        state.resources[state.resources.index(found)] = replace(found, depends_on=kept)

    return change


def wait(name: str, seconds: str) -> Mistake:
    """Another duration for a wait."""

    def change(state: State) -> None:
        next(r for r in state.resources if r.address == f"time_sleep.{name}").values["create_duration"] = seconds

    return change


def both(*changes: Mistake) -> Mistake:
    """Several changes that only together would go unseen."""

    def change(state: State) -> None:
        for one_change in changes:
            one_change(state)

    return change


def role_of(part: str, role: str, kind: str = "project_iam_member") -> Mistake:
    """Another role in a grant that stands."""
    return put(kind, "role", role, part)


def access(role: str, **to: Any) -> Mistake:
    """An access block of a dataset."""
    return put("bigquery_dataset", "access", [{"role": role, **to}], 'this["nba_raw"]')


AUDIENCE = "https://grade.example.org"
MISTAKES: list[tuple[str, str, Mistake]] = [
    # -- grants, in every form
    ("grants_are_foreseen", "project binding", add("project_iam_binding", role="roles/editor", members=[FN])),
    ("grants_are_foreseen", "project policy", add("project_iam_policy", policy_data="{}")),
    ("grants_are_foreseen", "topic binding", add("pubsub_topic_iam_binding", topic="t", role="roles/pubsub.admin", members=[FN])),
    ("grants_are_foreseen", "subscription policy", add("pubsub_subscription_iam_policy", subscription="s", policy_data="{}")),
    ("grants_are_foreseen", "bucket ACL", add("storage_bucket_acl", bucket="b", role_entity=["READER:allUsers"])),
    ("grants_are_foreseen", "object ACL", add("storage_object_access_control", bucket="b", entity="allUsers")),
    ("grants_are_foreseen", "default object ACL", add("storage_default_object_acl", bucket="b")),
    ("grants_are_foreseen", "predefined ACL", put("storage_bucket_object", "predefined_acl", "publicRead")),
    ("grants_are_foreseen", "dataset access", add("bigquery_dataset_access", dataset_id="nba_raw", special_group="allUsers")),
    ("grants_are_foreseen", "access block", access("OWNER", special_group="allAuthenticatedUsers")),
    ("grants_are_foreseen", "account key", add("service_account_key", service_account_id="x")),
    ("grants_are_foreseen", "custom role", add("project_iam_custom_role", role_id="all", permissions=["*"])),
    ("grants_are_foreseen", "editor by member", grant("project", "roles/editor", EDITOR, project="tipoff-check")),
    ("grants_are_foreseen", "token creator", role_of('attach["grade"]', "roles/iam.serviceAccountTokenCreator", "service_account_iam_member")),
    ("grants_are_foreseen", "account administrator", grant("project", "roles/iam.serviceAccountAdmin", DEPLOYER, project="tipoff-check")),
    ("grants_are_foreseen", "actAs on every account", grant("project", "roles/iam.serviceAccountUser", DEPLOYER, project="tipoff-check")),
    ("grants_are_foreseen", "public function", grant("cloud_run_v2_service", "roles/run.invoker", "allUsers", name="grade")),
    ("grants_are_foreseen", "condition always true", put("project_iam_member", "condition.expression", ALL, 'state["grade"]')),
    ("grants_are_foreseen", "condition left out", put("project_iam_member", "condition", [], 'state["grade"]')),
    ("grants_are_foreseen", "another database", put("project_iam_member", "condition.expression", 'resource.name == "projects/tipoff-check/databases/(default)"', 'state["grade"]')),
    ("grants_are_foreseen", "reads the secret", grant("secret_manager_secret", "roles/secretmanager.secretAccessor", FN, secret_id="odds-api-key")),  # noqa: S106 - a name
    ("grants_are_foreseen", "writes another's staging", put("bigquery_dataset_iam_member", "dataset_id", "nba_staging_predict", GRADE)),
    ("grants_are_foreseen", "archive and models swapped in a grant", put("storage_bucket_iam_member", "bucket", "tipoff-check-models", '["scrape"]')),
    ("grants_are_foreseen", "grant left out", drop("bigquery_table_iam_member", GRADE)),
    ("grants_are_foreseen", "deploys from any branch", put("service_account_iam_member", "member", "principalSet://iam.googleapis.com/iam_workload_identity_pool//*", "member.deployer")),
    # -- the environment of the functions
    ("environment_is_foreseen", "wrong audience on both sides", both(put(FUNCTION, f"{ENV}.TIPOFF_PUSH_AUDIENCE", AUDIENCE, GRADE), put(SUBSCRIPTION, "push_config.oidc_token.audience", AUDIENCE, GRADES_PUSH))),
    ("environment_is_foreseen", "backend local", put(FUNCTION, f"{ENV}.TIPOFF_BACKEND", "local", GRADE)),
    ("environment_is_foreseen", "source history", put(FUNCTION, f"{ENV}.TIPOFF_SOURCE", "history", GRADE)),
    ("environment_is_foreseen", "archive and models swapped", both(put(FUNCTION, f"{ENV}.TIPOFF_ARCHIVE", "gs://tipoff-check-models", GRADE), put(FUNCTION, f"{ENV}.TIPOFF_MODELS", "gs://tipoff-check-archive", GRADE))),
    ("environment_is_foreseen", "database (default)", put(FUNCTION, f"{ENV}.TIPOFF_DATABASE", "(default)", GRADE)),
    ("environment_is_foreseen", "keys of others", put(FUNCTION, f"{ENV}.TIPOFF_PUSH_KEYS", "https://example.org", GRADE)),
    ("environment_is_foreseen", "another push account", put(FUNCTION, f"{ENV}.TIPOFF_PUSH_ACCOUNT", "x@example.org", GRADE)),
    ("environment_is_foreseen", "one more variable", put(FUNCTION, f"{ENV}.HTTPS_PROXY", "http://example.org", GRADE)),
    ("environment_is_foreseen", "a limit lifted", put(FUNCTION, f"{ENV}.TIPOFF_MAX_BYTES_BILLED", "99999999999999", GRADE)),
    ("environment_is_foreseen", "site elsewhere", put(FUNCTION, f"{ENV}.TIPOFF_BASE_URL_NBA_CDN", "https://api.the-odds-api.com", '["scrape"]')),
    ("environment_is_foreseen", "key in plain text", put(FUNCTION, f"{ENV}.TIPOFF_ODDS_API_KEY", "abc", '["scrape"]')),
    ("environment_is_foreseen", "secret's version", put(FUNCTION, "service_config.secret_environment_variables", [], '["scrape"]')),
    # -- sizes and limits of functions
    ("functions_are_foreseen", "memory", put(FUNCTION, f"{SIZES}.available_memory", "256Mi", GRADE)),
    ("functions_are_foreseen", "CPU", put(FUNCTION, f"{SIZES}.available_cpu", "8", GRADE)),
    ("functions_are_foreseen", "three instances for nine units", put(FUNCTION, f"{SIZES}.max_instance_count", 3, '["predict"]')),
    ("functions_are_foreseen", "instances kept warm", put(FUNCTION, f"{SIZES}.min_instance_count", 100, GRADE)),
    ("functions_are_foreseen", "concurrency", put(FUNCTION, f"{SIZES}.max_instance_request_concurrency", 80, GRADE)),
    ("functions_are_foreseen", "time-out", put(FUNCTION, f"{SIZES}.timeout_seconds", 540, GRADE)),
    ("functions_are_foreseen", "old revision served", put(FUNCTION, f"{SIZES}.all_traffic_on_latest_revision", False, GRADE)),
    ("functions_are_foreseen", "entry point renamed", put(FUNCTION, "build_config.entry_point", "handler", GRADE)),
    ("functions_are_foreseen", "another's code", put(FUNCTION, "build_config.source.storage_source.object", f"predict/{'0' * 64}.zip", GRADE)),
    ("functions_are_foreseen", "open ingress", put(FUNCTION, f"{SIZES}.ingress_settings", "ALLOW_ALL", GRADE)),
    ("functions_are_foreseen", "VPC connector", put(FUNCTION, f"{SIZES}.vpc_connector", "x", GRADE)),
    ("functions_are_foreseen", "runs as Editor", put(FUNCTION, f"{SIZES}.service_account_email", EDITOR[15:], GRADE)),
    ("functions_are_foreseen", "event trigger", put(FUNCTION, "event_trigger", [{"event_type": "x"}], GRADE)),
    # -- messages
    ("messages_are_foreseen", "dead-letter threshold", put(SUBSCRIPTION, "dead_letter_policy.max_delivery_attempts", 5, GRADES_PUSH)),
    ("messages_are_foreseen", "dead letters by short name", put(SUBSCRIPTION, "dead_letter_policy.dead_letter_topic", "nba-dead-letters", GRADES_PUSH)),
    ("messages_are_foreseen", "no dead letters", put(SUBSCRIPTION, "dead_letter_policy", [], GRADES_PUSH)),
    ("messages_are_foreseen", "no wrapper", put(SUBSCRIPTION, "push_config.no_wrapper", [{"write_metadata": True}], GRADES_PUSH)),
    ("messages_are_foreseen", "ordering", put(SUBSCRIPTION, "enable_message_ordering", True, GRADES_PUSH)),
    ("messages_are_foreseen", "exactly once", put(SUBSCRIPTION, "enable_exactly_once_delivery", True, GRADES_PUSH)),
    ("messages_are_foreseen", "filter of another", put(SUBSCRIPTION, "filter", 'attributes.to = "predict"', GRADES_PUSH)),
    ("messages_are_foreseen", "acked messages kept", put(SUBSCRIPTION, "retain_acked_messages", True, GRADES_PUSH)),
    ("messages_are_foreseen", "transformed", put(SUBSCRIPTION, "message_transforms", [{"disabled": False}], GRADES_PUSH)),
    ("messages_are_foreseen", "ack deadline", put(SUBSCRIPTION, "ack_deadline_seconds", 10, GRADES_PUSH)),
    ("messages_are_foreseen", "topic stored elsewhere", put("pubsub_topic", "message_storage_policy.allowed_persistence_regions", ["asia-east1"])),
    ("messages_are_foreseen", "topic stored anywhere", put("pubsub_topic", "message_storage_policy", [])),
    ("messages_are_foreseen", "topic with a schema", put("pubsub_topic", "schema_settings", [{"schema": "x"}])),
    # -- schedules
    ("schedules_are_foreseen", "paused", put(JOB, "paused", True, '["sweep"]')),
    ("schedules_are_foreseen", "another hour", put(JOB, "schedule", "0 2 * * *", '["postgame"]')),
    ("schedules_are_foreseen", "UTC", put(JOB, "time_zone", "Etc/UTC", '["postgame"]')),
    ("schedules_are_foreseen", "retried for a day", put(JOB, "retry_config.max_retry_duration", "86400s", '["sweep"]')),
    ("schedules_are_foreseen", "calls an address", put(JOB, "http_target", [{"uri": "https://example.org"}], '["sweep"]')),
    ("nothing_else_is_made", "a schedule more", add(JOB, name="hourly", schedule="0 * * * *")),
    # -- stores
    ("stores_are_foreseen", "staging never expires", without("bigquery_dataset", "default_table_expiration_ms", 'staging["grade"]')),
    ("stores_are_foreseen", "rows expire", put(TABLE, "time_partitioning.expiration_ms", 86400000, 'this["nba_raw.nbac_schedule"]')),
    ("stores_are_foreseen", "table expires", put(TABLE, "expiration_time", 1700000000000)),
    ("stores_are_foreseen", "dataset in another region", put("bigquery_dataset", "location", "EU", 'this["nba_raw"]')),
    ("stores_are_foreseen", "database (default) made", put("firestore_database", "name", "(default)")),
    ("stores_are_foreseen", "no way back", put("firestore_database", "point_in_time_recovery_enablement", "POINT_IN_TIME_RECOVERY_DISABLED")),
    ("stores_are_foreseen", "backups for a day", put("firestore_backup_schedule", "retention", "86400s")),
    ("stores_are_foreseen", "force_destroy", put(BUCKET, "force_destroy", True, 'this["archive"]')),
    ("stores_are_foreseen", "state destroyed", put(BUCKET, "force_destroy", True, "bucket.state")),
    ("stores_are_foreseen", "fine-grained access", put(BUCKET, "uniform_bucket_level_access", False, 'this["archive"]')),
    ("stores_are_foreseen", "archive deleted", put(BUCKET, "lifecycle_rule", [], 'this["archive"]')),
    ("stores_are_foreseen", "objects never soft-deleted", put(BUCKET, "soft_delete_policy.retention_duration_seconds", 0, 'this["models"]')),
    ("stores_are_foreseen", "open to web pages", put(BUCKET, "cors", [{"origin": ["*"]}], 'this["models"]')),
    # -- alerts
    ("alerts_are_foreseen", "wrong subscription", put(ALERT, "conditions.condition_threshold.filter", 'resource.labels.subscription_id="nba-dead-letter"', '["dead_letters"]')),
    ("alerts_are_foreseen", "disabled", put(ALERT, "enabled", False, '["dead_letters"]')),
    ("alerts_are_foreseen", "threshold", put(ALERT, "conditions.condition_threshold.threshold_value", 1000000, '["dead_letters"]')),
    ("alerts_are_foreseen", "duration", put(ALERT, "conditions.condition_threshold.duration", "86400s", '["backlog"]')),
    ("alerts_are_foreseen", "no series, no alert", put(ALERT, "conditions.condition_prometheus_query_language.query", "sum(x) < 1", '["sweep_silent"]')),
    ("alerts_are_foreseen", "mail elsewhere", put("monitoring_notification_channel", "labels", {"email_address": "x@example.org"})),
    ("alerts_are_foreseen", "no channel", put(ALERT, "notification_channels", [], '["backlog"]')),
    ("alerts_are_foreseen", "channel disabled", put("monitoring_notification_channel", "enabled", False)),
    ("alerts_are_foreseen", "metric counts nothing", put("logging_metric", "filter", 'severity="NEVER"', '["quarantined"]')),
    ("alerts_are_foreseen", "metric disabled", put("logging_metric", "disabled", True, '["quarantined"]')),
    ("nothing_is_missing", "alert left out", drop(ALERT, '["postgame_silent"]')),
    # -- who deploys, money, what is made at all
    ("federation_is_foreseen", "|| true", put(PROVIDER, "attribute_condition", 'assertion.repository_id == "123456789" || true')),
    ("federation_is_foreseen", "environment unguarded", put(PROVIDER, "attribute_mapping", {"google.subject": "assertion.sub", "attribute.environment": "assertion.environment"})),
    ("federation_is_foreseen", "more audiences", put(PROVIDER, "oidc.allowed_audiences", ["anyone"])),
    ("money_is_foreseen", "a million", put("billing_budget", "amount.specified_amount.units", "1000000")),
    ("money_is_foreseen", "other credits", put("billing_budget", "budget_filter.credit_types_treatment", "EXCLUDE_ALL_CREDITS")),
    ("identities_are_foreseen", "account disabled", put("service_account", "disabled", True, 'function["grade"]')),
    ("identities_are_foreseen", "secret expires", put("secret_manager_secret", "ttl", "3600s")),
    ("services_are_foreseen", "API switched off on destroy", put("project_service", "disable_on_destroy", True)),
    ("nothing_else_is_made", "an account more", add("service_account", account_id="spare")),
    ("nothing_else_is_made", "a log sink", add("logging_project_sink", destination="storage.googleapis.com/x")),
    ("nothing_is_missing", "API left out", drop("project_service", 'this["pubsub"]')),
    # -- order
    ("order_is_kept", "function before grants", not_after(FUNCTION, "time_sleep.grants")),
    ("order_is_kept", "function before tables", not_after(FUNCTION, "google_bigquery_table.this")),
    ("order_is_kept", "push before it is let in", not_after(SUBSCRIPTION, "google_cloud_run_v2_service_iam_member.push", GRADE)),
    ("order_is_kept", "alert before its metric", not_after(ALERT, "time_sleep.metrics")),
    ("order_is_kept", "agent not asked for", not_after("project_service_identity", "time_sleep.services")),
    ("order_is_kept", "tick before the functions", not_after(JOB, "google_cloudfunctions2_function.this")),
    ("waits_are_foreseen", "no time to spread", wait("metrics", "1s")),
]  # fmt: skip
