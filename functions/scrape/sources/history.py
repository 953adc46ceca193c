"""Plans for a history folder: the same window of every file that a feed is made from."""

from collections.abc import Callable, Generator

from shared.contracts.work import Request, Work

FILES: dict[str, tuple[str, ...]] = {
    "nbac_schedule": ("games",),
    "nbac_injury_report": ("games", "injury_snapshots", "inactives"),
    "nbac_gamebook_player_stats": ("games", "box_scores"),
    "odds_api_player_points_props": ("games", "props_points"),
    "odds_api_game_lines": ("games", "game_lines"),
}


def plan_of(feed: str) -> Callable[[Work], Generator[Request, bytes, None]]:
    """The plan that asks for the feed's files, each as known at the work's `as_of`."""

    def files(work: Work) -> Generator[Request, bytes, None]:
        window = {
            "from": work.from_date.isoformat(),
            "to": work.to_date.isoformat(),
            "known_by": work.as_of.isoformat(),
        }
        for name in FILES[feed]:
            yield Request("history", name, window)

    return files
