"""Raw rows from archived bytes: one parser per feed and source, pure and loud about what it leaves out."""

from collections.abc import Mapping, Sequence

import pyarrow as pa

from functions.process_raw.sources import box_score, history, injury_report, odds_api, player_list, schedule
from shared.contracts.work import Computed, Payload, Work
from shared.errors import ContractError

_NBA = {
    "nbac_schedule": schedule.parse,
    "nbac_player_list": player_list.parse,
    "nbac_injury_report": injury_report.parse,
    "nbac_gamebook_player_stats": box_score.parse,
    "odds_api_player_points_props": odds_api.parse_props,
    "odds_api_game_lines": odds_api.parse_game_lines,
}


def parse(feed: str, source: str, payloads: Sequence[Payload], inputs: Mapping[str, pa.Table], work: Work) -> Computed:
    """The rows of a feed's table (without `run_id` and `generation`) from the bodies fetched for it.

    `inputs` holds `schedule` and `identities` (see queries/) for feeds that name games and players their own way.
    Records that cannot become rows are in `refused` under a rule's name, rows of no interest are counted in
    `evidence["discarded"]`. Raises ContractError when a body as a whole breaks its source contract.
    """
    if source == "history" and feed in history.FEEDS:
        return history.parse(feed, payloads, work)
    if source == "nba" and feed in _NBA:
        return _NBA[feed](payloads, inputs, work)
    raise ContractError(f"no parser for {feed} of source {source}")
