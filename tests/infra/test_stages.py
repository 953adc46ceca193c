"""A first apply goes through, in stages, in a cloud that refuses what is asked too early."""

import json
import os
import subprocess
from typing import Any

import pytest

from tests.infra.conftest import DEPLOYER, BroughtUp
from tests.support.cloud import workspace
from tools.bring_up import STAGES


@pytest.mark.parametrize("stage", STAGES)
def test_a_stage_makes_what_it_lists(stage: str, brought_up: BroughtUp) -> None:
    """Nothing of a later stage is made for an earlier one, and nothing is left to a stage that does not list it."""
    listed = tuple(STAGES[stage]["makes"])
    assert brought_up.made[stage]
    assert {a for a in brought_up.made[stage] if not a.startswith(listed)} == set()


@pytest.mark.parametrize("stage", STAGES)
def test_a_second_plan_of_a_stage_is_empty(stage: str, brought_up: BroughtUp) -> None:
    """A stage that stands is done: asked for again it changes nothing. The last of each root is planned as a whole."""
    assert brought_up.second_plan[stage] == 0


# -- the cloud itself: what it must refuse ------------------------------------------------------------------------------

ASK = """
import json, sys, plugin
def answer(made, actor, kind, new):
    plugin.run = lambda: {"actor": actor}
    try:
        plugin.check(plugin.Cloud({"now": 0, "made": made}), kind, new)
    except plugin.Refused as refused:
        return str(refused)
print(json.dumps([answer(**case) for case in json.load(sys.stdin)]))
"""
LONG_AGO = -10_000
PROJECT = workspace.PROJECT
RUNS, PUSHES, BUILDS = (f"{a}@{PROJECT}.iam.gserviceaccount.com" for a in ("fn-grade", "pubsub-push", "fn-build"))
APIS = (
    "pubsub",
    "cloudfunctions",
    "run",
    "cloudbuild",
    "artifactregistry",
    "monitoring",
    "cloudresourcemanager",
    "cloudscheduler",
)


def thing(kind: str, at: float = LONG_AGO, **values: str) -> dict[str, Any]:
    """Something that was made."""
    return {"type": f"google_{kind}", "at": at, **values}


def grant(kind: str, member: str, role: str = "roles/x", **values: str) -> dict[str, Any]:
    """A grant to a service account that was made."""
    return thing(f"{kind}_iam_member", member=f"serviceAccount:{member}", role=role, **values)


STANDS = {
    **{f"API {a}": thing("project_service", service=f"{a}.googleapis.com") for a in APIS},
    **{f"account {e}": thing("service_account", email=e, name=e) for e in (RUNS, PUSHES, BUILDS, DEPLOYER)},
    **{f"actAs {e}": grant("service_account", DEPLOYER, "roles/iam.serviceAccountUser", service_account_id=e) for e in (RUNS, PUSHES, BUILDS)},
    **{f"{r} of the build": grant("project", BUILDS, r) for r in ("roles/logging.logWriter", "roles/artifactregistry.writer", "roles/storage.objectViewer")},
    "agent": thing("project_service_identity", service="pubsub.googleapis.com"),
    "metric": thing("logging_metric", name="tipoff/quarantined"),
    "topic": thing("pubsub_topic", id="projects/p/topics/t"),
    "may publish": grant("pubsub_topic", RUNS),
    "may write": grant("bigquery_table", RUNS),
    "may read the secret": grant("secret_manager_secret", RUNS, secret_id="proxy"),  # noqa: S106 - a name
    "source": thing("storage_bucket_object", name="grade/1.zip", bucket="b"),
}  # fmt: skip
FUNCTION = {
    "service_config": [{"service_account_email": RUNS, "secret_environment_variables": [{"secret": "proxy"}]}],
    "build_config": [{"service_account": f"projects/p/serviceAccounts/{BUILDS}", "source": [{"storage_source": [{"bucket": "b", "object": "grade/1.zip"}]}]}],
}  # fmt: skip
ASKED = {
    "google_cloudfunctions2_function": FUNCTION,
    "google_pubsub_subscription": {"topic": "projects/p/topics/t", "push_config": [{"oidc_token": [{"service_account_email": PUSHES}]}]},
    "google_cloud_scheduler_job": {"pubsub_target": [{"topic_name": "projects/p/topics/t"}]},
    "google_monitoring_alert_policy": {"conditions": [{"filter": "logging.googleapis.com/user/tipoff/quarantined"}]},
    "google_pubsub_topic_iam_member": {"member": "serviceAccount:service-1@gcp-sa-pubsub.iam.gserviceaccount.com"},
    "google_project_iam_member": {"member": f"serviceAccount:{RUNS}"},
    "google_project_service_identity": {"service": "pubsub.googleapis.com"},
}  # fmt: skip
TOO_EARLY = [  # what is asked for, what is not there, and how long ago it was made (None: never)
    *[("google_cloudfunctions2_function", f"API {a}", None) for a in ("cloudfunctions", "run", "cloudbuild", "artifactregistry")],
    ("google_pubsub_subscription", "API pubsub", 10),
    ("google_cloudfunctions2_function", f"account {RUNS}", None),
    ("google_cloudfunctions2_function", f"actAs {RUNS}", None),
    ("google_cloudfunctions2_function", f"actAs {BUILDS}", 30),
    ("google_pubsub_subscription", f"actAs {PUSHES}", None),
    ("google_cloudfunctions2_function", "roles/artifactregistry.writer of the build", 5),
    ("google_cloudfunctions2_function", "may publish", None),
    ("google_cloudfunctions2_function", "may write", 5),
    ("google_cloudfunctions2_function", "may read the secret", None),
    ("google_cloudfunctions2_function", "source", None),
    ("google_pubsub_subscription", "topic", None),
    ("google_cloud_scheduler_job", "topic", None),
    ("google_monitoring_alert_policy", "metric", None),
    ("google_monitoring_alert_policy", "metric", 120),
    ("google_pubsub_topic_iam_member", "agent", None),
    ("google_project_iam_member", f"account {RUNS}", None),
    ("google_project_iam_member", "API cloudresourcemanager", 1),
    ("google_project_service_identity", "API pubsub", None),
]  # fmt: skip


def asked(kind: str, lacks: str = "", age: float | None = None) -> dict[str, Any]:
    """A thing that is asked for where all stands but for one thing."""
    made = [
        {**v, "at": v["at"] if n != lacks else -(age or 0)} for n, v in STANDS.items() if n != lacks or age is not None
    ]
    return {"made": made, "actor": DEPLOYER, "kind": kind, "new": ASKED[kind]}


@pytest.mark.usefixtures("plugins")
def test_what_is_asked_too_early_is_refused() -> None:
    """Each thing is made where all that it needs stands, and refused where one of that is missing or was just made."""
    cases = [*(asked(kind) for kind in ASKED), *(asked(*case) for case in TOO_EARLY)]
    python = workspace.locked_tools("tf-offline") / "python"
    environment = {**os.environ, "TIPOFF_STUB": str(workspace.STUB), "PYTHONPATH": str(workspace.PLUGIN.parent)}
    done = subprocess.run(
        [python, "-c", ASK],
        input=json.dumps(cases),
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    answers = json.loads(done.stdout)
    assert answers[: len(ASKED)] == [None] * len(ASKED)
    assert [case for case, answer in zip(TOO_EARLY, answers[len(ASKED) :], strict=True) if answer is None] == []
