"""The bootstrap root: who may deploy, from where, and what it may grant."""

import re

from tests.infra.policy import Findings, State, bootstrap_rule
from tests.infra.policy.identities import BUILD_ROLES, PROJECT_ROLES, PUBLIC, holder

GRANTED_BY_MAIN = PROJECT_ROLES | BUILD_ROLES | {"roles/datastore.viewer"}  # the dashboard reads the state
READ_ONLY = {"roles/viewer", "roles/iam.securityReviewer", "roles/storage.objectViewer"}
FORBIDDEN = {"roles/owner", "roles/editor", "roles/iam.serviceAccountUser", "roles/iam.serviceAccountTokenCreator"}


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
        wanted = (
            r"repo:[^:*]+:environment:(dev|prod)"
            if "deployer@" in grant.values["service_account_id"]
            else r"repo:[^:*]+:ref:refs/heads/main"
        )
        if grant.values["role"] != "roles/iam.workloadIdentityUser" or not re.fullmatch(wanted, subject):
            yield f"{grant.values['member']} may act as {grant.values['service_account_id']}"


@bootstrap_rule
def the_deployer_is_bounded(state: State) -> Findings:
    """No Owner, no Editor, no acting as any account; IAM only for the roles that the main root grants."""
    for grant in state.of("project_iam_member"):
        role = grant.values["role"]
        if role in FORBIDDEN:
            yield f"{holder(grant)} holds {role}"
        if role == "roles/resourcemanager.projectIamAdmin":
            listed = set(re.findall(r'"(roles/[^"]+)"', grant.block("condition").get("expression", "")))
            if "hasOnly" not in grant.block("condition").get("expression", "") or listed != GRANTED_BY_MAIN:
                yield f"{holder(grant)} may grant {sorted(listed ^ GRANTED_BY_MAIN)} beyond or short of need"


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
