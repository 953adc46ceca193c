"""Quotes by what they may be used for: the counts of a home by reason of refusal, book and date."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from shared.adapters.local.readers import HomeRows

# Each book's newest quotes at the prediction time; older ones were superseded, not refused.
_SQL = """
SELECT {by}, COALESCE(refused_bet, '') AS reason, COUNT(*) AS quotes, COUNT(refused_input) AS refused_input,
  COUNT(refused_bet) AS refused_bet, MEDIAN(age_minutes) AS age_minutes, MEDIAN(hold) AS hold
FROM nba_analytics.player_quotes
WHERE is_current AND game_date BETWEEN $first AND $last
GROUP BY ALL ORDER BY ALL
"""
BY = ("game_date", "bookmaker")


# Hold is a book's margin on main lines that a prediction may use, whether or not they are too old to bet on.
_HOLDS = """
SELECT bookmaker, COUNT(hold) AS quotes, MEDIAN(hold) AS hold, MEDIAN(age_minutes) AS age_minutes
FROM nba_analytics.player_quotes
WHERE is_current AND is_main AND refused_input IS NULL AND hold IS NOT NULL AND game_date BETWEEN $first AND $last
GROUP BY ALL ORDER BY ALL
"""


def holds(tables: HomeRows, first: date, last: date) -> list[dict[str, Any]]:
    """Per book the median hold and age of its main lines with both prices, as of the prediction times."""
    rows: list[dict[str, Any]] = tables.read(_HOLDS, {"first": first, "last": last}).to_pylist()
    return rows


def counted(tables: HomeRows, first: date, last: date, by: Sequence[str] = BY) -> list[dict[str, Any]]:
    """Per value of `by` and reason: the quotes, how many are refused as input and as a bet, median age and hold."""
    sql = _SQL.format(by=", ".join(by))
    rows: list[dict[str, Any]] = tables.read(sql, {"first": first, "last": last}).to_pylist()
    return rows
