"""Plans for a history folder: the work's window of each file that a feed is made from."""

from collections.abc import Callable

from shared.contracts.work import Request, Requests, Work


def _files(*names: str) -> Callable[[Work], Requests]:
    """A plan that requests these files, each as known at the work's `as_of`."""

    def plan(work: Work) -> Requests:
        window = {
            "from": work.from_date.isoformat(),
            "to": work.to_date.isoformat(),
            "known_by": work.as_of.isoformat(),
        }
        for name in names:
            yield Request("history", name, window)

    return plan


schedule = _files("games")
injury_report = _files("games", "injury_snapshots", "inactives")
box_scores = _files("games", "box_scores")
player_points = _files("games", "props_points")
game_lines = _files("games", "game_lines")
