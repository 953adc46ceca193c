"""One thing changed in a good state, per rule: each rule must reject its own."""

from collections.abc import Callable
from typing import Any

from tests.infra.policy import Resource, State

Breach = tuple[str, str, Callable[[State], object]]


def one(state: State, kind: str, part: str = "") -> Resource:
    """The first resource of a type whose address has the part."""
    return next(r for r in state.of(kind) if part in r.address)


def put(kind: str, field: str, value: Any, part: str = "") -> Callable[[State], object]:
    """Change a field; dots step into blocks."""

    def change(state: State) -> None:
        *blocks, last = field.split(".")
        one(state, kind, part).block(*blocks)[last] = value

    return change


def drop(kind: str, part: str = "") -> Callable[[State], object]:
    """Leave one resource out."""
    return lambda state: state.resources.remove(one(state, kind, part))


def add(kind: str, **values: Any) -> Callable[[State], object]:
    """Add a resource."""
    return lambda state: state.resources.append(
        Resource(f"google_{kind}.added", f"google_{kind}", "added", None, values)
    )


def grant(kind: str, role: str, member: str, **values: Any) -> Callable[[State], object]:
    """Add an IAM member."""
    return add(f"{kind}_iam_member", role=role, member=member, condition=[], **values)


FN = "serviceAccount:fn-grade@tipoff-check.iam.gserviceaccount.com"
COMPUTE = "1-compute@developer.gserviceaccount.com"
FUNCTION, SUBSCRIPTION, TABLE = "cloudfunctions2_function", "pubsub_subscription", "bigquery_table"
SCHEDULE = 'this["nba_raw.nbac_schedule"]'
ENV = "service_config.environment_variables"
FIRST_FUNCTION_SECRET = [
    {"key": "TIPOFF_ODDS_API_KEY", "project_id": "p", "secret": "odds-api-key", "version": "latest"}
]
SHORT_SCHEMA = '[{"name":"game_date","type":"DATE","mode":"REQUIRED"}]'
DELETE_ALL = [{"action": [{"type": "Delete", "storage_class": ""}], "condition": [{"with_state": "ANY"}]}]
ONLY_EMULATED = "serviceAccount:someone@elsewhere.iam.gserviceaccount.com"

