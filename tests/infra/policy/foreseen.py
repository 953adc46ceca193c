"""The allow-list: everything in the applied state is foreseen in foreseen.yaml, or is refused by the rule it breaks.

The file names every kind of thing, every value of each, every grant and what must stand before what. Values that Google
computes are left out, by the provider's schema; values that the map or the contracts state are written `@name` there and
computed here.
"""

import base64
import copy
import json
import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from shared.adapters.cloud.bigquery_sql import fence
from shared.contracts.rows import tables
from shared.map.loader import pipeline_map
from tests.infra.policy import Resource, State
from tests.infra.policy.identities import QUARANTINE, published_by
from tests.infra.policy.stores import collections
from tests.support.cloud import workspace

FILE = Path(__file__).parents[1] / "foreseen.yaml"
FORESEEN: dict[str, Any] = yaml.safe_load(FILE.read_text("utf-8"))
Finding = tuple[str, str]  # the rule that is broken, and what breaks it

GRANT_KINDS = re.compile(r"_iam_|_acl$|_access$|_access_control$|_access_policy|_key$")
OF_GRANTS = ("access", "predefined_acl")  # fields by which a thing itself grants
OF_ENVIRONMENT = ("service_config.environment_variables", "service_config.secret_environment_variables")
TARGETS = {  # the field that says what a grant is on, and how the file calls that
    "project_iam_member": ("", "project"),
    "service_account_iam_member": ("service_account_id", "account"),
    "storage_bucket_iam_member": ("bucket", "bucket"),
    "secret_manager_secret_iam_member": ("secret_id", "secret"),
    "pubsub_topic_iam_member": ("topic", "topic"),
    "pubsub_subscription_iam_member": ("subscription", "subscription"),
    "cloud_run_v2_service_iam_member": ("name", "service"),
    "bigquery_dataset_iam_member": ("dataset_id", "dataset"),
    "bigquery_table_iam_member": ("table_id", "table"),
}


def findings(state: State) -> Iterator[Finding]:
    """Everything in the state of both roots that is not foreseen, and everything foreseen that is missing."""
    seen: dict[str, set[str]] = {}
    for resource in state.resources:
        if not _is_grant(resource):
            seen.setdefault(_name(resource), set()).add(_key(resource))
            yield from _about(resource)
    for name, keys in _expected_keys().items():
        yield from (("nothing_is_missing", f"{name}[{k}] is missing") for k in sorted(keys - seen.get(name, set())))
    yield from _grants(state)
    yield from _order(state)


_KNOWN: dict[str, tuple[dict[str, Any], list[Finding]]] = {}  # by address: what was last looked at, and what was found


def _about(resource: Resource) -> list[Finding]:
    """What is not foreseen in one resource; of one that is as before, as before."""
    before = _KNOWN.get(resource.address)
    if before is None or before[0] != resource.values:
        before = _KNOWN[resource.address] = (copy.deepcopy(resource.values), list(_compared(resource)))
    return before[1]


def _compared(resource: Resource) -> Iterator[Finding]:
    kind = resource.type.removeprefix("google_")
    if (entry := _entry(kind, resource)) is None:
        yield "nothing_else_is_made", f"{resource.address} is not foreseen"
        return
    rule, values = entry
    wanted = _filled(values, resource, kind)
    for path, problem in differences(wanted, pruned(kind, resource.values, wanted)):
        yield _rule_of(rule, path), f"{resource.address}: {path} {problem}"


# -- what a resource is compared with ----------------------------------------------------------------------------------


def _key(resource: Resource) -> str:
    """A resource's own key; that of its function within a module comes first."""
    inside = re.search(r'module\.function\["(\w+)"\]', resource.address)
    own = "" if resource.index is None else str(resource.index)
    return ":".join(k for k in (inside[1] if inside else "", own) if k)


def _name(resource: Resource) -> str:
    return f"{resource.type.removeprefix('google_')}.{resource.name}"


@cache
def _entries() -> dict[str, tuple[str, dict[str, Any]]]:
    """Per kind and name, as `pubsub_topic.this`: the rule that it is under, and its entry."""
    rules = FORESEEN["things"]
    return {name: (rule, entry) for rule, named in rules.items() for name, entry in named.items()}


