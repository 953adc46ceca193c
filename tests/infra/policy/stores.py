"""Tables, documents and buckets: as the contracts have them, protected, in one region."""

import ast
import json
from functools import cache

from shared.adapters.cloud.bigquery_sql import FENCE_COLUMNS, fence
from shared.contracts.rows import tables
from shared.map.loader import pipeline_map
from tests.infra.policy import Findings, State, rule
from tests.support.places import ROOT

SHARED = ROOT / "shared"
VERBS = {"create", "get", "get_many", "replace", "find", "delete"}
LOCATED = ("location", "location_id", "region")


@cache
def collections() -> frozenset[str]:
    """Every collection that the code in shared/ names in a call of the State port."""
    found = set()
    for path in SHARED.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in VERBS:
                of_state = ast.unparse(node.func.value).endswith("state")
                first = node.args[0] if node.args else None
                if of_state and isinstance(first, ast.Constant):
                    found.add(first.value)
    return frozenset(found)


@rule
def documents_expire(state: State) -> Findings:
    """Each collection of the code lets documents go at `expire_at`, and indexes neither that nor the JSON text."""
    expiring = {f.values["collection"] for f in state.of("firestore_field") if f.values["ttl_config"]}
    yield from (f"{c}: only in code or only in Terraform" for c in sorted(expiring ^ collections()))
    for field in state.of("firestore_field"):
        if field.values["ttl_config"] and field.values["field"] != "expire_at":
            yield f"{field.values['collection']} expires by {field.values['field']}"
        if (field.block("index_config").get("indexes") or []) != []:
            yield f"{field.values['collection']}.{field.values['field']} is indexed"
    plain = {(f.values["collection"], f.values["field"]) for f in state.of("firestore_field")}
    yield from (f"{c}.body is indexed" for c in sorted(collections()) if (c, "body") not in plain)


@rule
def tables_are_the_contracts(state: State) -> Findings:
    """One table per contract: the same columns, key partition, clustering, and no query without a partition filter."""
    made = {f"{t.values['dataset_id']}.{t.values['table_id']}": t for t in state.of("bigquery_table")}
    yield from (f"{n}: only in the contracts or only in Terraform" for n in sorted(set(made) - _fences() ^ {*tables()}))
    for name, contract in tables().items():
        if name not in made:
            continue
        values = made[name].values
        wanted = sorted(contract.bigquery_schema(), key=lambda c: c["name"])
        if sorted(json.loads(values["schema"]), key=lambda c: c["name"]) != wanted:
            yield f"{name} has other columns than its contract"
        partitioned = made[name].block("time_partitioning")
        if (partitioned.get("type"), partitioned.get("field")) != ("DAY", contract.partition):
            yield f"{name} is not partitioned by {contract.partition}"
        if tuple(values["clustering"] or ()) != contract.cluster:
            yield f"{name} is not clustered by {contract.cluster}"
        if not values["require_partition_filter"]:
            yield f"{name} lets a query read all of history"


@rule
def the_fences_are_what_writes_mark(state: State) -> Findings:
    """Every unit that writes has its fence, with the columns that its script reads and sets, all of them required."""
    made = {f"{t.values['dataset_id']}.{t.values['table_id']}": t for t in state.of("bigquery_table")}
    for name in sorted(_fences()):
        columns = json.loads(made[name].values["schema"]) if name in made else []
        if name not in made:
            yield f"{name} is missing: no write of its unit could be fenced"
        elif {c["name"]: c["type"] for c in columns} != FENCE_COLUMNS or any(c["mode"] != "REQUIRED" for c in columns):
            yield f"{name} has other columns than a write marks"


def _fences() -> set[str]:
    return {fence(unit) for unit in pipeline_map().writers()}


@rule
def stores_are_protected(state: State) -> Findings:
    """In prod nothing that holds data goes by accident; buckets are private, versioned and never public."""
    for table in state.of("bigquery_table"):
        if not table.values["deletion_protection"]:
            yield f"{table.address} may be dropped"
    for database in state.of("firestore_database"):
        if database.values["delete_protection_state"] != "DELETE_PROTECTION_ENABLED":
            yield f"{database.address} may be dropped"
        if database.values["point_in_time_recovery_enablement"] != "POINT_IN_TIME_RECOVERY_ENABLED":
            yield f"{database.address} has no way back"
    for bucket in state.of("storage_bucket"):
        closed = (
            bucket.values["uniform_bucket_level_access"] and bucket.values["public_access_prevention"] == "enforced"
        )
        if not closed or bucket.values["force_destroy"] or not bucket.block("versioning").get("enabled"):
            yield f"{bucket.address} is open, unversioned or destroyable"


@rule
def the_archive_is_written_once(state: State) -> Findings:
    """Raw bytes are created and read; no function may replace or delete them, and age makes them cheaper, not gone."""
    for grant in state.of("storage_bucket_iam_member"):
        if grant.values["role"] not in ("roles/storage.objectCreator", "roles/storage.objectViewer"):
            yield f"{grant.values['member']} holds {grant.values['role']} on {grant.values['bucket']}"
    for bucket in state.of("storage_bucket"):
        rules = bucket.values["lifecycle_rule"] or []
        deletes = [
            r for r in rules if r["action"][0]["type"] == "Delete" and r["condition"][0]["with_state"] != "ARCHIVED"
        ]
        if deletes:
            yield f"{bucket.values['name']} deletes live objects"
        if bucket.values["name"].endswith("-archive") and not any(r["action"][0]["storage_class"] for r in rules):
            yield "the archive never becomes cheaper"


@rule
def everything_is_in_one_region(state: State) -> Findings:
    """Functions and stores stand in one region: nothing crosses, and a change of region moves all."""
    where: dict[str, list[str]] = {}
    for r in state.resources:
        for field in LOCATED:
            if isinstance(r.values.get(field), str) and not r.type.endswith("_iam_member"):
                where.setdefault(r.values[field].lower(), []).append(r.address)
    if len(where) != 1:
        rare = min(where.values(), key=len)
        yield f"regions {sorted(where)}: {', '.join(rare[:3])}"
