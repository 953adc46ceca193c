"""The functions' requirements and zips are current, complete and deterministic, and hold nothing else."""

import hashlib
import re
import zipfile
from pathlib import Path

import pytest

from shared.map.loader import pipeline_map
from tools import ROOT, build_zips, requirements

FUNCTIONS = sorted(pipeline_map().functions)


def test_every_function_of_the_map_has_a_folder() -> None:
    """The map and the folders name the same functions, so that every one of them is packaged."""
    assert requirements.function_names() == FUNCTIONS


@pytest.mark.parametrize("function", FUNCTIONS)
def test_requirements_are_current(function: str) -> None:
    """The written requirements equal those made from the imports and the lock."""
    written = (ROOT / "functions" / function / "requirements.txt").read_text("utf-8")
    assert written == requirements.text(function), "python -m tools.requirements --write"


def test_heavy_packages_go_only_where_they_are_used() -> None:
    """Only predict gets CatBoost and only process_raw the PDF reader; no function gets DuckDB or the operator's tools."""
    packages = {f: {pin.split("==")[0] for pin in requirements.pinned(f)} for f in FUNCTIONS}
    assert [f for f in FUNCTIONS if "catboost" in packages[f]] == ["predict"]
    assert [f for f in FUNCTIONS if "pypdfium2" in packages[f]] == ["process_raw"]
    assert [f for f in FUNCTIONS if packages[f] & {"duckdb", "typer", "rich", "fpdf2", "pytest", "hypothesis"}] == []


def test_an_import_that_no_package_provides_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """An import whose package the lock lacks stops the build, rather than the function in the cloud."""
    with pytest.raises(LookupError, match=r"no_such_package\.thing"):
        requirements.owner("no_such_package.thing")
    monkeypatch.setattr(requirements, "imported", lambda _: {"no_such_package"})
    with pytest.raises(LookupError, match="no_such_package"):
        requirements.pinned("grade")


def test_google_packages_are_distinguished() -> None:
    """The namespace has many distributions: each dotted name is resolved to the one that provides it."""
    assert requirements.owner("google.cloud.firestore") == "google-cloud-firestore"
    assert requirements.owner("google.cloud.pubsub_v1.types.BatchSettings") == "google-cloud-pubsub"
    assert requirements.owner("google.api_core.retry.Retry") == "google-api-core"


def test_two_builds_are_equal_to_the_byte(tmp_path: Path) -> None:
    """The same tree gives the same zips at any time and in any folder."""
    digests = []
    for name in ("one", "two"):
        folder = tmp_path / name
        build_zips.main([str(folder)])
        digests.append({p.name: hashlib.sha256(p.read_bytes()).hexdigest() for p in folder.glob("*.zip")})
    assert digests[0] == digests[1]
    assert sorted(digests[0]) == [f"{f}.zip" for f in FUNCTIONS]


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_zip_holds_its_function_and_shared_only(function: str, tmp_path: Path) -> None:
    """main.py at the top, the function's folder and shared as in the tree, pins with hashes, the checked map's hash; nothing else."""
    with zipfile.ZipFile(build_zips.build(function, tmp_path)) as archive:
        names, body = archive.namelist(), archive.read("requirements.txt").decode()
        packed = {n: archive.read(n) for n in names if "/" in n and n != "functions/__init__.py"}
        assert archive.read("main.py") == archive.read(f"functions/{function}/main.py")
    assert packed.pop("shared/pipeline.checked").decode() == pipeline_map().hash
    assert packed == {n: (ROOT / n).read_bytes() for n in packed}
    own = f"functions/{function}/"
    others = [n for n in names if not n.startswith((own, "shared/"))]
    assert others == ["functions/__init__.py", "main.py", "requirements.txt"]
    assert not [n for n in names if "test" in n or "__pycache__" in n]
    assert "shared/pipeline.yaml" in names
    pins = re.findall(r"^([a-z0-9-]+)==", body, re.MULTILINE)
    assert pins
    assert all(re.search(rf"^{p}==.*\\\n    --hash=sha256:", body, re.MULTILINE) for p in pins)


def test_a_stray_file_stops_the_build(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A file that is not code, a query, the map or a contract (a key, for example) is named and not packed."""
    for folder in ("functions/grade", "shared"):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "functions/grade/main.py").touch()
    (tmp_path / "functions/grade/key.json").write_text("{}")
    monkeypatch.setattr(build_zips, "ROOT", tmp_path)
    monkeypatch.setattr(build_zips, "requirements", lambda _: b"")
    with pytest.raises(ValueError, match=r"functions/grade/key\.json"):
        build_zips.contents("grade")
