"""A process that writes a home until its standard input ends: `python -m tests.support.local.writing HOME`.

Each round is a slate of two tables, the second written after a while, both with the round's number as generation.
"""

import sys
import threading
import time
from itertools import count
from pathlib import Path

from shared.clock import SystemClock
from shared.contracts.rows import table
from shared.ports import Scope
from shared.settings import Settings
from tests.support.local.homes import DAY, NoFeeds, filled
from tipoff.home import Home

FIRST_TABLE, SECOND_TABLE = "nba_raw.nbac_player_list", "nba_precompute.player_composite_factors"
ROWS, PAUSE_S = 50, 0.02


def main(root: Path) -> None:
    """Write rounds; say so after the first."""
    ended = threading.Event()
    threading.Thread(target=lambda: (sys.stdin.read(), ended.set()), daemon=True).start()
    with Home(root).opened(Settings(home=root, source="history", data=root), SystemClock(), NoFeeds()) as app:
        for number in count(1):
            for name in (FIRST_TABLE, SECOND_TABLE):
                contract = table(name)
                rows = contract.to_arrow([filled(contract, {"player_id": n}) for n in range(ROWS)])
                written = app.tables.write(contract, rows, Scope("a.run", number, 1, "u", DAY, DAY))
                assert written.found == ROWS, written.refused
                time.sleep(PAUSE_S)
            app.show()
            if number == 1:
                sys.stdout.write("ready\n")
                sys.stdout.flush()
            if ended.is_set():
                return


if __name__ == "__main__":
    main(Path(sys.argv[1]))
