"""One deterministic zip per function, for Cloud Run functions to build from: `python -m tools.build_zips [FOLDER]`.

A zip holds the function's folder and `shared` where the imports expect them, the function's main.py at the top, where
the build looks for it, and its requirements with the hashes of requirements.lock. Names are sorted, times and modes
are fixed and nothing is compressed (compressors differ between machines): the same tree always gives the same bytes.
"""

import sys
import zipfile
from pathlib import Path

from shared.map.loader import CHECKED_PATH, pipeline_map
from tools import ROOT
from tools.requirements import function_names, pinned

SUFFIXES = {".py", ".sql", ".yaml"}  # code, queries, map and contracts
_EPOCH = (1980, 1, 1, 0, 0, 0)  # the earliest time that a zip can hold
_MODE = 0o100644 << 16


def contents(function: str) -> dict[str, bytes]:
    """The bytes by name in the zip; ValueError for a file that is not part of a function."""
    folder = Path("functions", function)
    files = {"requirements.txt": requirements(function), "functions/__init__.py": b""}
    for top in (folder, Path("shared")):
        for path in sorted((ROOT / top).rglob("*")):
            name = path.relative_to(ROOT)
            if path.is_dir() or "__pycache__" in name.parts:
                continue
            if name == folder / "requirements.txt":
                continue  # the zip's own requirements.txt has the same pins with hashes
            if path.is_symlink() or path.suffix not in SUFFIXES:
                raise ValueError(
                    f"{name} is not code, a query, the map or a contract: move it out of the deployed folders"
                )
            files[name.as_posix()] = path.read_bytes()
    checked = CHECKED_PATH.relative_to(ROOT).as_posix()
    return {"main.py": files[(folder / "main.py").as_posix()], checked: pipeline_map().hash.encode(), **files}


def requirements(function: str) -> bytes:
    """The pins with their hashes: the build installs exactly the tested packages, or fails."""
    return "".join(f"{pin} \\\n{hashes}\n" for pin, hashes in pinned(function).items()).encode()


def build(function: str, folder: Path) -> Path:
    """Write the function's zip and return its path."""
    target = folder / f"{function}.zip"
    with zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as archive:
        for name, body in sorted(contents(function).items()):
            info = zipfile.ZipInfo(name, _EPOCH)
            info.create_system, info.external_attr = 3, _MODE  # 3: Unix, on every platform
            archive.writestr(info, body)
    return target


def main(arguments: list[str]) -> int:
    """Build every zip into the folder (default: dist)."""
    folder = Path(arguments[0]) if arguments else ROOT / "dist"
    folder.mkdir(parents=True, exist_ok=True)
    for function in function_names():
        path = build(function, folder)
        sys.stdout.write(f"{path.name} {path.stat().st_size / 1024:.0f} KiB\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
