"""Releases as recorded in Terraform's state, and how they differ from what is committed. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from shared.errors import ContractError, UserError

MAX_RELEASES = 20
SHORT = 12


@dataclass(frozen=True)
class Release:
    """A deployed commit: `zips` is the sha256 of each function's zip, `codes` the code hash in the rows it writes."""

    commit: str
    at: str
    map_hash: str
    zips: Mapping[str, str]
    codes: Mapping[str, str]

    @property
    def name(self) -> str:
        """The short commit and the time, as a commit deployed twice is two releases."""
        return f"{self.commit[:SHORT]}-{self.at[:19].replace(':', '').replace('-', '')}"


@dataclass(frozen=True)
class Deployed:
    """What Terraform's state records: releases, newest first, and the hashes of the functions and the map."""

    releases: tuple[Release, ...]
    zips: Mapping[str, str]
    map_hash: str
    project: str
    database: str


def deployed_of(outputs: Mapping[str, Any]) -> Deployed | None:
    """What is deployed according to `terraform output -json`; None if nothing was ever applied."""
    if "functions" not in outputs:
        return None
    try:
        values = {name: output["value"] for name, output in outputs.items()}
        return Deployed(
            tuple(Release(**r) for r in values["releases"]),
            {name: f["code_hash"] for name, f in values["functions"].items()},
            values["map_hash"],
            values["project"],
            values["database"],
        )
    except (KeyError, TypeError) as error:
        raise ContractError(
            f"the outputs in Terraform's state are not those of terraform/outputs.tf: {error}"
        ) from error


def recorded(release: Release, before: Sequence[Release]) -> list[dict[str, Any]]:
    """The releases to record, newest first, as Terraform's variable `releases`."""
    return [asdict(r) for r in (release, *before)][:MAX_RELEASES]


def differences(deployed: Deployed, zips: Mapping[str, str], map_hash: str) -> list[str]:
    """The functions, and the map, whose hash is not the committed one, a line each with both hashes."""
    names = sorted({*deployed.zips, *zips})
    pairs = [(f"code of {n}", deployed.zips.get(n, "nothing"), zips.get(n, "nothing")) for n in names]
    pairs.append(("map", deployed.map_hash, map_hash))
    return [f"{what}: deployed {old[:SHORT]}, committed {new[:SHORT]}" for what, old, new in pairs if old != new]


def rollback_target(releases: Sequence[Release], wanted: str | None) -> Release:
    """The release that a rollback deploys: the named one, or the last of another commit. UserError if there is none."""
    if not releases:
        raise UserError("no release is recorded: there is nothing to roll back to")
    for release in releases[1:]:
        named = wanted and (release.name.startswith(wanted) or release.commit.startswith(wanted))
        if named or (not wanted and release.commit != releases[0].commit):
            return release
    known = ", ".join(r.name for r in releases)
    raise UserError(f"no earlier release{f' {wanted}' if wanted else ''} is recorded; there are {known}")
