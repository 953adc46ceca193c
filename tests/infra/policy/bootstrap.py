"""The bootstrap root: who may deploy, from where, and what that account may never do."""

import re

from tests.infra.policy import Findings, State, bootstrap_rule
from tests.infra.policy.identities import PUBLIC, holder

READ_ONLY = {"roles/viewer", "roles/iam.securityReviewer", "roles/storage.objectViewer"}
# With one of these on the project an account could make itself, or another, an Editor.
ESCALATES = re.compile(
    r"owner|editor|roles/iam\.|roles/resourcemanager\.|secretmanager|serviceusage|roles/deploymentmanager"
)


@bootstrap_rule
def federation_names_the_repository(state: State) -> Findings:
    """Tokens of one repository only, known by its id, and no issuer but GitHub."""
    providers = state.of("iam_workload_identity_pool_provider")
    if not providers:
        yield "no federation"
    for p in providers:
        if not re.search(r'assertion\.repository_id == "\d+"', p.values["attribute_condition"] or ""):
            yield f"{p.address} admits every repository"
        if p.block("oidc").get("issuer_uri") != "https://token.actions.githubusercontent.com":
            yield f"{p.address} trusts {p.block('oidc').get('issuer_uri')}"


@bootstrap_rule
def only_the_environment_deploys(state: State) -> Findings:
    """The deployer is used by jobs of the protected environment, the planner by those of the main branch only."""
    for grant in state.of("service_account_iam_member"):
        subject = grant.values["member"].rpartition("/subject/")[2]
        deploys = "deployer@" in grant.values["service_account_id"]
        wanted = r"repo:[^:*]+:environment:(dev|prod)" if deploys else r"repo:[^:*]+:ref:refs/heads/main"
        if holder(grant) != "deployer" and not re.fullmatch(wanted, subject):
            yield f"{grant.values['member']} may act as {grant.values['service_account_id']}"


@bootstrap_rule
def the_deployer_attaches_and_no_more(state: State) -> Findings:
    """It may attach the accounts of functions, pushes and builds, hold no token of any, and grant nothing on the project."""
    for grant in state.of("service_account_iam_member"):
        name = grant.values["service_account_id"].rpartition("/")[2].split("@")[0]
        attached = name.startswith("fn-") or name in ("pubsub-push", "dashboard")
        if holder(grant) == "deployer" and (grant.values["role"] != "roles/iam.serviceAccountUser" or not attached):
            yield f"the deployer holds {grant.values['role']} on {name}"
    for grant in state.of("project_iam_member"):
        if holder(grant) == "deployer" and ESCALATES.search(grant.values["role"].replace("datastore.owner", "")):
            yield f"the deployer holds {grant.values['role']}"


@bootstrap_rule
def the_planner_only_reads(state: State) -> Findings:
    """A plan changes nothing, so its account cannot."""
    for grant in state.grants():
        if holder(grant) == "planner" and grant.values["role"] not in READ_ONLY:
            yield f"the planner holds {grant.values['role']}"


@bootstrap_rule
def the_state_bucket_is_private(state: State) -> Findings:
    """No public member, and a state bucket that is private and versioned."""
    yield from (f"{g.address} is public" for g in state.grants() if g.values["member"] in PUBLIC)
    for bucket in state.of("storage_bucket"):
        closed = (
            bucket.values["uniform_bucket_level_access"] and bucket.values["public_access_prevention"] == "enforced"
        )
        if not closed or not bucket.block("versioning").get("enabled"):
            yield f"{bucket.address} is open or keeps no versions"


@bootstrap_rule
def money_is_watched(state: State) -> Findings:
    """A monthly budget with thresholds, one of them on the forecast."""
    budgets = state.of("billing_budget")
    if not budgets:
        yield "no budget"
    for budget in budgets:
        if not any(t.get("spend_basis") == "FORECASTED_SPEND" for t in budget.values["threshold_rules"]):
            yield f"{budget.address} has no threshold on the forecast"
