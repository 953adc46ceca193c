"""Everything works with the warehouse's speed settings off."""

from pathlib import Path
from typing import Any

import pytest

from tests.support.local.runs import demonstrate


def test_the_demo_without_tuning_makes_the_same_rows(
    demo: tuple[Path, dict[str, Any]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both content hashes, the picks and the grades are those of a demo with every setting on."""
    monkeypatch.setenv("TIPOFF_TUNING", "off")
    plain = demonstrate(tmp_path / "home")
    for part in ("hashes", "picks", "grades"):
        assert plain[part] == demo[1][part]
