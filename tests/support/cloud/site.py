"""A checkout in miniature, and a `terraform` on the PATH that keeps a state and remembers how it was called."""

import json
import os
import stat
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tipoff.deploy.checkout import Checkout
from tipoff.deploy.deployment import Deployment

FUNCTIONS = ("grade", "scrape")
BUILD = """
import sys, zipfile
from pathlib import Path
for folder in sorted(Path("functions").iterdir()):
    Path(sys.argv[1], folder.name + ".zip").write_bytes((folder / "main.py").read_bytes() + Path("shared/pipeline.yaml").read_bytes())
"""
TERRAFORM = """#!{python} -IS
import hashlib, json, os, re, sys
from pathlib import Path
site = Path(os.environ["SITE"])
command, arguments = sys.argv[1], sys.argv[2:]
with (site / "calls").open("a") as calls:
    calls.write(json.dumps([command, *arguments, os.getcwd()]) + "\\n")
state = site / "state.json"
given = dict(re.match(r"-([a-z-]+)=(.*)", a).groups() for a in arguments if re.match(r"-([a-z-]+)=", a))
files = [a.partition("=")[2] for a in arguments if a.startswith("-var-file=")]
if (site / f"fail-{{command}}").exists():
    sys.exit("Error: " + (site / f"fail-{{command}}").read_text())
if command == "output":
    print(state.read_text() if state.exists() else "{{}}")
elif command == "plan":
    dist = Path(given["var"].partition("=")[2])
    zips = {{p.stem: hashlib.sha256(p.read_bytes()).hexdigest() for p in dist.glob("*.zip")}}
    releases = json.loads(Path(files[1]).read_text())["releases"]
    text = Path("../shared/pipeline.yaml").read_bytes()
    outputs = {{
        "releases": releases, "map_hash": hashlib.sha256(text).hexdigest()[:16], "project": "p", "database": "d",
        "functions": {{n: {{"code_hash": h}} for n, h in zips.items()}},
    }}
    old = json.loads(state.read_text()) if state.exists() else {{"functions": {{"value": {{}}}}}}
    changed = [n for n, f in outputs["functions"].items() if old["functions"]["value"].get(n) != f]
    changes = [{{"address": f"function.{{n}}", "change": {{"actions": ["update"]}}}} for n in changed]
    changes.append({{"address": "data.x", "change": {{"actions": ["read"]}}}})
    drift = [{{"address": a}} for a in json.loads((site / "drift").read_text())] if (site / "drift").exists() else []
    Path(given["out"]).write_text(json.dumps({{
        "outputs": {{k: {{"value": v}} for k, v in outputs.items()}}, "resource_changes": changes, "resource_drift": drift,
    }}))
elif command == "show":
    print(Path(arguments[-1]).read_text())
elif command == "apply":
    if not (site / "lies").exists():
        state.write_text(json.dumps(json.loads(Path(arguments[-1]).read_text())["outputs"]))
"""


@dataclass(frozen=True)
class Site:
    """The folder of the fake's state, with the checkout in it."""

    folder: Path

    @property
    def root(self) -> Path:
        return self.folder / "checkout"

    def deployment(self, bucket: str = "") -> Deployment:
        return Deployment(Checkout(self.root), "dev", bucket)

    def git(self, *arguments: str) -> str:
        named = ("-c", "user.name=t", "-c", "user.email=t@example.org", "-c", "commit.gpgsign=false")
        done = subprocess.run(["git", *named, *arguments], cwd=self.root, check=True, capture_output=True, text=True)
        return done.stdout.strip()

    def write(self, path: str, text: str) -> None:
        target = self.root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, "utf-8")

    def commit(self, path: str, text: str) -> str:
        """Write and commit one file; the commit."""
        self.write(path, text)
        self.git("add", "-A")
        self.git("commit", "-qm", path)
        return self.git("rev-parse", "HEAD")

    def calls(self, command: str) -> list[list[str]]:
        """How terraform was called with this command."""
        lines = (self.folder / "calls").read_text("utf-8").splitlines()
        return [call[1:] for call in map(json.loads, lines) if call[0] == command]

    def mark(self, name: str, value: Any = "") -> None:
        """Have the fake lie, fail or find drift."""
        (self.folder / name).write_text(value if isinstance(value, str) else json.dumps(value), "utf-8")


def make_site(folder: Path) -> Site:
    """A committed checkout of two functions; put `bin` on the PATH and the folder into SITE."""
    site = Site(folder)
    site.root.mkdir()
    site.git("init", "-q")
    site.write(".gitignore", "build\n__pycache__\n")
    site.write("tools/__init__.py", "")
    site.write("tools/build_zips.py", BUILD)
    site.write("terraform/envs/dev.tfvars", "")
    site.write("shared/pipeline.yaml", "version: 1\n")
    for name in FUNCTIONS:
        site.write(f"functions/{name}/main.py", f"# {name}\n")
    site.commit("requirements.lock", "")
    fake = folder / "bin" / "terraform"
    fake.parent.mkdir()
    fake.write_text(TERRAFORM.format(python=sys.executable), "utf-8")
    fake.chmod(fake.stat().st_mode | stat.S_IXUSR)
    return site


def path_with(folder: Path) -> str:
    """The PATH with the fake first."""
    return f"{folder / 'bin'}{os.pathsep}{os.environ['PATH']}"
