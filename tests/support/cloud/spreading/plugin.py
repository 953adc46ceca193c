"""A Terraform plugin over tf-offline's: Google as it is in the first minutes, when not all that was asked for is there.

What is asked too early is refused: an API that is not enabled or was a moment ago, a grant to an account or agent that does
not exist, a function before its deployer may attach its account, an alert before its metric. What is protected is not
destroyed. It runs in the plugin's own environment, so that it imports nothing of this repository.

One process serves every provider to all runs of terraform, which would start each three times a run: it prints what
TF_REATTACH_PROVIDERS is to be, and ends with its standard input. Arguments: the folder of the schemas, where it puts its
sockets, and the file that says of a run where its `cloud` is kept (without it everything is there at once) and which account
is its `actor` (empty for a person with Owner, who may attach every account). Env: TIPOFF_STUB, the folder of tf-offline.
"""

import json
import os
import re
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

sys.path.insert(0, os.environ["TIPOFF_STUB"])
import stub_provider as stub  # type: ignore[import-not-found]

API_S, GRANT_S, ATTACH_S, METRIC_S = 60, 60, 120, 600  # how long each takes to spread
SLOW_S = 0.02  # how long it takes to make what others wait for: what does not wait is then made first
ON_FROM_THE_START = {"serviceusage.googleapis.com"}
APIS = {
    "google_billing_budget": ["billingbudgets", "cloudresourcemanager"],
    "google_bigquery": ["bigquery"],
    "google_cloud_run": ["run"],
    "google_cloud_scheduler": ["cloudscheduler", "pubsub"],
    "google_cloudfunctions2": ["cloudfunctions", "run", "cloudbuild", "artifactregistry"],
    "google_firestore": ["firestore"],
    "google_iam": ["iam", "sts"],
    "google_logging": ["logging"],
    "google_monitoring": ["monitoring"],
    "google_project_iam": ["cloudresourcemanager"],
    "google_pubsub": ["pubsub"],
    "google_secret_manager": ["secretmanager"],
    "google_service_account": ["iam"],
    "google_storage": ["storage"],
}
BUILD_ROLES = ("roles/logging.logWriter", "roles/artifactregistry.writer", "roles/storage.objectViewer")
SLOW = ("google_project_service", "google_bigquery_table", "google_logging_metric", "_iam_member")
IDS = (
    "name",
    "service",
    "account_id",
    "dataset_id",
    "table_id",
    "secret_id",
    "topic",
    "subscription",
    "bucket",
    "field",
)


class Refused(Exception):
    """What Google would say."""


class Cloud:
    """What was made, when, on a clock that only waits move."""

    def __init__(self, kept: dict) -> None:
        self.now: float = kept.get("now", 0.0)
        self.made: list[dict] = kept.get("made", [])

    def age(self, kind: str, **values: str) -> float | None:
        """How long ago the newest such thing was made; None if there is none."""
        ages = [
            self.now - m["at"] for m in self.made if m["type"] == kind and all(m.get(k) == v for k, v in values.items())
        ]
        return min(ages) if ages else None

    def need(self, seconds: float, what: str, kind: str, **values: str) -> None:
        """Refuse unless such a thing was made at least so long ago."""
        age = self.age(kind, **values)
        if age is None:
            raise Refused(f"{what} is missing")
        if age < seconds:
            raise Refused(f"{what} was made {age:.0f} s ago and takes {seconds} s to spread")

    def need_api(self, service: str) -> None:
        name = f"{service}.googleapis.com"
        if name not in ON_FROM_THE_START:
            self.need(API_S, f"API {name}", "google_project_service", service=name)


RUN = {"file": ""}
LOCK = threading.Lock()


def run() -> dict[str, str]:
    """What the file says of the run that is going on."""
    file = Path(RUN["file"])
    return json.loads(file.read_text("utf-8")) if RUN["file"] and file.exists() else {}


@contextmanager
def cloud() -> Iterator[Cloud]:
    """The cloud, for one thread alone until the end of the block."""
    file = Path(run()["cloud"])
    with LOCK:
        found = Cloud(json.loads(file.read_text("utf-8")) if file.exists() else {})
        yield found
        file.write_text(json.dumps({"now": found.now, "made": found.made}), "utf-8")


def check(c: Cloud, kind: str, new: dict) -> None:
    """Refused unless everything that this needs is there."""
    for prefix, services in APIS.items():
        if kind.startswith(prefix):
            for service in services:
                c.need_api(service)
    if stub.CONF.get("user_project_override"):
        c.need_api("cloudresourcemanager")
    if kind.endswith("_iam_member"):
        check_member(c, new["member"])
    if kind in CHECKS:
        CHECKS[kind](c, new)