def _entry(kind: str, resource: Resource) -> tuple[str, dict[str, Any]] | None:
    """The rule and values that are foreseen for a resource; None if it is not."""
    name = _name(resource)
    if name not in _entries() or _key(resource) not in _expected_keys()[name]:
        return None
    rule, entry = _entries()[name]
    values = {**FORESEEN["everywhere"].get(kind, {}), **{k: v for k, v in entry.items() if k != "each"}}
    return rule, values


@cache
def _expected_keys() -> dict[str, set[str]]:
    return {name: _keys_of(entry.get("each", [""])) for name, (_, entry) in _entries().items()}


def _keys_of(each: list[str] | str) -> set[str]:
    """`each` lists the keys, or names what they are taken from."""
    m = pipeline_map()
    if not isinstance(each, str):
        return set(each)
    known = {
        "@functions": set(FORESEEN["functions"]),
        "@writing": {n for n, f in m.functions.items() if _writes(n)},
        "@subscriptions": {f"{n}:{t}" for n, f in m.functions.items() for t in f.subscribes},
        "@topics": set(m.topics),
        "@tables": set(tables()),
        "@datasets": {t.split(".")[0] for t in tables()},
        "@fences": set(m.writers()),
        "@schedules": set(FORESEEN["schedules"]),
        "@alerts": set(FORESEEN["alerts"]),
        "@metrics": set(FORESEEN["metrics"]),
        "@collections": collections(),
        "@unindexed": {f"{c}.{f}" for c in collections() for f in ("body", "write")},
    }
    return known[each]


def _filled(value: Any, resource: Resource, kind: str) -> Any:
    """The foreseen values with this resource's own names put in."""
    key = _key(resource)
    words: dict[str, Any] = {**_names(), "key": key.rpartition(":")[2]}
    function = key.partition(":")[0]
    if function in FORESEEN["functions"]:
        words |= {"function": function, "service": function.replace("_", "-"), **FORESEEN["functions"][function]}
    for section, kinds in FORESEEN["sections"].items():
        if key in FORESEEN[section] and kind in kinds:
            words |= {k: _fill(v, words) for k, v in FORESEEN[section][key].items()}
    return _without_nothing(_fill(value, words, resource))


def _fill(value: Any, words: Mapping[str, Any], resource: Resource | None = None) -> Any:
    if isinstance(value, dict):
        return {k: _fill(v, words, resource) for k, v in value.items()}
    if isinstance(value, list):
        return [_fill(v, words, resource) for v in value]
    if not isinstance(value, str):
        return value
    if value.startswith("@") and resource is not None:
        return _stated(value, resource)
    if whole := re.fullmatch(r"\{(\w+)\}", value):
        return words.get(whole[1])
    return re.sub(r"\{(\w+)\}", lambda m: str(words[m[1]]) if m[1] in words else m[0], value)


def _without_nothing(value: Any) -> Any:
    """Values that are foreseen only for some."""
    return {k: _without_nothing(v) for k, v in value.items() if v is not None} if isinstance(value, dict) else value


@cache
def _names() -> dict[str, str]:
    """The names of the file, with the functions' services put in."""
    services = " OR ".join(
        f'resource.labels.service_name="{n.replace("_", "-")}"' for n in sorted(FORESEEN["functions"])
    )
    return {k: _fill(v, {"services": services}) for k, v in FORESEEN["names"].items()}


def _stated(name: str, resource: Resource) -> Any:
    """What the contracts state of a table, and what follows from a key."""
    key = _key(resource)
    if name == "@data":
        return base64.b64encode(json.dumps({"schedule": key}, separators=(",", ":")).encode()).decode()
    if name == "@secrets":
        return _secrets() if FORESEEN["functions"][key].get("secrets") else None
    contract = tables()[key]
    if name in ("@dataset", "@table"):
        return key.split(".")[name == "@table"]
    if name == "@schema":
        wanted = contract.bigquery_schema()
        return sorted(wanted, key=lambda c: c["name"])
    if name == "@clustering":
        return list(contract.cluster) or None
    if name == "@partition":
        return contract.partition
    raise KeyError(name)


