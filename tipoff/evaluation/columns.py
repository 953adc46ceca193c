"""The columns of the evaluation's tables: figure, heading and format, for the terminal and for the page."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import isfinite
from typing import Any

COUNT, MANY = ",.0f", 1e6


@dataclass(frozen=True)
class Column:
    """A figure's key, its heading, its format, and -1 as `sign` where ours less theirs is shown as our lead."""

    key: str
    heading: str
    form: str = ""
    sign: int = 1

    def cell(self, row: Mapping[str, Any]) -> str:
        """The figure, text or interval as text; empty if the row has none."""
        value = row.get(self.key)
        if value is None or isinstance(value, str):
            return value or ""
        if isinstance(value, tuple):
            return f"({', '.join(map(self._number, value[:: self.sign]))})"
        return self._number(value)

    def _number(self, value: float) -> str:
        if not isfinite(value):
            return "-"
        many = self.form == COUNT and value >= MANY
        return "over a million" if many else f"{0.0 + self.sign * value:{self.form}}"  # 0.0: no minus zero


def _with_interval(key: str, heading: str, form: str, sign: int = 1) -> tuple[Column, Column]:
    """A figure and, in the same format, its 95 % interval."""
    return Column(key, heading, form, sign), Column(f"{key}_95", "95 %", form, sign)


POINTS = (
    Column("rows", "rows", COUNT),
    Column("mae", "MAE", ".3f"),
    Column("line_mae", "line MAE", ".3f"),
    *_with_interval("mae_against_line", "beats line by", "+.3f", sign=-1),
    Column("moving_average_mae", "mov. avg.", ".3f"),
    Column("moving_average_rows", "on rows", COUNT),
    Column("rmse", "RMSE", ".2f"),
    Column("bias", "bias", "+.2f"),
    Column("crps", "CRPS", ".3f"),
    Column("log_score", "log score", ".3f"),
    Column("coverage_80", "coverage", ".1%"),
)
CHANCES = (
    Column("decided", "no push", COUNT),
    Column("brier", "Brier", ".4f"),
    Column("market_brier", "market", ".4f"),
    *_with_interval("brier_against_market", "beats market by", "+.4f", sign=-1),
    *_with_interval("calibration_slope", "slope", ".2f"),
    *_with_interval("hit_rate", "hit rate", ".1%"),
)
BETS = (
    Column("bets", "bets", COUNT),
    *_with_interval("roi", "ROI", "+.1%"),
    Column("more_bets_to_significance", "more bets to significance", COUNT),
    Column("line_moved_our_way", "line move since opening", "+.2f"),
    Column("clv_bets", "bets with CLV", COUNT),
    Column("clv_coverage", "of bets", ".0%"),
    *_with_interval("clv_points", "CLV in points", "+.2f"),
    *_with_interval("clv_chance", "CLV in chance", "+.2%"),
    Column("clv_beaten", "beat the close", ".1%"),
    Column("trials", "variants tried", COUNT),
)
SHOPPING = (
    Column("picks", "picks", COUNT),
    *_with_interval("best_roi", "best price", "+.1%"),
    *_with_interval("headline_roi", "line's book", "+.1%"),
    *_with_interval("median_roi", "median book", "+.1%"),
    *_with_interval("own_roi", "own book", "+.1%"),
    Column("own_bets", "bets there", COUNT),
    *_with_interval("gained", "shopping gained", "+.2%"),
)
NEXT_SNAPSHOT = (
    Column("picks", "picks", COUNT),
    Column("next_best_bets", "seen again at the best book", COUNT),
    *_with_interval("next_best_roi", "its price then", "+.1%"),
    *_with_interval("lost_by_waiting", "lost by waiting", "+.2%"),
    Column("next_median_bets", "at any book", COUNT),
    *_with_interval("next_median_roi", "median book", "+.1%"),
    Column("next_own_bets", "at the own book", COUNT),
    *_with_interval("next_own_roi", "own book", "+.1%"),
)
FILTERS = (
    Column("filter", "filter"),
    Column("state", ""),
    Column("bets", "bets removed", COUNT),
    Column("void", "void", COUNT),
    *_with_interval("roi", "ROI", "+.1%"),
    Column("units_saved", "units saved", "+.1f"),
)
MARKET = (
    Column("rows", "rows", COUNT),
    Column("crps", "market's CRPS", ".4f"),
    *_with_interval("crps_lead", "lead", "+.4f"),
    Column("log_score", "market's log score", ".4f"),
    *_with_interval("log_score_lead", "lead", "+.4f"),
    Column("brier", "market's Brier", ".4f"),
    *_with_interval("brier_lead", "lead", "+.4f"),
)
QUOTES = (
    Column("bookmaker", "book"),
    Column("reason", "as a bet"),
    Column("quotes", "quotes", COUNT),
    Column("refused_input", "not even input", COUNT),
    Column("age_minutes", "median age in minutes", COUNT),
    Column("hold", "median hold", ".1%"),
)
ABLATION = (
    Column("group", "withheld"),
    Column("how", "how"),
    *_with_interval("mae", "MAE rises by", "+.3f"),
    *_with_interval("crps", "CRPS rises by", "+.3f"),
)


def same_rows(shown: str) -> tuple[Column, ...]:
    """The columns of systems compared on their common rows, each also with the shown one."""
    return (
        *POINTS[:5],
        *_with_interval("mae_against_shown", f"beats {shown} by", "+.3f", sign=-1),
        Column("crps", "CRPS", ".3f"),
        Column("brier", "Brier", ".4f"),
    )


def labelled(by: str, columns: Sequence[Column]) -> tuple[Column, ...]:
    """The columns after the system's name and, if the rows are split, the part's."""
    part = () if by == "system" else (Column(by, by),)
    return (Column("system", "system"), *part, *columns)
