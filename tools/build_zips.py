"""One deterministic zip per function, for Cloud Run functions to build from: `python -m tools.build_zips [FOLDER]`.

A zip holds the function's folder and `shared` where the imports expect them, the function's main.py at the top, where
the build looks for it, and its requirements with the hashes of requirements.lock. Names are sorted, times and modes
fixed, nothing is compressed (compressors differ between machines), so the same tree always gives the same bytes.
"""

import sys
import zipfile
from pathlib import Path

from tools.requirements import ROOT, function_names, pinned

SUFFIXES = {".py", ".sql", ".yaml"}  # what code, queries, map and contracts are made of
_EPOCH = (1980, 1, 1, 0, 0, 0)  # the earliest a zip can say
_MODE = 0o100644 << 16


def contents(function: str) -> dict[str, bytes]:
    """Name in the zip -> bytes; ValueError for a file that is no part of a function."""
    folder = Path("functions", function)
    found = {"requirements.txt": requirements(function), "functions/__init__.py": b""}
    for top in (folder, Path("shared")):
        for path in sorted((ROOT / top).rglob("*")):
            name = path.relative_to(ROOT)
            if path.is_dir() or "__pycache__" in name.parts:
                continue
            if name == folder / "requirements.txt":
                continue  # its pins are in the zip's own, with hashes
            if path.is_symlink() or path.suffix not in SUFFIXES:
                raise ValueError(f"{name} is neither code nor a query, map or contract: what is it doing there?")
            found[name.as_posix()] = path.read_bytes()
    return {"main.py": found[(folder / "main.py").as_posix()], **found}


def requirements(function: str) -> bytes:
    """The pins with their hashes: the build installs exactly what was tested, or fails."""
    return "".join(f"{pin} \\\n{hashes}\n" for pin, hashes in pinned(function).items()).encode()


def build(function: str, folder: Path) -> Path:
    """Write the function's zip; its path."""
    target = folder / f"{function}.zip"
    with zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as archive:
        for name, body in sorted(contents(function).items()):
            info = zipfile.ZipInfo(name, _EPOCH)
            info.create_system, info.external_attr = 3, _MODE  # 3: Unix, wherever this runs
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
