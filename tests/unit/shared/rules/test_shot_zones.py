"""Zones of shots by their coordinates."""

import pytest

from shared.rules.shot_zones import zone_of


@pytest.mark.parametrize(
    ("x", "y", "value", "zone"),
    [
        (0, 0, 2, "restricted_area"), (24, 32, 2, "restricted_area"), (25, 32, 2, "paint"), (-80, 137.5, 2, "paint"),
        (81, 20, 2, "mid_range"), (0, 138, 2, "mid_range"), (0, 10, 3, "three"), (-230, 5, 3, "three"),
    ],
)  # fmt: skip
def test_zones(x: float, y: float, value: int, zone: str) -> None:
    """Four feet around the hoop, the lane, the rest; a shot that is worth three is a three wherever it stands."""
    assert zone_of(x, y, value) == zone