def _secrets() -> list[dict[str, str]]:
    """The references to secrets: environment variable, secret and version."""
    project = FORESEEN["names"]["project"]
    return [
        {"key": s["variable"], "project_id": project, "secret": name, "version": s["version"]}
        for name, s in FORESEEN["secrets"].items()
    ]


# -- comparing ---------------------------------------------------------------------------------------------------------


@cache
def _schema() -> dict[str, Any]:
    found: dict[str, Any] = json.loads((workspace.STUB / "google.schema.json").read_text("utf-8"))["resource_schemas"]
    return found


def pruned(kind: str, values: Mapping[str, Any], wanted: Any) -> dict[str, Any]:
    """The values that someone set: without what is empty and what only Google computes; blocks that occur once as dicts."""
    return _pruned(_schema().get(f"google_{kind}", {}).get("block", {}), values, wanted)


def _pruned(block: Mapping[str, Any], values: Mapping[str, Any], wanted: Any) -> dict[str, Any]:
    kept: dict[str, Any] = {}
    attributes, blocks = block.get("attributes", {}), block.get("block_types", {})
    for name, value in values.items():
        foreseen = wanted.get(name) if isinstance(wanted, dict) else None
        if (
            value is None
            or value in ([], {})
            or (foreseen is None and _is_googles(attributes.get(name, {}), name, value))
        ):
            continue
        if name in blocks and isinstance(value, list):
            inner = [_pruned(blocks[name]["block"], v, foreseen) for v in value]
            kept[name] = inner[0] if len(inner) == 1 else inner
        elif name == "schema" and isinstance(value, str) and value.startswith("["):
            kept[name] = sorted(json.loads(value), key=lambda c: c["name"])
        else:
            kept[name] = value
    return kept


def _is_googles(attribute: Mapping[str, Any], name: str, value: Any) -> bool:
    """Whether an attribute is Google's answer: never ours to set, or left to Google (the plugin marks what it made up)."""
    if name == "id" or (attribute.get("computed") and not attribute.get("optional")):
        return True
    marked = isinstance(value, str) and re.search(r"#[\w.]+$", value) is not None
    return bool(attribute.get("computed")) and (marked or value is False or (type(value) is int and value == 1))


def differences(wanted: Any, found: Any, path: str = "") -> Iterator[tuple[str, str]]:
    """Where two values differ, as (path, what is wrong); a wanted text with a leading ~ is a pattern."""
    if isinstance(wanted, dict) and isinstance(found, dict):
        for name in sorted({*wanted, *found}):
            inner = f"{path}.{name}" if path else name
            if name not in found:
                yield inner, f"is missing; foreseen is {wanted[name]!r}"
            elif name not in wanted:
                yield inner, f"is {found[name]!r}, which is not foreseen"
            else:
                yield from differences(wanted[name], found[name], inner)
    elif isinstance(wanted, str) and wanted.startswith("~") and isinstance(found, str):
        if not re.fullmatch(wanted[1:], found, re.DOTALL):
            yield path, f"is {found!r}; foreseen is {wanted}"
    elif isinstance(wanted, list) and isinstance(found, list):
        if sorted(map(_text, wanted)) != sorted(map(_text, found)):
            yield path, f"is {found!r}; foreseen is {wanted!r}"
    elif _text(wanted) != _text(found):
        yield path, f"is {found!r}; foreseen is {wanted!r}"


def _text(value: Any) -> str:
    return json.dumps(value, sort_keys=True)


def _rule_of(rule: str, path: str) -> str:
    if path.startswith(OF_GRANTS):
        return "grants_are_foreseen"
    return "environment_is_foreseen" if path.startswith(OF_ENVIRONMENT) else rule


# -- grants ------------------------------------------------------------------------------------------------------------