BREACHES: list[Breach] = [
    (
        "every_function_has_its_own_account",
        "default account",
        put(FUNCTION, "service_config.service_account_email", COMPUTE),
    ),
    ("every_function_has_its_own_account", "default builder", put(FUNCTION, "build_config.service_account", None)),
    ("nothing_is_public", "allUsers", grant("cloud_run_v2_service", "roles/run.invoker", "allUsers", name="grade")),
    (
        "nothing_is_public",
        "a whole domain",
        grant("storage_bucket", "roles/storage.objectViewer", "domain:example.org", bucket="b"),
    ),
    ("no_keys", "account key", add("service_account_key", service_account_id="x")),
    ("no_keys", "secret value", add("secret_manager_secret_version", name="x")),
    ("runtime_roles_are_few", "editor", grant("project", "roles/editor", FN)),
    ("runtime_roles_are_few", "admin of a topic", grant("pubsub_topic", "roles/pubsub.admin", FN, topic="t")),
    ("only_pushes_invoke", "another account", grant("cloud_run_v2_service", "roles/run.invoker", FN, name="grade")),
    ("only_pushes_invoke", "no account", drop("cloud_run_v2_service_iam_member")),
    ("the_fences_are_what_writes_mark", "no table", drop(TABLE, 'table.fences["champion"]')),
    ("the_fences_are_what_writes_mark", "no column", put(TABLE, "schema", "[]", 'table.fences["champion"]')),
    ("tables_are_granted_as_the_map_says", "one grant less", drop("bigquery_table_iam_member")),
    (
        "tables_are_granted_as_the_map_says",
        "grade may change predictions",
        grant(TABLE, "roles/bigquery.dataEditor", FN, dataset_id="nba_predictions", table_id="player_prop_predictions"),
    ),
    ("publishing_is_granted_as_the_engine_does_it", "one grant less", drop("pubsub_topic_iam_member", ".publish")),
    (
        "publishing_is_granted_as_the_engine_does_it",
        "one more",
        grant("pubsub_topic", "roles/pubsub.publisher", FN, topic="t/nba-run-trigger"),
    ),
    ("names_are_the_maps", "renamed topic", put("pubsub_topic", "name", "nba-other")),
    ("names_are_the_maps", "renamed subscription", put(SUBSCRIPTION, "name", "nba-other.grade", "grade")),
    ("names_are_the_maps", "function left out", drop(FUNCTION)),
    ("every_event_has_both_ends", "topic without subscription", add("pubsub_topic", name="nba-lonely")),
    ("every_event_has_both_ends", "topic without publisher", drop("pubsub_topic_iam_member", "dead_letters")),
    ("subscriptions_keep_and_retry", "expires", put(SUBSCRIPTION, "expiration_policy", [])),
    ("subscriptions_keep_and_retry", "retains a day", put(SUBSCRIPTION, "message_retention_duration", "86400s")),
    ("subscriptions_keep_and_retry", "no back-off", put(SUBSCRIPTION, "retry_policy", [], '["grade"]')),
    ("subscriptions_keep_and_retry", "no filter", put(SUBSCRIPTION, "filter", None, '["grade"]')),
    ("pushes_are_signed", "no token", put(SUBSCRIPTION, "push_config.oidc_token", [], '["grade"]')),
    (
        "pushes_are_signed",
        "another function's address",
        put(SUBSCRIPTION, "push_config.push_endpoint", "https://x", '["grade"]'),
    ),
    (
        "pushes_are_signed",
        "another audience",
        put(SUBSCRIPTION, "push_config.oidc_token.audience", "https://x", '["grade"]'),
    ),
    (
        "pushes_are_signed",
        "keys of another server",
        put(FUNCTION, f"{ENV}.TIPOFF_PUSH_KEYS", "https://example.org/keys", '["grade"]'),
    ),
    ("timeouts_fit", "function outlives its deadline", put(SUBSCRIPTION, "ack_deadline_seconds", 60, '["grade"]')),
    ("timeouts_fit", "not the map's", put(FUNCTION, "service_config.timeout_seconds", 599)),
    ("dead_letters_are_complete", "no policy", put(SUBSCRIPTION, "dead_letter_policy", [], '["grade"]')),
    (
        "dead_letters_are_complete",
        "five attempts",
        put(SUBSCRIPTION, "dead_letter_policy.max_delivery_attempts", 5, '["grade"]'),
    ),
    ("dead_letters_are_complete", "no subscription", drop(SUBSCRIPTION, "dead_letters")),
    ("dead_letters_are_complete", "agent cannot publish", drop("pubsub_topic_iam_member", "dead_letters")),
    ("dead_letters_are_complete", "agent cannot take", drop("pubsub_subscription_iam_member")),
    ("schedules_are_the_maps", "left out", drop("cloud_scheduler_job", "postgame")),
    ("schedules_are_the_maps", "UTC", put("cloud_scheduler_job", "time_zone", "Etc/UTC")),
    ("schedules_are_the_maps", "no contract", put("cloud_scheduler_job", "pubsub_target.data", "e30=")),
    (
        "schedules_are_the_maps",
        "to another function",
        put("cloud_scheduler_job", "pubsub_target.attributes", {"to": "grade"}, "sweep"),
    ),
    (
        "only_our_accounts_publish",
        "a stranger",
        grant("pubsub_topic", "roles/pubsub.publisher", ONLY_EMULATED, topic="t"),
    ),
    ("functions_are_inside_and_bounded", "open ingress", put(FUNCTION, "service_config.ingress_settings", "ALLOW_ALL")),
    ("functions_are_inside_and_bounded", "event trigger", put(FUNCTION, "event_trigger", [{"event_type": "x"}])),
    ("functions_are_inside_and_bounded", "unbounded", put(FUNCTION, "service_config.max_instance_count", None)),
    (
        "code_is_named_by_its_hash",
        "fixed name",
        put(FUNCTION, "build_config.source.storage_source.object", "latest.zip"),
    ),
    ("code_is_named_by_its_hash", "object left out", drop("storage_bucket_object")),
    ("secrets_are_references", "plain text", put(FUNCTION, f"{ENV}.TIPOFF_ODDS_API_KEY", "abc")),
    (
        "secrets_are_references",
        "latest",
        put(FUNCTION, "service_config.secret_environment_variables", FIRST_FUNCTION_SECRET, "scrape"),
    ),
    ("names_are_legal", "underscore", put(FUNCTION, "name", "process_raw")),
    ("names_are_legal", "short dataset", put("bigquery_dataset", "dataset_id", "")),
    ("alerts_reach_a_person", "no channel", put("monitoring_alert_policy", "notification_channels", [])),
    ("alerts_reach_a_person", "no advice", put("monitoring_alert_policy", "documentation", [])),
    ("alerts_reach_a_person", "dead letters unwatched", drop("monitoring_alert_policy", "dead_letters")),
    ("metrics_exist", "metric left out", drop("logging_metric", "quarantined")),
    ("documents_expire", "collection forgotten", drop("firestore_field", "expiry")),
    ("documents_expire", "body indexed", drop("firestore_field", 'unindexed["alerts.body"]')),
    ("tables_are_the_contracts", "table left out", drop(TABLE, SCHEDULE)),
    ("tables_are_the_contracts", "columns", put(TABLE, "schema", SHORT_SCHEMA, SCHEDULE)),
    ("tables_are_the_contracts", "no filter asked", put(TABLE, "require_partition_filter", False, SCHEDULE)),
    ("tables_are_the_contracts", "by month", put(TABLE, "time_partitioning.type", "MONTH", SCHEDULE)),
    ("tables_are_the_contracts", "clustering", put(TABLE, "clustering", ["generation"], SCHEDULE)),
    ("stores_are_protected", "table", put(TABLE, "deletion_protection", False)),
    (
        "stores_are_protected",
        "database",
        put("firestore_database", "delete_protection_state", "DELETE_PROTECTION_DISABLED"),
    ),
    ("stores_are_protected", "public bucket", put("storage_bucket", "public_access_prevention", "inherited")),
    ("stores_are_protected", "no versions", put("storage_bucket", "versioning", [])),
    ("the_archive_is_written_once", "deletes", put("storage_bucket", "lifecycle_rule", DELETE_ALL, "archive")),
    (
        "the_archive_is_written_once",
        "writer may replace",
        put("storage_bucket_iam_member", "role", "roles/storage.objectUser"),
    ),
    ("everything_is_in_one_region", "one bucket elsewhere", put("storage_bucket", "location", "EU")),
]