def check_subscription(c: Cloud, new: dict) -> None:
    """Its topic is there, and who applies may have pushes signed by its account."""
    c.need(0, f"topic {new['topic']}", "google_pubsub_topic", id=new["topic"])
    if new["push_config"]:
        check_attached(c, new["push_config"][0]["oidc_token"][0]["service_account_email"])


def check_job(c: Cloud, new: dict) -> None:
    """Its topic is there."""
    topic = new["pubsub_target"][0]["topic_name"]
    c.need(0, f"topic {topic}", "google_pubsub_topic", id=topic)


def check_alert(c: Cloud, new: dict) -> None:
    """Google knows every metric that its filters name."""
    for name in re.findall(r"logging\.googleapis\.com/user/([\w/]+)", str(new["conditions"])):
        c.need(METRIC_S, f"metric {name}", "google_logging_metric", name=name)


def check_member(c: Cloud, member: str) -> None:
    """A policy takes no member that does not exist."""
    email = member.removeprefix("serviceAccount:")
    if "@gcp-sa-pubsub." in member:
        c.need(0, "the service agent of Pub/Sub", "google_project_service_identity", service="pubsub.googleapis.com")
    elif member.startswith("serviceAccount:") and email.endswith(".iam.gserviceaccount.com"):
        c.need(0, f"account {email}", "google_service_account", email=email)
    elif member.startswith("principal"):
        pool = member.partition("/subject/")[0].partition("iam.googleapis.com/")[2]
        c.need(0, f"pool {pool}", "google_iam_workload_identity_pool", name=pool)


def check_attached(c: Cloud, email: str) -> None:
    """The account exists, and who applies may act as it."""
    c.need(0, f"account {email}", "google_service_account", email=email)
    actor = run().get("actor")
    if actor:
        (name,) = {m["name"] for m in c.made if m["type"] == "google_service_account" and m["email"] == email}
        wanted = {
            "service_account_id": name,
            "role": "roles/iam.serviceAccountUser",
            "member": f"serviceAccount:{actor}",
        }
        c.need(ATTACH_S, f"actAs of {actor} on {email}", "google_service_account_iam_member", **wanted)


def check_function(c: Cloud, new: dict) -> None:
    """A function starts with what its account may do then: every grant to it has spread; its build may build."""
    service = new["service_config"][0]
    email, builder = service["service_account_email"], new["build_config"][0]["service_account"].rpartition("/")[2]
    check_attached(c, email)
    check_attached(c, builder)
    for role in BUILD_ROLES:
        c.need(
            GRANT_S, f"{role} of {builder}", "google_project_iam_member", role=role, member=f"serviceAccount:{builder}"
        )
    for secret in service["secret_environment_variables"] or []:
        reads = {"secret_id": secret["secret"], "member": f"serviceAccount:{email}"}
        c.need(GRANT_S, f"secret {secret['secret']} for {email}", "google_secret_manager_secret_iam_member", **reads)
    kinds = {m["type"] for m in c.made if m.get("member") == f"serviceAccount:{email}"}
    for kind in kinds:
        c.need(GRANT_S, f"the newest {kind} of {email}", kind, member=f"serviceAccount:{email}")
    if "google_pubsub_topic_iam_member" not in kinds:
        raise Refused(f"no right of {email} to publish anything")
    source = new["build_config"][0]["source"][0]["storage_source"][0]
    c.need(
        0, f"object {source['object']}", "google_storage_bucket_object", name=source["object"], bucket=source["bucket"]
    )


def check_destroyed(c: Cloud, kind: str, old: dict) -> None:
    """What is protected, or holds what is protected, stays."""
    if kind == "google_firestore_database" and old["delete_protection_state"] == "DELETE_PROTECTION_ENABLED":
        raise Refused("the database has delete protection")
    if kind == "google_storage_bucket" and not old["force_destroy"]:
        raise Refused(f"bucket {old['name']} is not empty and force_destroy is false")
    tables = c.age("google_bigquery_table", dataset_id=old.get("dataset_id"))
    if kind == "google_bigquery_dataset" and tables is not None and not old["delete_contents_on_destroy"]:
        raise Refused(f"dataset {old['dataset_id']} is still in use")


CHECKS = {
    "google_cloud_run_v2_service": lambda c, new: check_attached(c, new["template"][0]["service_account"]),
    "google_cloud_scheduler_job": check_job,
    "google_cloudfunctions2_function": check_function,
    "google_firestore_field": lambda c, new: c.need(0, "database", "google_firestore_database", name=new["database"]),
    "google_monitoring_alert_policy": check_alert,
    "google_project_service_identity": lambda c, new: c.need_api(new["service"].partition(".")[0]),
    "google_pubsub_subscription": check_subscription,
}


