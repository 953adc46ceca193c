"""Which figures people see, under which heading, written how: one list for the terminal and for the page."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import isfinite
from typing import Any

MANY = 1e6


@dataclass(frozen=True)
class Column:
    """A figure's key, its heading and how it is written."""

    key: str
    heading: str
    write: Callable[[Any], str]

    def cell(self, row: Mapping[str, Any]) -> str:
        """The figure as text, empty where there is none."""
        value = row.get(self.key)
        return "" if value is None else self.write(value)


def _number(digits: int, *, signed: bool = False) -> Callable[[Any], str]:
    return lambda v: f"{v:{'+' if signed else ''}.{digits}f}" if isfinite(v) else "-"


def _share(digits: int = 1, *, signed: bool = False) -> Callable[[Any], str]:
    return lambda v: f"{v:{'+' if signed else ''}.{digits}%}" if isfinite(v) else "-"


def _interval(write: Callable[[Any], str]) -> Callable[[Any], str]:
    return lambda v: f"({write(v[0])}, {write(v[1])})"


def _count(value: Any) -> str:
    if not isfinite(value):
        return "-"
    return f"{value:,.0f}" if value < MANY else "over a million"


POINTS = (
    Column("rows", "rows", _count),
    Column("mae", "MAE", _number(3)),
    Column("line_mae", "line's", _number(3)),
    Column("mae_against_line", "less line", _number(3, signed=True)),
    Column("mae_against_line_95", "95 %", _interval(_number(3, signed=True))),
    Column("moving_average_mae", "mov. avg.", _number(3)),
    Column("moving_average_rows", "on rows", _count),
    Column("rmse", "RMSE", _number(2)),
    Column("bias", "bias", _number(2, signed=True)),
    Column("crps", "CRPS", _number(3)),
    Column("log_score", "log", _number(3)),
    Column("coverage_80", "80 % holds", _share()),
)
CHANCES = (
    Column("decided", "decided", _count),
    Column("brier", "Brier", _number(4)),
    Column("market_brier", "market's", _number(4)),
    Column("brier_against_market", "less market", _number(4, signed=True)),
    Column("brier_against_market_95", "95 %", _interval(_number(4, signed=True))),
    Column("calibration_slope", "slope", _number(2)),
    Column("calibration_slope_95", "95 %", _interval(_number(2))),
    Column("hit_rate", "hits", _share()),
    Column("hit_rate_95", "Wilson", _interval(_share())),
)
BETS = (
    Column("bets", "bets", _count),
    Column("roi", "returned", _share(signed=True)),
    Column("roi_95", "95 %", _interval(_share(signed=True))),
    Column("more_bets_until_known", "more until known", _count),
    Column("line_moved_our_way", "line since opening", _number(2, signed=True)),
    Column("clv_bets", "bets with a later quote", _count),
    Column("clv_points", "closing-line value", _number(2, signed=True)),
    Column("clv_beaten", "beat the close", _share()),
    Column("trials", "trials", _count),
)
FILTERS = (
    Column("filter", "filter", str),
    Column("state", "", str),
    Column("bets", "bets kept out", _count),
    Column("void", "void", _count),
    Column("roi", "returned", _share(signed=True)),
    Column("roi_95", "95 %", _interval(_share(signed=True))),
    Column("units_saved", "units saved", _number(1, signed=True)),
)
ABLATION = (
    Column("group", "withheld", str),
    Column("how", "how", str),
    Column("mae", "MAE rises by", _number(3, signed=True)),
    Column("mae_95", "95 %", _interval(_number(3, signed=True))),
    Column("crps", "CRPS rises by", _number(3, signed=True)),
    Column("crps_95", "95 %", _interval(_number(3, signed=True))),
)


def same_rows(shown: str) -> tuple[Column, ...]:
    """What is compared on rows common to all systems, each less the shown one."""
    return (
        *POINTS[:5],
        Column("mae_against_shown", f"less {shown}", _number(3, signed=True)),
        Column("mae_against_shown_95", "95 %", _interval(_number(3, signed=True))),
        Column("crps", "CRPS", _number(3)),
        Column("brier", "Brier", _number(4)),
    )


def labelled(by: str, columns: Sequence[Column]) -> tuple[Column, ...]:
    """The columns behind the system's name and, if the rows are split, the part's."""
    part = () if by == "system" else (Column(by, by, str),)
    return (Column("system", "system", str), *part, *columns)
