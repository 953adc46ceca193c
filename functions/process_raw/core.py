"""Raw rows from archived bytes: one parser per feed and source, pure and loud about what it leaves out."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from shared.contracts.work import Computed, Payload, Work
from shared.errors import ContractError

if TYPE_CHECKING:
    import pyarrow as pa


def parse(
    feed: str, source: str, payloads: Sequence[Payload], inputs: "Mapping[str, pa.Table]", work: Work
) -> Computed:
    """The rows of a feed's table (without `run_id` and `generation`) from the bodies fetched for it.

    `inputs` holds `schedule` and `identities` (see queries/) for feeds that name games and players their own way.
    Records that cannot become rows are in `refused` under a rule's name, rows of no interest are counted in
    `evidence["discarded"]`. Raises ContractError when a body as a whole breaks its source contract.
    """
    # The parsers bring Arrow and NumPy: loaded with the first message, not with the process.
    if source == "history":
        from functions.process_raw.sources import history

        if feed in history.FEEDS:
            return history.parse(feed, payloads, work)
    if source == "nba":
        from functions.process_raw.sources import feeds

        if feed in feeds.PARSERS:
            return feeds.PARSERS[feed](payloads, inputs, work)
    raise ContractError(f"no parser for {feed} of source {source}")
