"""Which requests a feed needs: plans that yield one request, read its answer, and yield the next."""

from collections.abc import Callable
from pkgutil import resolve_name

from functions.scrape import plans
from shared.contracts.work import FetchPlan, Work, feed_modules, modules_by_name
from shared.errors import ContractError

_NBA, _ODDS, _HISTORY = (f"{plans.__name__}.{name}" for name in ("nba", "odds_api", "history"))
# The plan of each feed (module:function) by source. A unit whose feed the source does not offer ends as `no_source`.
# A module of plans/ named like a raw table is a feed of the live source: its `requests`.
FEEDS = {
    "nba": {
        **feed_modules(plans, "requests"),
        "nbac_schedule": f"{_NBA}:schedule",
        "nbac_player_list": f"{_NBA}:player_list",
        "nbac_gamebook_player_stats": f"{_NBA}:box_scores",
        "odds_api_player_points_props": f"{_ODDS}:player_points",
        "odds_api_game_lines": f"{_ODDS}:game_lines",
        "odds_api_closing_lines": f"{_ODDS}:closing_lines",
    },
    "history": {
        "nbac_schedule": f"{_HISTORY}:schedule",
        "nbac_injury_report": f"{_HISTORY}:injury_report",
        "nbac_gamebook_player_stats": f"{_HISTORY}:box_scores",
        "odds_api_player_points_props": f"{_HISTORY}:player_points",
        "odds_api_game_lines": f"{_HISTORY}:game_lines",
        "odds_api_closing_lines": f"{_HISTORY}:player_points",
    },
}
IMPLEMENTS = modules_by_name(*FEEDS.values())


def has_feed(feed: str, source: str) -> bool:
    """Whether the source offers the feed at all; an unknown source is a ContractError."""
    if source not in FEEDS:
        raise ContractError(f"no source {source}: one of {', '.join(FEEDS)}")
    return feed in FEEDS[source]


def plan(feed: str, work: Work, source: str) -> FetchPlan:
    """The requests of a feed for the work's window: yields each Request, is sent its body, and may ask for more.

    `source` is `nba` (HTTP) or `history` (a folder). A feed that the source does not offer needs no request. An unknown
    source is a ContractError, as is a body that does not hold what the next request needs.
    """
    if not has_feed(feed, source):
        return None
    make: Callable[[Work], FetchPlan] = resolve_name(FEEDS[source][feed])
    return (yield from make(work))
