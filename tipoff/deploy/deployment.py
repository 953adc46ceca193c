"""Plan, apply, status and rollback of one environment, by Terraform alone."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from shared.errors import UserError
from shared.provenance import shipped_hash
from tipoff.deploy.checkout import Checkout
from tipoff.deploy.releases import (
    SHORT,
    Deployed,
    Difference,
    Release,
    deployed_of,
    differences,
    recorded,
    to_return_to,
)
from tipoff.deploy.terraform import Change, Terraform


@dataclass(frozen=True)
class Planned:
    """A plan that waits to be applied: what it would do, and the release it would be."""

    terraform: Terraform
    file: Path
    changes: tuple[Change, ...]
    release: Release


@dataclass(frozen=True)
class Status:
    """What stands beside what is committed; it is truth only if nothing is in `drift`."""

    deployed: Deployed | None
    commit: str
    uncommitted: tuple[str, ...]
    differences: tuple[Difference, ...]
    changes: tuple[Change, ...]

    @property
    def drift(self) -> list[str]:
        """Everything that differs, each in one line."""
        if self.deployed is None:
            return ["nothing is deployed"]
        hashes = [f"{d.what}: deployed {d.deployed}, committed {d.committed}" for d in self.differences]
        return [
            *hashes,
            *(f"{c.does}: {c.address}" for c in self.changes),
            *(f"uncommitted: {p}" for p in self.uncommitted),
        ]


@dataclass(frozen=True)
class Deployment:
    """One environment, deployed from one checkout. `bucket` keeps Terraform's state."""

    checkout: Checkout
    environment: str
    bucket: str = ""

    @property
    def _work(self) -> Path:
        return self.checkout.root / "build" / "deploy" / self.environment

    def _terraform(self, checkout: Checkout) -> Terraform:
        return Terraform(checkout.root / "terraform", self.environment, self.bucket)

    def deployed(self) -> Deployed | None:
        """What Terraform's state says stands."""
        terraform = self._terraform(self.checkout)
        terraform.init()
        return deployed_of(terraform.outputs())

    def plan(self, now: datetime) -> Planned:
        """Build the zips of what is committed and plan their release; UserError while something is not committed."""
        found = self.checkout.uncommitted()
        if found:
            raise UserError(f"commit first, what is deployed must be a commit: {', '.join(found)}")
        zips = self.checkout.build(self._work / "dist")
        codes = {name: shipped_hash(name) for name in zips}
        release = Release(self.checkout.commit, now.isoformat(), self.checkout.map_hash, zips, codes)
        return self._plan(self.checkout, release)

    def _plan(self, checkout: Checkout, release: Release) -> Planned:
        """The plan that makes the checkout's tree the release."""
        terraform = self._terraform(checkout)
        terraform.init()
        before = deployed_of(terraform.outputs())
        variables = self._variables(recorded(release, before.releases if before else ()))
        plan_file = self._work / "plan"
        changes = terraform.plan(plan_file, variables, self._work / "dist")
        return Planned(terraform, plan_file, tuple(changes), release)

    def _variables(self, releases: list[dict[str, object]]) -> Path:
        """The file that tells Terraform which releases to record."""
        path = self._work / "releases.tfvars.json"
        path.write_text(json.dumps({"releases": releases}, indent=1) + "\n", "utf-8")
        return path

    def apply(self, planned: Planned) -> Deployed:
        """Apply the plan; what stands afterwards, which must be what was planned."""
        planned.terraform.apply(planned.file)
        found = deployed_of(planned.terraform.outputs())
        if found is None or differences(found, planned.release.zips, planned.release.map_hash):
            raise UserError("what stands after the apply is not what was planned: see tipoff deploy status")
        return found

    def status(self) -> Status:
        """Compare hashes, then let Terraform compare every resource with the cloud; nothing is changed or locked."""
        found = self.deployed()
        zips = self.checkout.build(self._work / "dist")
        if found is None:
            return Status(None, self.checkout.commit, tuple(self.checkout.uncommitted()), (), ())
        variables = self._variables(recorded(found.releases[0], found.releases[1:]) if found.releases else [])
        changes = self._terraform(self.checkout).plan(self._work / "plan", variables, self._work / "dist", lock=False)
        return Status(
            found,
            self.checkout.commit,
            tuple(self.checkout.uncommitted()),
            tuple(differences(found, zips, self.checkout.map_hash)),
            tuple(changes),
        )

    def rollback(self, wanted: str | None, now: datetime, agreed: Callable[[Planned], bool]) -> Deployed | None:
        """Apply an earlier release again, tree, map and zips; None if it was not `agreed` to.

        Its zips are built anew from its commit and must be the recorded ones to the byte.
        """
        found = self.deployed()
        target = to_return_to(found.releases if found else (), wanted)
        with self.checkout.at(target.commit, self._work / f"tree-{target.commit[:SHORT]}") as tree:
            _must_equal(target.zips, tree.build(self._work / "dist"))
            planned = self._plan(tree, replace(target, at=now.isoformat()))
            return self.apply(planned) if agreed(planned) else None


def _must_equal(recorded_zips: Mapping[str, str], built: Mapping[str, str]) -> None:
    other = [n for n in sorted({*recorded_zips, *built}) if recorded_zips.get(n) != built.get(n)]
    if other:
        raise UserError(f"built from that commit, these are not what was deployed then: {', '.join(other)}")
