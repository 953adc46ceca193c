"""The repository checkout that is deployed: its commit, its uncommitted changes and its zips."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from shared.errors import TipoffError, UserError

DEPLOYED = ("functions", "shared", "terraform", "tools", "requirements.lock")  # what a release is built from
TERRAFORMS_OWN = ":(exclude)terraform/.terraform*"  # files written by `terraform init`
MAP = Path("shared", "pipeline.yaml")
BUILD_TIMEOUT_S = 300
LAST_CHARS = 2000


class BuildFailed(TipoffError):
    """A build or git command failed."""


@dataclass(frozen=True)
class Checkout:
    """A working tree of this repository."""

    root: Path

    def __post_init__(self) -> None:
        """UserError if the folder is no checkout of this repository."""
        if not (self.root / "terraform").is_dir() or not (self.root / MAP).is_file():
            raise UserError(f"{self.root} is no checkout of Tipoff: deploys are made from one")

    @property
    def commit(self) -> str:
        """The full hash of the commit checked out."""
        return self._git("rev-parse", "HEAD").strip()

    @property
    def map_hash(self) -> str:
        """The map file's hash, as PipelineMap.hash."""
        return sha256((self.root / MAP).read_bytes()).hexdigest()[:16]

    def uncommitted(self) -> list[str]:
        """Paths that would be deployed and have uncommitted changes."""
        paths = [p for p in DEPLOYED if (self.root / p).exists()]
        changes = self._git("status", "--porcelain", "--", *paths, TERRAFORMS_OWN)
        return [line[3:] for line in changes.splitlines()]

    def build(self, dist: Path) -> dict[str, str]:
        """Build every function's zip into the folder; the sha256 by function."""
        dist.mkdir(parents=True, exist_ok=True)
        for old in dist.glob("*.zip"):
            old.unlink()
        self._run(sys.executable, "-m", "tools.build_zips", str(dist))
        return {path.stem: sha256(path.read_bytes()).hexdigest() for path in sorted(dist.glob("*.zip"))}

    @contextmanager
    def at(self, commit: str, folder: Path) -> Iterator["Checkout"]:
        """The tree of another commit, checked out into the folder and removed at the end of the block."""
        self._git("worktree", "add", "--force", "--detach", str(folder), commit)
        try:
            yield Checkout(folder)
        finally:
            self._git("worktree", "remove", "--force", str(folder))

    def _git(self, *arguments: str) -> str:
        return self._run("git", *arguments)

    def _run(self, *command: str) -> str:
        done = subprocess.run(  # noqa: S603 - commands of ours, no shell
            command, cwd=self.root, capture_output=True, text=True, timeout=BUILD_TIMEOUT_S, check=False
        )
        if done.returncode != 0:
            raise BuildFailed(f"{' '.join(command[:3])}: {done.stderr[-LAST_CHARS:].strip()}")
        return done.stdout