def _grants(state: State) -> Iterator[Finding]:
    """Every grant is one member's, and is on the list; every grant on the list stands."""
    wanted, found = foreseen_grants(), set()
    for resource in state.resources:
        if not _is_grant(resource):
            continue
        kind = resource.type.removeprefix("google_")
        if kind not in TARGETS:
            yield "grants_are_foreseen", f"{resource.address}: nothing is granted by {kind}"
            continue
        found.add(said := _grant(kind, resource))
        if said not in wanted:
            yield "grants_are_foreseen", f"{resource.address}: {said}"
    yield from (("grants_are_foreseen", f"missing: {g}") for g in sorted(wanted - found))


def _is_grant(resource: Resource) -> bool:
    """Whether this is a grant in any form, or gives a key in place of one."""
    return GRANT_KINDS.search(resource.type.removeprefix("google_")) is not None


def _grant(kind: str, resource: Resource) -> str:
    """A grant in the words of the file."""
    field, what = TARGETS[kind]
    values = resource.values
    project = FORESEEN["names"]["project"]
    member = values["member"].removesuffix(f"@{project}.iam.gserviceaccount.com").removeprefix("serviceAccount:")
    target = values[field].rpartition("/")[2].split("@")[0] if field else ""
    if what == "table":
        target = f"{values['dataset_id']}.{target}"
    if not field and values.get("project") != project:
        target = values.get("project", "")
    condition = resource.block("condition").get("expression")
    return " ".join(p for p in (member, values["role"], "on", what, target, "if" if condition else "", condition) if p)


@cache
def foreseen_grants() -> frozenset[str]:
    """Every grant of the file, with what the map states put in."""
    lines: set[str] = set()
    for member, granted in FORESEEN["grants"].items():
        functions = list(FORESEEN["functions"]) if "{account}" in member or "{service}" in " ".join(granted) else [""]
        for line in granted:
            for function in functions:
                words = {
                    "account": f"fn-{function.replace('_', '-')}",
                    "service": function.replace("_", "-"),
                    "function": function,
                }
                for target in _targets(line, function):
                    lines.add(_fill(f"{member} {target}", {**FORESEEN["names"], **words}))
    return frozenset(lines)


def _targets(line: str, function: str) -> list[str]:
    """A line of the file for each thing that its @word stands for; none for a function that it is not about."""
    word = re.search(r"@(\w+)", line)
    if word is None:
        return [line]
    return [line.replace(word[0], name).strip() for name in _named(word[1], function)]


def _named(word: str, function: str) -> list[str]:
    m = pipeline_map()
    if word == "accounts":
        return [f"fn-{n.replace('_', '-')}" for n in FORESEEN["functions"]]
    if word == "subscriptions":
        return [f"{t}.{n}" for n, f in m.functions.items() for t in f.subscribes]
    writes, reads = _writes(function), _reads(function)
    marks = (
        {QUARANTINE, *(fence(u.name) for u in m.functions[function].units.values() if u.writes)} if writes else set()
    )
    units = m.functions[function].units.values()
    fetches, parses = any(u.feed and not u.writes for u in units), any(u.feed and u.writes for u in units)
    return sorted({
        "publishes": published_by(m, function),
        "reads": reads - writes,
        "writes": writes | marks,
        "staging": {f"nba_staging_{function}"} if writes else set(),
        "project_of_queries": {"project"} if writes or reads else set(),
        "secrets": set(FORESEEN["secrets"]) if fetches else set(),
        "archive": {"{project}-archive"} if fetches or parses else set(),
        "models": {"{project}-models"} if any(u.model for u in units) else set(),
    }[word])  # fmt: skip


def _writes(function: str) -> set[str]:
    return {u.writes for u in pipeline_map().functions[function].units.values() if u.writes}


def _reads(function: str) -> set[str]:
    found = pipeline_map().functions[function]
    check = found.grade_check
    return {t for u in found.units.values() for t in u.reads} | set(check.reads if check else ())


# -- order -------------------------------------------------------------------------------------------------------------


def _order(state: State) -> Iterator[Finding]:
    """What must stand before a thing is what Terraform makes first."""
    for resource in state.resources:
        for after in FORESEEN["order"].get(_name(resource), []):
            if not {after, f"module.function.{after}"} & set(resource.depends_on):
                yield "order_is_kept", f"{resource.address} does not wait for {after}"


__all__ = ["FORESEEN", "findings", "foreseen_grants"]