DEPLOYER = "serviceAccount:deployer@p.iam.gserviceaccount.com"
PROVIDER = "iam_workload_identity_pool_provider"
BOOTSTRAP_BREACHES: list[Breach] = [
    ("federation_names_the_repository", "any repository", put(PROVIDER, "attribute_condition", None)),
    ("federation_names_the_repository", "another issuer", put(PROVIDER, "oidc.issuer_uri", "https://x")),
    (
        "only_the_environment_deploys",
        "any branch",
        put("service_account_iam_member", "member", "x/subject/repo:a/b:*", "member.deployer"),
    ),
    (
        "the_deployer_attaches_and_no_more",
        "tokens",
        put("service_account_iam_member", "role", "roles/iam.serviceAccountTokenCreator", "attach"),
    ),
    (
        "the_deployer_attaches_and_no_more",
        "itself",
        grant("service_account", "roles/iam.serviceAccountUser", DEPLOYER, service_account_id="x/deployer@p.x"),
    ),
    ("the_deployer_attaches_and_no_more", "owner", grant("project", "roles/owner", DEPLOYER)),
    ("the_deployer_attaches_and_no_more", "accounts", grant("project", "roles/iam.serviceAccountAdmin", DEPLOYER)),
    (
        "the_deployer_attaches_and_no_more",
        "grants",
        grant("project", "roles/resourcemanager.projectIamAdmin", DEPLOYER),
    ),
    ("the_planner_only_reads", "writes", grant("project", "roles/storage.admin", "serviceAccount:planner@p.x")),
    (
        "the_state_bucket_is_private",
        "public",
        grant("storage_bucket", "roles/storage.objectViewer", "allUsers", bucket="b"),
    ),
    ("the_state_bucket_is_private", "open bucket", put("storage_bucket", "uniform_bucket_level_access", False)),
    ("money_is_watched", "no budget", drop("billing_budget")),
    ("money_is_watched", "no forecast", put("billing_budget", "threshold_rules", [{"spend_basis": "CURRENT_SPEND"}])),
]
