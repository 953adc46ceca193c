"""The columns of the evaluation's tables: figure, heading and format, for the terminal and for the page."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import isfinite
from typing import Any

COUNT, MANY = ",.0f", 1e6


@dataclass(frozen=True)
class Column:
    """A figure's key, its heading and its format."""

    key: str
    heading: str
    form: str = ""

    def cell(self, row: Mapping[str, Any]) -> str:
        """The figure, text or interval as text; empty if the row has none."""
        value = row.get(self.key)
        if value is None or isinstance(value, str):
            return value or ""
        if isinstance(value, tuple):
            return f"({', '.join(map(self._number, value))})"
        return self._number(value)

    def _number(self, value: float) -> str:
        if not isfinite(value):
            return "-"
        many = self.form == COUNT and value >= MANY
        return "over a million" if many else f"{0.0 + value:{self.form}}"  # 0.0: no minus zero


def _with_interval(key: str, heading: str, form: str) -> tuple[Column, Column]:
    """A figure and, in the same format, its 95 % interval."""
    return Column(key, heading, form), Column(f"{key}_95", "95 %", form)


def _beside_best(score: str, heading: str, form: str) -> tuple[Column, ...]:
    """The lead in a score on the best baseline, with its interval, the baseline's name, and the word it may carry."""
    lead = _with_interval(f"{score}_lead", f"{heading} lead", form)
    return (*lead, Column(f"{score}_best", "on"), Column(f"{score}_word", "so"))


def _beside(score: str, heading: str, form: str) -> tuple[Column, ...]:
    """A baseline's score, and our lead on it with its interval."""
    return Column(f"{score}_of_baseline", heading, form), *_with_interval(f"{score}_lead", "lead", f"+{form}")


POINTS = (
    Column("rows", "rows", COUNT),
    Column("dates", "dates", COUNT),
    Column("mae", "MAE", ".3f"),
    Column("line_mae", "line MAE", ".3f"),
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
    Column("over_rate", "over rate", ".1%"),
    *_with_interval("calibration_slope", "slope", ".2f"),
    *_with_interval("hit_rate", "hit rate", ".1%"),
)
BEST = (
    *_beside_best("mae", "MAE", "+.3f"),
    *_beside_best("crps", "CRPS", "+.4f"),
    *_beside_best("log_score", "log score", "+.4f"),
    *_beside_best("brier", "Brier", "+.4f"),
)
BASELINES = (
    Column("baseline", "baseline"),
    Column("crps_rows", "rows", COUNT),
    *_beside("mae", "MAE", ".3f"),
    *_beside("crps", "CRPS", ".4f"),
    *_beside("log_score", "log score", ".4f"),
    *_beside("brier", "Brier", ".4f"),
)
BETS = (
    Column("bets", "bets", COUNT),
    Column("bet_dates", "dates", COUNT),
    Column("bets_over", "OVER", COUNT),
    *_with_interval("roi", "ROI", "+.1%"),
    Column("claimed_ev", "claimed EV", "+.1%"),
    *_with_interval("roi_less_claimed", "ROI less claimed", "+.1%"),
    Column("roi_at_line", "ROI at the line's book", "+.1%"),
    Column("blind_over_roi", "blind OVER", "+.1%"),
    Column("blind_under_roi", "blind UNDER", "+.1%"),
    *_with_interval("roi_lead", "lead on the better blind", "+.1%"),
    Column("roi_word", "so"),
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
QUOTES = (
    Column("bookmaker", "book"),
    Column("reason", "as a bet"),
    Column("quotes", "quotes", COUNT),
    Column("refused_input", "not even input", COUNT),
    Column("age_minutes", "median age in minutes", COUNT),
    Column("hold", "median hold", ".1%"),
)
HOLDS = (
    Column("bookmaker", "book"),
    Column("quotes", "main lines with both prices", COUNT),
    Column("hold", "median hold", ".1%"),
    Column("age_minutes", "median age in minutes", COUNT),
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
        *POINTS[:4],
        *_with_interval("lead_on_shown", f"lead on {shown}", "+.3f"),
        Column("crps", "CRPS", ".3f"),
        Column("brier", "Brier", ".4f"),
    )


def labelled(by: str, columns: Sequence[Column]) -> tuple[Column, ...]:
    """The columns after the system's name and, if the rows are split, the part's."""
    part = () if by == "system" else (Column(by, by),)
    return (Column("system", "system"), *part, *columns)
