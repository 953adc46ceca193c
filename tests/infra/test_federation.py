"""Whose tokens are exchanged, and for which account: the applied conditions, evaluated on tokens of jobs and of strangers."""

import json
import subprocess
from collections.abc import Mapping
from typing import Any

import pytest
import yaml

from tests.infra.conftest import BOOTSTRAP
from tests.infra.policy import State
from tests.support.cloud import workspace
from tests.support.places import ROOT

CEL = "cel"  # tools/checks/cel.in: an implementation of the language that the conditions are written in
EVALUATE = """
import json, sys, celpy
about = json.load(sys.stdin)
def value(text, token):
    environment = celpy.Environment()
    program = environment.program(environment.compile(text))
    try:
        return json.loads(json.dumps(program.evaluate({"assertion": celpy.json_to_cel(token)}), cls=celpy.CELJSONEncoder))
    except celpy.CELEvalError as error:
        return {"error": str(error)}
print(json.dumps([{n: value(t, token) for n, t in about["texts"].items()} for token in about["tokens"]]))
"""
WORKFLOW = yaml.safe_load((ROOT / ".github" / "workflows" / "ci.yml").read_text("utf-8"))
REPOSITORY, ID = BOOTSTRAP["github_repository"], BOOTSTRAP["github_repository_id"]
MAIN = "refs/heads/main"
DEPLOYER, PLANNER = "deployer", "planner"


def token(environment: str = "", ref: str = MAIN, **changes: str) -> dict[str, str]:
    """A job's claims, as GitHub makes them: https://docs.github.com/actions/concepts/security/openid-connect."""
    repository = changes.get("repository", REPOSITORY)
    about = f"environment:{environment}" if environment else changes.pop("about", f"ref:{ref}")
    claims = {"sub": f"repo:{repository}:{about}", "repository": repository, "repository_id": ID, "ref": ref, **changes}
    return claims | ({"environment": environment} if environment else {})


JOBS = {
    name: token("prod" if "environment" in job else "")
    for name, job in WORKFLOW["jobs"].items()
    if "id-token" in job.get("permissions", {})
}
STRANGERS = {
    "another repository": token(repository="other/tipoff", repository_id="1"),
    "a repository that took the name": token("prod", repository_id="987654321"),
    "a fork": token("prod", repository="other/tipoff", repository_id="2"),
    "the id under another name": token("prod", repository="someone/renamed"),
    "another branch": token(ref="refs/heads/feature"),
    "another branch in the environment": token("prod", ref="refs/heads/feature"),
    "a tag named main": token(ref="refs/tags/main"),
    "a pull request": token(ref="refs/pull/7/merge", about="pull_request"),
    "a pull request that says main": token(about="pull_request"),
    "another environment": token("dev"),
    "an environment named as a branch": token("ref:refs/heads/main"),
    "no claims at all": {"sub": "x"},
}


@pytest.fixture(scope="module")
def exchanged(bootstrap: State) -> Mapping[str, str | None]:
    """Of each token the account that it is exchanged for; None if it is refused. One process evaluates them all."""
    (provider,) = bootstrap.of("iam_workload_identity_pool_provider")
    texts = {"": provider.values["attribute_condition"], **provider.values["attribute_mapping"]}
    accounts: dict[str, str] = {}
    for grant in bootstrap.of("service_account_iam_member"):
        if grant.values["role"] == "roles/iam.workloadIdentityUser":
            subject = grant.values["member"].rpartition("/subject/")[2]
            accounts[subject] = grant.values["service_account_id"].rpartition("/")[2].split("@")[0]
    tokens = {**JOBS, **STRANGERS}
    found = evaluated(texts, list(tokens.values()))
    return {name: _account(values, accounts) for name, values in zip(tokens, found, strict=True)}


def evaluated(texts: Mapping[str, str], tokens: list[dict[str, str]]) -> list[dict[str, Any]]:
    """The value of each text for each token."""
    python = workspace.locked_tools(CEL) / "python"
    about = json.dumps({"texts": texts, "tokens": tokens})
    done = subprocess.run([python, "-c", EVALUATE], input=about, capture_output=True, text=True, timeout=60, check=True)
    found: list[dict[str, Any]] = json.loads(done.stdout)
    return found


def _account(values: dict[str, Any], accounts: Mapping[str, str]) -> str | None:
    """As the exchange decides: the condition is true, every attribute has a value, and the subject has an account."""
    if values[""] is not True or any(isinstance(v, dict) for v in values.values()):
        return None
    return accounts.get(values["google.subject"])


def test_each_job_gets_its_account(exchanged: Mapping[str, str | None]) -> None:
    """The deploy job, in its environment, is the deployer; the drift job, without one, the planner."""
    assert {name: exchanged[name] for name in JOBS} == {"deploy": DEPLOYER, "drift": PLANNER}


@pytest.mark.parametrize("who", STRANGERS)
def test_a_stranger_gets_none(who: str, exchanged: Mapping[str, str | None]) -> None:
    """Another repository, branch, tag, event or environment is refused."""
    assert exchanged[who] is None


def test_the_account_is_the_jobs_own() -> None:
    """Each job asks for the account that its token is exchanged for."""
    wanted = {"deploy": "DEPLOYER", "drift": "PLANNER"}
    for name, variable in wanted.items():
        text = json.dumps(WORKFLOW["jobs"][name])
        assert f"service_account: ${{{{ vars.{variable} }}}}".replace("service_account: ", "") in text


def test_unguarded_the_drift_job_would_be_refused() -> None:
    """A claim that a job has not is an error: the check above would see the mistake that there was."""
    (found,) = evaluated({"attribute.environment": "assertion.environment"}, [JOBS["drift"]])
    assert "error" in found["attribute.environment"]
