"""Old faults put back, each of which a messy date must notice: `python -m tests.mess.mutants`, or `make mess-mutants`.

Each mutant names the faults with which it is tried, on the first prepared date; without it that date is sound.
"""

import logging
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from functions.process_raw.feeds.nba_cdn import boxscore
from functions.process_raw.parsers import nbac_gamebook_player_stats, nbac_schedule, odds_api
from functions.process_raw.parsers.matching import Matcher
from functions.process_raw.results import Tally
from functions.scrape import core as scraping
from shared.adapters import http_feeds
from shared.errors import ContractError
from shared.rules import repeats, schedule
from shared.rules.tally import tally
from tests.mess import run, world
from tests.mess.faults import Fault
from tests.mess.invariants import Broken
from tests.mess.run import Scenario
from tests.mess.world import Prepared
from tests.sim.mutants.base import swapped
from tipoff.evaluation import outcomes

GAME, OTHER = "game", "other game"  # of the date: the first, and the last


@dataclass(frozen=True)
class Mutant:
    """An old fault: what it does, the attribute that has it, and the kinds of faults, by target, that show it."""

    name: str
    about: str
    swap: tuple[Any, str, Any]
    steps: tuple[str, ...]
    faults: Mapping[str, str]


def _plan_without_entities(feed: str, work: Any, source: str) -> Iterator[Any]:
    plan = _PLAN(feed, work, source)
    body = None
    try:
        request = next(plan)
        while True:
            body = yield replace(request, entity="")
            request = plan.send(body)
    except StopIteration as end:
        return end.value


_PLAN, _LINE = scraping.plan, boxscore._line
_REFUSE, _TEXTS, _SCHEDULE, _GAME = Tally.refuse, schedule._TEXTS, nbac_schedule.take_back, schedule._game


def _refused_starter(player: Mapping[str, Any], *, is_over: bool) -> tuple[dict[str, Any], str]:
    line, rule = _LINE(player, is_over=is_over)
    return line, rule or ("null_starter" if player["starter"] is None else "")


def _exact_player(self: Matcher, name: str, teams: tuple[str, ...]) -> dict[str, Any] | None:
    return next((p for t in teams for p in self.rosters.get(t, []) if p["player_name"] == name), None)


def _exact_order(self: Matcher, home: str, away: str, commence: Any) -> dict[str, Any] | None:
    found = _MATCH(self, home, away, commence)
    return found if found and odds_api.TRICODES.get(home) == found["home_team"] else None


_MATCH = Matcher.game


def _none_of_them(rows: Any, quoted: Any) -> list[Any]:
    return list(rows) if len(rows) == 1 else []


def _raise_for_a_book(self: Tally, rule: str, *records: Any) -> None:
    if rule == "unreadable_bookmaker":
        raise ContractError("a bookmaker without key, markets or outcomes")
    _REFUSE(self, rule, *records)


def _read_all_or_nothing(self: Tally, payloads: Any, reader: Any) -> Iterator[Any]:
    return (reader(payload) for payload in payloads)


def _only_adds(stored: Any, *given: Any) -> Any:
    del stored
    return _SCHEDULE([], *given)


def _by_the_flag(game: Mapping[str, Any], assumptions: Any) -> Any:
    flagged = {**game, "gameStatusText": "PPD"} if game.get("postponedStatus") == "Y" else game
    return _GAME(flagged, assumptions)


def _graded_only(issued: Any, graded: Any) -> Any:
    del issued
    return tally([], graded)


def _no_mark(body: bytes, site: str, where: str) -> None:
    if body.startswith(b"\xef\xbb\xbf"):
        raise ContractError(f"{where}: not json")
    _CHECK(body, site, where)


_CHECK = http_feeds._check_kind
_ROWS = nbac_gamebook_player_stats._team_rows


def _with_repeats(game: Mapping[str, Any], side: str, *more: Any) -> list[dict[str, Any]]:
    ids = [p["personId"] for p in game[f"{side}Team"]["players"]]
    return [row for row in _ROWS(game, side, *more) for _ in range(ids.count(row["player_id"]))]


