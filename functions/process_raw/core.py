"""Raw rows from archived bytes: one pure parser per feed and source, which reports every record it leaves out."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pkgutil import resolve_name
from typing import TYPE_CHECKING

from functions.process_raw import parsers
from shared.contracts.rows import table
from shared.contracts.work import Computed, Payload, Work, feed_modules, modules_by_name
from shared.errors import ContractError

if TYPE_CHECKING:
    import pyarrow as pa

_ODDS, _HISTORY = (f"{parsers.__name__}.{name}" for name in ("odds_api", "history"))
# The parser of each feed (module:function) by source. Parsers import Arrow and NumPy: loaded with the first message.
# A module of parsers/ named like a raw table is a feed of the live source: its `parse`.
FEEDS = {
    "nba": {
        **feed_modules(parsers, "parse"),
        "odds_api_player_points_props": f"{_ODDS}:parse_props",
        "odds_api_game_lines": f"{_ODDS}:parse_game_lines",
        "odds_api_closing_lines": f"{_ODDS}:parse_props",
    },
    "history": {
        "nbac_schedule": f"{_HISTORY}:parse_schedule",
        "nbac_injury_report": f"{_HISTORY}:parse_injury_report",
        "nbac_gamebook_player_stats": f"{_HISTORY}:parse_box_scores",
        "odds_api_player_points_props": f"{_HISTORY}:parse_props",
        "odds_api_game_lines": f"{_HISTORY}:parse_game_lines",
        "odds_api_closing_lines": f"{_HISTORY}:parse_closing_lines",
    },
}
IMPLEMENTS = modules_by_name(*FEEDS.values())
Inputs = Mapping[str, "pa.Table"]
Parser = Callable[[Sequence[Payload], Inputs, Work], Computed]


def parse(feed: str, source: str, payloads: Sequence[Payload], inputs: Inputs, work: Work) -> Computed:
    """The rows of a feed's table (without `run_id` and `generation`) from the bodies fetched for it.

    `inputs` holds `schedule` and `identities` (see queries/) for feeds that name games and players their own way.
    Records that cannot become rows are in `refused` under a rule's name, rows of no interest are counted in
    `evidence["discarded"]`. Rows of one key are resolved by shared/rules/repeats.py, whatever their parser. Raises
    ContractError when a body as a whole breaks the contract of its feed.
    """
    if feed not in FEEDS.get(source, {}):
        raise ContractError(f"no parser for {feed} of source {source}")
    parser: Parser = resolve_name(FEEDS[source][feed])
    return _resolved(feed, parser(payloads, inputs, work))


def _resolved(feed: str, computed: Computed) -> Computed:
    """The result with repeated keys resolved; equal repeats are counted as `identical_repeat`."""
    from shared.rules.repeats import resolve  # imports Arrow, as the parser did

    if not computed.rows:
        return computed
    contract = table(f"nba_raw.{feed}")
    rows = contract.to_arrow(computed.rows) if isinstance(computed.rows, list) else computed.rows
    rows, identical = resolve(rows, contract.key, dict(contract.quoted))
    discarded = {**computed.evidence.get("discarded", {}), **({"identical_repeat": identical} if identical else {})}
    return replace(computed, rows=rows, evidence={**computed.evidence, "discarded": discarded})
