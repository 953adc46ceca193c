"""Each function's requirements: the packages that its imports reach in the cloud, pinned as in requirements.lock.

`python -m tools.requirements` checks whether functions/*/requirements.txt are current; with --write it writes them.
"""

import ast
import re
import sys
from collections.abc import Mapping
from functools import cache
from importlib import metadata
from pathlib import Path, PurePosixPath

from packaging.markers import default_environment
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tools import ROOT

OURS = ("shared", "functions")
CLOUD_TWINS = "shared/adapters/cloud"
LOCAL_TWINS = "shared.adapters.local"  # adapters for one machine: never part of a deployed function
PYTHONS = ("3.11", "3.12", "3.13")  # the values that var.python_runtime of Terraform allows
LOADED_BY_NAME = {"fsspec": ("gcsfs",)}  # packages that others load by name, without an import statement
_HEADER = "# Written by `python -m tools.requirements --write` from the function's imports and requirements.lock.\n"
_PIN = re.compile(r"^(?P<name>[a-z0-9-]+)==(?P<rest>[^\\]+?) \\$")


def function_names() -> list[str]:
    """The function folders, by name."""
    return sorted(p.parent.name for p in (ROOT / "functions").glob("*/main.py"))


def imported(function: str) -> set[str]:
    """Dotted names of everything outside our own packages that the function can import in the cloud."""
    seen: set[Path] = set()
    todo = [p for top in (f"functions/{function}", CLOUD_TWINS) for p in (ROOT / top).rglob("*.py")]
    outside: set[str] = set()
    while todo:
        path = todo.pop()
        if path in seen:
            continue
        seen.add(path)
        for name in _imports(path):
            if name.split(".")[0] not in OURS:
                outside.add(name)
            elif not name.startswith(LOCAL_TWINS):
                todo += _files(name)
    return {n for n in outside if n.split(".")[0] not in sys.stdlib_module_names}


@cache
def _imports(path: Path) -> tuple[str, ...]:
    """Every imported name, at any place in the file; `from a import b` may mean the module a.b."""
    nodes = list(ast.walk(ast.parse(path.read_text("utf-8"))))
    modules = [alias.name for n in nodes if isinstance(n, ast.Import) for alias in n.names]
    members = [(n.module, alias) for n in nodes if isinstance(n, ast.ImportFrom) for alias in n.names]
    return (*modules, *(f"{module}.{alias.name}" for module, alias in members if module))


def _files(name: str) -> list[Path]:
    """Our files behind a dotted name: the module, or the module that defines the name, and the packages around it."""
    parts = name.split(".")
    bases = [ROOT.joinpath(*parts[:end]) for end in range(1, len(parts) + 1)]
    return [p for base in bases for p in (base.with_suffix(".py"), base / "__init__.py") if p.is_file()]


@cache
def _owners() -> Mapping[str, str]:
    """The distribution of the lock that each module belongs to: `google/cloud/firestore` -> google-cloud-firestore."""
    owners = {}
    for name in pins():
        try:
            files = metadata.distribution(name).files or []
        except metadata.PackageNotFoundError:
            continue  # pinned for another platform or version
        for file in files:
            path = PurePosixPath(file)
            if path.suffix in (".py", ".so"):
                module = path.name.split(".")[0]
                owners[str(path.parent if module == "__init__" else path.parent / module)] = name
    return owners


def owner(name: str) -> str:
    """The distribution that provides a dotted name; LookupError if the lock has none."""
    parts = name.split(".")
    for end in range(len(parts), 0, -1):
        if distribution := _owners().get("/".join(parts[:end])):
            return distribution
    raise LookupError(f"no package of requirements.lock provides {name}")


def closure(names: set[str]) -> set[str]:
    """The distributions with all that they require on Linux, for each supported Python."""
    named = [*names, *(n for name in names for n in LOADED_BY_NAME.get(name, ()))]
    todo: set[tuple[str, frozenset[str]]] = {(canonicalize_name(n), frozenset()) for n in named}
    done: set[tuple[str, frozenset[str]]] = set()
    while todo:
        name, extras = todo.pop()
        done.add((name, extras))
        todo |= _required(name, extras) - done
    return {name for name, _ in done}


@cache
def _required(name: str, extras: frozenset[str]) -> frozenset[tuple[str, frozenset[str]]]:
    try:
        required = metadata.requires(name) or []
    except metadata.PackageNotFoundError:
        return frozenset()  # pinned for another Python; its requirements are pinned as well
    wanted = [r for r in map(Requirement, required) if _applies(r, extras)]
    return frozenset((canonicalize_name(r.name), frozenset(r.extras)) for r in wanted)


def _applies(requirement: Requirement, extras: frozenset[str]) -> bool:
    if requirement.marker is None:
        return True
    linux = {name: str(value) for name, value in default_environment().items()}
    linux |= {"sys_platform": "linux", "platform_system": "Linux", "os_name": "posix"}
    versions = [{"python_version": v, "python_full_version": f"{v}.0"} for v in PYTHONS]
    cases = [{**linux, **v, "extra": extra} for v in versions for extra in ("", *extras)]
    return any(requirement.marker.evaluate(case) for case in cases)


@cache
def pins() -> Mapping[str, Mapping[str, str]]:
    """The lock: by distribution, each pin (`name==version ; marker`) with its hashes as written in the lock."""
    by_name: dict[str, dict[str, str]] = {}
    for block in re.split(r"\n(?=\S)", (ROOT / "requirements.lock").read_text("utf-8")):
        first, _, hashes = block.partition("\n")
        if match := _PIN.match(first):
            pin = f"{match['name']}=={match['rest']}"
            by_name.setdefault(match["name"], {})[pin] = hashes.rstrip("\n")
    return by_name


def pinned(function: str) -> dict[str, str]:
    """Every pin that the function needs, with its hashes; LookupError names packages that the lock lacks."""
    needed = closure({owner(name) for name in imported(function)})
    missing = needed - set(pins())
    if missing:
        raise LookupError(f"requirements.lock lacks {', '.join(sorted(missing))}: run make lock")
    return {pin: hashes for name in sorted(needed) for pin, hashes in pins()[name].items()}


def text(function: str) -> str:
    """The function's requirements.txt."""
    return _HEADER + "".join(f"{pin}\n" for pin in pinned(function))


def main(arguments: list[str]) -> int:
    """Write the files, or name those that are not current; return the exit code."""
    stale = []
    for function in function_names():
        path = ROOT / "functions" / function / "requirements.txt"
        wanted = text(function)
        if "--write" in arguments:
            path.write_text(wanted, "utf-8")
        elif not path.is_file() or path.read_text("utf-8") != wanted:
            stale.append(f"{path.relative_to(ROOT)} is not current: python -m tools.requirements --write\n")
    sys.stderr.writelines(stale)
    return 1 if stale else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