BOX = nbac_gamebook_player_stats
MUTANTS = (
    Mutant("one_missing_box_score_drops_all", "a fetch that fails ends the whole feed",
           (scraping, "plan", _plan_without_entities), ("graded",), {"box_score.404": GAME}),
    Mutant("one_missing_event_drops_all", "an unknown event ends the whole feed of lines",
           (scraping, "plan", _plan_without_entities), ("last",), {"event_odds.expired": GAME}),
    Mutant("not_final_is_final", "a box score of a game that is being played is taken",
           (BOX, "FINAL", 2), ("graded",), {"box_score.not_final": GAME}),
    Mutant("null_flag_is_refused", "a starter flag that nobody needs is required",
           (boxscore, "_line", _refused_starter), ("graded",), {"box_score.null_starter": GAME}),
    Mutant("sums_unchecked", "players' points need not add up to the score",
           (BOX, "difference", lambda *_: ""), ("graded",), {"box_score.score_behind": GAME}),
    Mutant("exact_names", "a player is matched by his exact name",
           (Matcher, "player", _exact_player), ("last",), {"event_odds.plain_spelling": GAME}),
    Mutant("none_of_contradicting", "of contradicting repeats none stands, in silence",
           (repeats, "settle", _none_of_them), ("last",), {"odds.contradicting_moneyline": GAME}),
    Mutant("one_book_drops_all", "a bookmaker that cannot be read ends the whole feed",
           (Tally, "refuse", _raise_for_a_book), ("last",), {"event_odds.book_without_markets": GAME}),
    Mutant("one_cut_answer_drops_all", "an event's answer that is cut off ends the whole feed",
           (Tally, "read", _read_all_or_nothing), ("last",), {"event_odds.cut_off": GAME}),
    Mutant("schedule_only_adds", "a game that the schedule no longer lists stays",
           (nbac_schedule, "take_back", _only_adds), ("last",), {"schedule.withdrawn": GAME}),
    Mutant("postponed_by_the_flag", "a game is postponed by a flag that every game may carry",
           (schedule, "_game", _by_the_flag), ("last",), {"schedule.every_game_flagged": ""}),
    Mutant("pending_left_out", "predictions without grades are in no count",
           (outcomes, "tally", _graded_only), ("graded",), {"schedule.404": ""}),
    Mutant(
        "same_player_counts_twice",
        "a player listed twice alike is summed twice",
        (BOX, "_team_rows", _with_repeats),
        ("graded",),
        {"box_score.same_player_twice": GAME},
    ),
    Mutant("byte_order_mark_refused", "a byte-order mark is no JSON",
           (http_feeds, "_check_kind", _no_mark), ("graded",), {"box_score.byte_order_mark": GAME}),
)  # fmt: skip


def scenario_of(mutant: Mutant, prepared: Prepared) -> Scenario:
    """The scenario in which the mutant is tried."""
    day = prepared.days[0]
    games = [g.fixture.game_id for g in day.league.slate(day.day) if g.sides]
    targets = {GAME: games[0], OTHER: games[-1], "": ""}
    faults = tuple(Fault(kind, targets[t], 7, mutant.steps) for kind, t in mutant.faults.items())
    return Scenario(str(day.day), mutant.steps, faults, heals=False)


def death(mutant: Mutant, prepared: Prepared) -> list[Broken]:
    """What a messy date shows of the mutant."""
    with swapped(*mutant.swap):
        return run.broken_of(prepared, scenario_of(mutant, prepared))


def main(say: Callable[[str], Any] = print) -> int:
    """List every mutant with what killed it; 1 if one survives, or if its scenario is broken without it."""
    logging.getLogger("tipoff").setLevel(logging.CRITICAL)
    prepared, wrong = world.prepare(run.ROOT_OF_HOMES, run.DATES), 0
    for mutant in MUTANTS:
        sound, killed = run.broken_of(prepared, scenario_of(mutant, prepared)), death(mutant, prepared)
        result = f"killed: {str(killed[0])[:160]}" if killed else "SURVIVES"
        say(f"{mutant.name}: {mutant.about}\n    {result}" + (f"\n    BROKEN WITHOUT IT: {sound[0]}" if sound else ""))
        wrong += not killed or bool(sound)
    say(f"{len(MUTANTS)} mutants, {wrong} survive or are not the cause")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
