"""Plan, apply, status and rollback of one environment, all through Terraform."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from shared.errors import UserError
from shared.provenance import shipped_hash
from tipoff.deploy.checkout import Checkout
from tipoff.deploy.releases import SHORT, Deployed, Release, deployed_of, differences, recorded, rollback_target
from tipoff.deploy.terraform import Change, Terraform


@dataclass(frozen=True)
class Planned:
    """A plan to be applied: its changes, and the release that it makes."""

    terraform: Terraform
    file: Path
    changes: tuple[Change, ...]
    release: Release


@dataclass(frozen=True)
class Status:
    """What is deployed compared with what is committed; they are equal if `drift` is empty."""

    deployed: Deployed | None
    commit: str
    uncommitted: tuple[str, ...]
    differences: tuple[str, ...]
    changes: tuple[Change, ...]

    @property
    def drift(self) -> list[str]:
        """Every difference in one line."""
        if self.deployed is None:
            return ["nothing is deployed"]
        return [
            *self.differences,
            *(f"{c.does}: {c.address}" for c in self.changes),
            *(f"uncommitted: {p}" for p in self.uncommitted),
        ]


@dataclass(frozen=True)
class Deployment:
    """One environment, deployed from one checkout; Terraform's state is in `bucket`."""

    checkout: Checkout
    environment: str
    bucket: str = ""

    @property
    def _work(self) -> Path:
        return self.checkout.root / "build" / "deploy" / self.environment

    def _terraform(self, checkout: Checkout) -> Terraform:
        return Terraform(checkout.root / "terraform", self.environment, self.bucket)

    def deployed(self) -> Deployed | None:
        """What is deployed according to Terraform's state, None if nothing is."""
        terraform = self._terraform(self.checkout)
        terraform.init()
        return deployed_of(terraform.outputs())

    def plan(self, now: datetime) -> Planned:
        """Build the zips and plan their release; UserError if there are uncommitted changes."""
        if uncommitted := self.checkout.uncommitted():
            raise UserError(f"only a commit can be deployed; commit first: {', '.join(uncommitted)}")
        zips = self.checkout.build(self._work / "dist")
        codes = {name: shipped_hash(name) for name in zips}
        release = Release(self.checkout.commit, now.isoformat(), self.checkout.map_hash, zips, codes)
        return self._plan(self.checkout, release)

    def _plan(self, checkout: Checkout, release: Release) -> Planned:
        """The plan that deploys the checkout's tree as this release."""
        terraform = self._terraform(checkout)
        terraform.init()
        before = deployed_of(terraform.outputs())
        variables = self._variables(recorded(release, before.releases if before else ()))
        plan_file = self._work / "plan"
        changes = terraform.plan(plan_file, variables, self._work / "dist")
        return Planned(terraform, plan_file, tuple(changes), release)

    def _variables(self, releases: list[dict[str, object]]) -> Path:
        """Write the variables file with the releases that Terraform is to record."""
        path = self._work / "releases.tfvars.json"
        path.write_text(json.dumps({"releases": releases}, indent=1) + "\n", "utf-8")
        return path

    def apply(self, planned: Planned) -> Deployed:
        """Apply the plan; what is deployed then. UserError if that is not what was planned."""
        planned.terraform.apply(planned.file)
        deployed = deployed_of(planned.terraform.outputs())
        if deployed is None or differences(deployed, planned.release.zips, planned.release.map_hash):
            raise UserError("what is deployed after the apply is not what was planned; see tipoff deploy status")
        return deployed

    def status(self) -> Status:
        """Compare hashes, and by a Terraform plan every resource with the cloud; changes and locks nothing."""
        deployed = self.deployed()
        zips = self.checkout.build(self._work / "dist")
        if deployed is None:
            return Status(None, self.checkout.commit, tuple(self.checkout.uncommitted()), (), ())
        variables = self._variables(recorded(deployed.releases[0], deployed.releases[1:]) if deployed.releases else [])
        changes = self._terraform(self.checkout).plan(self._work / "plan", variables, self._work / "dist", lock=False)
        return Status(
            deployed,
            self.checkout.commit,
            tuple(self.checkout.uncommitted()),
            tuple(differences(deployed, zips, self.checkout.map_hash)),
            tuple(changes),
        )

    def rollback(self, wanted: str | None, now: datetime, agreed: Callable[[Planned], bool]) -> Deployed | None:
        """Deploy an earlier release again: its tree, map and zips; None if its plan is not `agreed` to.

        The zips are rebuilt from its commit; UserError unless they are equal to the recorded ones byte for byte.
        """
        deployed = self.deployed()
        target = rollback_target(deployed.releases if deployed else (), wanted)
        with self.checkout.at(target.commit, self._work / f"tree-{target.commit[:SHORT]}") as tree:
            _must_equal(target.zips, tree.build(self._work / "dist"))
            planned = self._plan(tree, replace(target, at=now.isoformat()))
            return self.apply(planned) if agreed(planned) else None


def _must_equal(recorded_zips: Mapping[str, str], built: Mapping[str, str]) -> None:
    if changed := [n for n in sorted({*recorded_zips, *built}) if recorded_zips.get(n) != built.get(n)]:
        raise UserError(f"built from that commit, these are not what was deployed then: {', '.join(changed)}")