def remembered(kind: str, at: float, values: dict) -> dict:
    """What later checks ask about a thing."""
    kept = {
        k: v
        for k, v in values.items()
        if isinstance(v, str) and k in {*IDS, "id", "email", "role", "member", "service_account_id"}
    }
    return {"type": kind, "at": at, **kept}


class Spreading(stub.Stub):
    """The plugin, refusing."""

    def ConfigureProvider(self, q, c):  # noqa: N802
        stub.CONF.pop("user_project_override", None)  # of the run before
        return super().ConfigureProvider(q, c)

    def PlanResourceChange(self, q, c):  # noqa: N802
        answer = super().PlanResourceChange(q, c)
        prior, new = stub.dec(q.prior_state), stub.dec(q.proposed_new_state)
        if q.type_name == "time_sleep" and prior and new and prior["triggers"] != new["triggers"]:
            answer.requires_replace.append(
                stub.pb.AttributePath(steps=[stub.pb.AttributePath.Step(attribute_name="triggers")])
            )
        return answer

    def ReadDataSource(self, q, c):  # noqa: N802
        if run().get("cloud") and q.type_name == "google_project":
            try:
                with cloud() as found:
                    found.need_api("cloudresourcemanager")
            except Refused as refused:
                return stub.pb.ReadDataSource.Response(diagnostics=[stub.diag(f"data {q.type_name}: {refused}")])
        return super().ReadDataSource(q, c)

    def ApplyResourceChange(self, q, c):  # noqa: N802
        if not run().get("cloud"):
            return super().ApplyResourceChange(q, c)
        prior, plan = stub.dec(q.prior_state), stub.dec(q.planned_state)
        kind = q.type_name
        try:
            with cloud() as found:
                began = found.now
                if plan is None:
                    check_destroyed(found, kind, prior)
                elif prior is None:
                    check(found, kind, plan)
            time.sleep(5 * SLOW_S if kind == "time_sleep" else SLOW_S if any(s in kind for s in SLOW) else 0)
            answer = super().ApplyResourceChange(q, c)
            if not answer.diagnostics:
                self._keep(kind, began, prior, stub.dec(answer.new_state))
        except Refused as refused:
            return stub.pb.ApplyResourceChange.Response(
                new_state=q.prior_state, legacy_type_system=True, diagnostics=[stub.diag(f"{kind}: {refused}")]
            )
        return answer

    def _keep(self, kind: str, began: float, prior: dict | None, new: dict | None) -> None:
        with cloud() as found:
            if prior is not None:
                found.made = [m for m in found.made if {**m, "at": 0} != remembered(kind, 0, prior)]
            if new is not None:
                if kind == "time_sleep":
                    found.now = max(found.now, began + float(new["create_duration"].removesuffix("s")))
                found.made.append(remembered(kind, found.now if prior is None else began, new))


class Controller(stub.crpc.GRPCControllerServicer):
    """Terraform says that it needs the provider no more; the next run will."""

    def Shutdown(self, q, c):  # noqa: N802
        return stub.cpb.Empty()


class Silent(stub.srpc.GRPCStdioServicer):
    """Nothing is said on the side."""

    def StreamStdio(self, q, c):  # noqa: N802
        return iter([])


def serve(schema: dict, socket: Path) -> stub.grpc.Server:
    """A server of one provider, without encryption: the socket is this user's."""
    server = stub.grpc.server(stub.futures.ThreadPoolExecutor(max_workers=16))
    stub.rpc.add_ProviderServicer_to_server(Spreading(schema), server)
    stub.crpc.add_GRPCControllerServicer_to_server(Controller(), server)
    stub.srpc.add_GRPCStdioServicer_to_server(Silent(), server)
    server.add_insecure_port(f"unix://{socket}")
    server.start()
    return server


def main(schemas: str, sockets: str, run_file: str) -> None:
    """Serve until standard input ends."""
    RUN["file"] = run_file
    attach, servers = {}, []
    for file in sorted(Path(schemas).glob("*.json")):
        schema = json.loads(file.read_text("utf-8"))
        socket = Path(sockets) / f"{file.stem}.sock"
        servers.append(serve(schema, socket))
        address = {"Network": "unix", "String": str(socket)}
        about = {"Protocol": "grpc", "ProtocolVersion": 6, "Pid": os.getpid(), "Test": True, "Addr": address}
        attach[schema["source"]["name"]] = about
    sys.stdout.write(json.dumps(attach) + "\n")
    sys.stdout.flush()
    sys.stdin.read()
    for server in servers:
        server.stop(grace=0)


if __name__ == "__main__":
    main(*sys.argv[1:])
