"""Which requests a feed needs: plans that ask for one thing, look at the answer, and ask for the next."""

from collections.abc import Callable, Generator

from functions.scrape.sources import history, injury_report, nba, odds_api
from shared.contracts.work import Request, Work
from shared.errors import ContractError

Plan = Generator[Request, bytes, None]

_PLANS: dict[str, dict[str, Callable[[Work], Plan]]] = {
    "nba": {
        "nbac_schedule": nba.schedule,
        "nbac_player_list": nba.player_list,
        "nbac_injury_report": injury_report.reports,
        "nbac_gamebook_player_stats": nba.box_scores,
        "odds_api_player_points_props": odds_api.player_points,
        "odds_api_game_lines": odds_api.game_lines,
    },
    "history": {feed: history.plan_of(feed) for feed in history.FILES},
}


def has_feed(feed: str, source: str) -> bool:
    """Whether the source offers the feed at all; a feed it lacks is reported as `no_source`."""
    return feed in _PLANS.get(source, {})


def plan(feed: str, work: Work, source: str) -> Plan:
    """The requests of a feed for the work's window: yields each Request, is sent its body, and may ask for more.

    `source` is `nba` (HTTP) or `history` (a folder). A feed the source lacks asks for nothing; an unknown source is a
    ContractError, as is a body that does not hold what the next request needs.
    """
    if source not in _PLANS:
        raise ContractError(f"no source {source}: one of {', '.join(_PLANS)}")
    if has_feed(feed, source):
        yield from _PLANS[source][feed](work)
