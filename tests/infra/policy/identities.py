"""Who may do what: an account per function, and nothing that the map does not ask for."""

from shared.adapters.cloud.bigquery_sql import fence
from shared.map.loader import pipeline_map
from shared.map.model import PipelineMap
from tests.infra.policy import Findings, Resource, State, rule

PUBLIC = {"allUsers", "allAuthenticatedUsers"}
QUARANTINE = "nba_orchestration.quarantined_rows"
# What a runtime account may hold at all, and on what.
RUNTIME_ROLES = {
    "google_pubsub_topic_iam_member": {"roles/pubsub.publisher"},
    "google_bigquery_table_iam_member": {"roles/bigquery.dataViewer", "roles/bigquery.dataEditor"},
    "google_bigquery_dataset_iam_member": {"roles/bigquery.dataEditor"},  # staging only
    "google_storage_bucket_iam_member": {"roles/storage.objectCreator", "roles/storage.objectViewer"},
}


def account(function: str) -> str:
    """The account id of a function of the map."""
    return "fn-" + function.replace("_", "-")


def holder(grant: Resource) -> str:
    """The account id of a grant's member; the whole member for anything but a service account."""
    kind, _, email = grant.values["member"].partition(":")
    return email.split("@")[0] if kind == "serviceAccount" else grant.values["member"]


def _is_runtime(grant: Resource) -> bool:
    return holder(grant).startswith("fn-") and holder(grant) != "fn-build"


@rule
def every_function_has_its_own_account(state: State) -> Findings:
    """Each function runs as fn-<name>; built by fn-build; never as a default account."""
    for name, function in state.functions().items():
        email = function.block("service_config").get("service_account_email") or ""
        if email.split("@")[0] != account(name):
            yield f"{name} runs as {email}"
        if "fn-build@" not in (function.block("build_config").get("service_account") or ""):
            yield f"{name} is built by another account than fn-build"


@rule
def nothing_is_public(state: State) -> Findings:
    """No grant to all users, nor to a whole domain."""
    for grant in state.grants():
        member = grant.values["member"]
        if member in PUBLIC or member.startswith("domain:"):
            yield f"{grant.address} grants {grant.values['role']} to {member}"


@rule
def no_keys(state: State) -> Findings:
    """Accounts have no downloadable keys, secrets no value in the state."""
    for kind in ("service_account_key", "secret_manager_secret_version"):
        yield from (f"{r.address} puts a secret into the state" for r in state.of(kind))


@rule
def runtime_roles_are_few(state: State) -> Findings:
    """A function's account holds only the roles of the table above, each on its own kind of thing."""
    for grant in state.grants():
        if _is_runtime(grant) and grant.values["role"] not in RUNTIME_ROLES.get(grant.type, set()):
            yield f"{holder(grant)} holds {grant.values['role']} by {grant.address}"


@rule
def only_pushes_invoke(state: State) -> Findings:
    """Each function's service admits exactly the push account."""
    who: dict[str, set[str]] = {}
    for grant in state.of("cloud_run_v2_service_iam_member") + state.of("cloud_run_service_iam_member"):
        service = grant.values.get("name") or grant.values.get("service")
        who.setdefault(service, set()).add(f"{grant.values['role']} {holder(grant)}")
    for name in state.functions():
        service = name.replace("_", "-")
        if who.get(service) != {"roles/run.invoker pubsub-push"}:
            yield f"{name} admits {sorted(who.get(service, set()))}"


@rule
def tables_are_granted_as_the_map_says(state: State) -> Findings:
    """Readers read and writers write exactly the tables of their units."""
    granted: dict[tuple[str, str], set[str]] = {}
    for grant in state.of("bigquery_table_iam_member"):
        table = f"{grant.values['dataset_id']}.{grant.values['table_id']}"
        granted.setdefault((holder(grant), grant.values["role"].rpartition(".")[2]), set()).add(table)
    for name, function in pipeline_map().functions.items():
        writes = {u.writes for u in function.units.values() if u.writes}
        check = function.grade_check
        reads = {t for u in function.units.values() for t in u.reads} | set(check.reads if check else ())
        marks = {QUARANTINE, *(fence(u.name) for u in function.units.values() if u.writes)} if writes else set()
        wanted = {"dataEditor": writes | marks, "dataViewer": reads - writes}
        for role, tables in wanted.items():
            have = granted.get((account(name), role), set())
            yield from (f"{name} lacks {role} on {t}" for t in sorted(tables - have))
            yield from (f"{name} has {role} on {t} without need" for t in sorted(have - tables))


@rule
def publishing_is_granted_as_the_engine_does_it(state: State) -> Findings:
    """A function may publish to its phases' topics and, of later phases, to those that the monitor subscribes to; no more."""
    granted: dict[str, set[str]] = {}
    for grant in state.of("pubsub_topic_iam_member"):
        granted.setdefault(holder(grant), set()).add(grant.values["topic"].rpartition("/")[2])
    for name in pipeline_map().functions:
        have, wanted = granted.get(account(name), set()), published_by(pipeline_map(), name)
        yield from (f"{name} cannot publish {t}" for t in sorted(wanted - have))
        yield from (f"{name} may publish {t} without need" for t in sorted(have - wanted))


def published_by(m: PipelineMap, function: str) -> set[str]:
    """The topics a function publishes to, by walking the phases forward."""
    topics = set()
    subscribes = m.functions[function].subscribes
    for kind in m.runs.values():
        own = [p for p in kind.phases.values() if p.function == function]
        topics |= {p.publishes for p in own}
        while own:
            own = [after for p in own for after in kind.after(p.name)]
            topics |= {p.publishes for p in own if "coverage_monitor" in m.subscribers(p.publishes)}
    if m.request_topics.run in subscribes:
        topics.add(m.request_topics.first_units)
    if m.request_topics.sweep in subscribes:
        topics |= {p.publishes for k in m.runs.values() for p in k.phases.values()}
        topics |= {m.request_topics.first_units, m.request_topics.run}
    return topics
