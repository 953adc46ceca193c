"""Rules over an applied state. A rule names everything that breaks it, not only the first."""

import json
import pickle
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

Findings = Iterator[str]


@dataclass(frozen=True)
class Resource:
    """One resource as applied."""

    address: str
    type: str
    name: str
    index: str | int | None
    values: dict[str, Any]
    depends_on: tuple[str, ...] = ()

    def block(self, *names: str) -> dict[str, Any]:
        """A nested block that may occur once; {} without it."""
        block = self.values
        for name in names:
            listed = block.get(name) or [{}]
            block = listed[0] if isinstance(listed, list) else listed
        return block


@dataclass(frozen=True)
class State:
    """Every resource of an applied configuration."""

    resources: list[Resource]

    @staticmethod
    def read(text: str) -> "State":
        """From `terraform show -json`."""

        def walk(module: dict[str, Any]) -> Iterator[Resource]:
            for r in module.get("resources", []):
                if r["mode"] == "managed":
                    after = tuple(r.get("depends_on") or ())
                    yield Resource(r["address"], r["type"], r["name"], r.get("index"), r["values"], after)
            for child in module.get("child_modules", []):
                yield from walk(child)

        return State(list(walk(json.loads(text)["values"]["root_module"])))

    def copy(self) -> "State":
        """The same, to be changed at will."""
        copied: State = pickle.loads(pickle.dumps(self))  # noqa: S301 - our own; faster than a deep copy
        return copied

    def of(self, kind: str) -> list[Resource]:
        """The resources of one type, without its `google_`."""
        return [r for r in self.resources if r.type == f"google_{kind}"]

    def grants(self) -> list[Resource]:
        """Every IAM member."""
        return [r for r in self.resources if r.type.endswith("_iam_member")]

    def functions(self) -> dict[str, Resource]:
        """The functions by their name in the map."""
        return {r.values["name"].replace("-", "_"): r for r in self.of("cloudfunctions2_function")}


Rule = Callable[[State], Findings]
RULES: dict[str, Rule] = {}
BOOTSTRAP_RULES: dict[str, Rule] = {}


def rule(check: Rule) -> Rule:
    """Register a rule for the main root under its name."""
    RULES[check.__name__] = check
    return check


def bootstrap_rule(check: Rule) -> Rule:
    """Register a rule for the bootstrap root under its name."""
    BOOTSTRAP_RULES[check.__name__] = check
    return check


from tests.infra.policy import bootstrap, functions, identities, messages, stores  # noqa: E402 - they register rules

__all__ = [
    "BOOTSTRAP_RULES",
    "RULES",
    "Resource",
    "State",
    "bootstrap",
    "functions",
    "identities",
    "messages",
    "stores",
]
