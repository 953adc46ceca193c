"""What `import tipoff` offers to a notebook. `load_dictionary` and docs/data-dictionary.md explain the columns.

Every loader takes the same three arguments. `seasons`: None for the newest season there is, a year (2024 is 2024-25), a
list of years, or True for all. `as_of`: rows as they were known at that moment, by the same door that predictions read
through: an aware datetime, ISO 8601 text with an offset, or a date for its first moment in US Eastern; None for now.
`home`: the folder; by default the environment's TIPOFF_HOME, else build/home.

Rows are in the order of date and key, superseded generations left out. Nulls stay null. `frame.attrs["about"]`, which
`print` shows, says where the rows come from and how new they are. TipoffError says what is missing.
"""

from typing import TYPE_CHECKING

from tipoff.frames import cache
from tipoff.frames.cache import set_cache
from tipoff.frames.loading import Folder, Moment, Seasons, home_at, load, load_dictionary, load_status

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "load_features", "load_lines", "load_predictions", "load_grades", "load_market", "load_box_scores",
    "load_status", "load_dictionary", "set_cache", "clear_cache",
]  # fmt: skip


def load_features(seasons: Seasons = None, as_of: Moment = None, home: Folder = None) -> "pd.DataFrame":
    """One row per player and game: what a prediction read of him, with his line and status, as of 30 minutes before."""
    return load("features", seasons, as_of, home)


def load_lines(seasons: Seasons = None, as_of: Moment = None, home: Folder = None) -> "pd.DataFrame":
    """Each book's points lines, one row per line and prices, from when it was first seen with them."""
    return load("lines", seasons, as_of, home)


def load_predictions(seasons: Seasons = None, as_of: Moment = None, home: Folder = None) -> "pd.DataFrame":
    """Every system's distribution per player and game, with the line, the chances and the pick; own systems too."""
    return load("predictions", seasons, as_of, home)


def load_grades(seasons: Seasons = None, as_of: Moment = None, home: Folder = None) -> "pd.DataFrame":
    """What became of every prediction: outcome, points, errors and Brier score."""
    return load("grades", seasons, as_of, home)


def load_market(seasons: Seasons = None, as_of: Moment = None, home: Folder = None) -> "pd.DataFrame":
    """The market as a distribution per player and game, from all books' quotes without their hold."""
    return load("market", seasons, as_of, home)


def load_box_scores(seasons: Seasons = None, as_of: Moment = None, home: Folder = None) -> "pd.DataFrame":
    """One row per player listed for a game that ended, with what he did; a DNP has no statistics."""
    return load("box_scores", seasons, as_of, home)


def clear_cache(home: Folder = None) -> None:
    """Forget the loaded rows that are kept in memory and in the home's files."""
    cache.clear_cache(home_at(home))
