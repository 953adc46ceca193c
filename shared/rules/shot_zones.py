"""Where on the court a shot was taken, from its coordinates. Pure.

Coordinates are those of the NBA's `xLegacy` and `yLegacy`: tenths of a foot from the middle of the hoop, x along the
baseline, y away from it. The lane is 16 feet wide; the free-throw line is 19 feet from the baseline and the hoop 5.25,
https://official.nba.com/rule-no-1-court-dimensions-equipment/. The restricted area has a radius of 4 feet.
"""

from typing import Literal

Zone = Literal["restricted_area", "paint", "mid_range", "three"]
_LANE_HALF_WIDTH, _LANE_DEPTH, _RESTRICTED = 80, 137.5, 40
THREE = 3  # points


def zone_of(x: float, y: float, value: int) -> Zone:
    """The zone of a field goal that is worth `value` points: of three it is always `three`."""
    if value == THREE:
        return "three"
    if x * x + y * y <= _RESTRICTED * _RESTRICTED:
        return "restricted_area"
    return "paint" if abs(x) <= _LANE_HALF_WIDTH and y <= _LANE_DEPTH else "mid_range"
