"""Real-world faults as small pure descriptions, and the one transformer that applies them to a source's answers.

A kind says in which document it happens, to which entity, and what must follow from it:

    named     the entity is named in what the run says about itself
    harmless  nothing may change
    only      the tables that may change, where it is fewer than all that depend on the entity
    runs      the kinds of run to which it matters
    keeps     the same predictions and grades are there, though they may say something else
    stays     the rows were true when they were seen, so that they stay when it is healed
    sticks    the value is plausible: no run can tell, so that a rerun is asked for in any case
"""

import json
from collections.abc import Callable, Iterable, Mapping
from copy import deepcopy
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from functools import partial
from random import Random
from typing import Any

from shared.rules.teams import TEAMS
from shared.work.app import App
from tests.mess.answers import Answer, document_of
from tests.mess.surroundings import JUMPS, OLDER_MAPS, left_open
from tests.mess.touched import Touched
from tipoff.sample import League, odds
from tipoff.sample.league import Game
from tipoff.sample.players import SamplePlayer

Edit = Callable[["Site", Any], Any]
BLOCK_PAGE = b"<!DOCTYPE html><html><title>Just a moment...</title></html>"
PER_GAME = ("box_score", "event_odds")
QUOTA = "event_odds.quota_ends"
JUMP_IN = 8  # a clock jumps during one of the first requests of a run
WHOLE = ("schedule", "player_list", "injury_report", "events", "odds")
AROUND = ("clock", "older_map")  # not in a document: see surroundings.py
PREGAME = ("schedule", "player_list", "injury_report", "events", "event_odds", "odds", *AROUND)
POSTGAME = ("schedule", "box_score", *AROUND)
GAME_TABLES = (
    "nba_raw.nbac_gamebook_player_stats",
    "nba_analytics.player_game_summary",
    "nba_precompute.player_daily_cache",
)


@dataclass(frozen=True)
class Fault:
    """One fault: `kind` is `document.what`, `target` a game or player id (empty: the document as a whole).

    It is in force during the steps of these names, on the first `times` answers of each (0: on all).
    """

    kind: str
    target: str
    seed: int
    steps: tuple[str, ...]
    times: int = 0

    @property
    def document(self) -> str:
        """The document in which it happens."""
        return self.kind.partition(".")[0]

    def __str__(self) -> str:
        """The fault in words."""
        briefly = f", first {self.times} answers" if self.times else ""
        return f"{self.kind} of {self.target or 'the document'} in {'+'.join(self.steps)}{briefly} (seed {self.seed})"


@dataclass(frozen=True)
class Site:
    """Where a fault is applied: the league, the date, the game or player it is about, and a generator of its own."""

    league: League
    day: date
    fault: Fault
    rng: Random
    notes: list[str] = field(default_factory=list)

    def note(self, *names: Any) -> None:
        """Texts by which the run may name what was disturbed, beside the game: a quote by its player or side."""
        self.notes.extend(str(name) for name in names if name)

    @property
    def game(self) -> Game:
        """The target game."""
        return self.league.by_id[self.fault.target]

    @property
    def player(self) -> SamplePlayer:
        """The target player."""
        return next(p for squad in self.league.squads.values() for p in squad if str(p.player_id) == self.fault.target)


@dataclass(frozen=True)
class Kind:
    """One kind of fault. `about` is what the target is: game, player or nothing.

    It edits a JSON document, spoils an answer as a whole, lets the clock `jump` during one of the first requests, or sets
    the `stage` before the run.
    """

    name: str
    about: str
    edit: Edit | None = None
    spoil: Callable[[Site, Answer], Answer] | None = None
    jump: Callable[[Random], timedelta] | None = None
    stage: Callable[[Random, date, App], None] | None = None
    named: bool = True
    harmless: bool = False
    sticks: bool = False
    only: tuple[str, ...] | None = None
    keeps: bool = False
    stays: bool = False
    runs: tuple[str, ...] = ("pregame", "postgame")
    may_be_brief: bool = False

    @property
    def document(self) -> str:
        """The document in which it happens."""
        return self.name.partition(".")[0]

    def applied(self, site: Site, answer: Answer) -> Answer:
        """The disturbed answer; LookupError if it has nothing that could be disturbed so."""
        if self.spoil is not None:
            return self.spoil(site, answer)
        edit = self.edit
        assert edit is not None
        return answer.edited(lambda document: edit(site, document))

    @property
    def is_silent(self) -> bool:
        """Whether a run may take it for whole, so that only a rerun in any case heals it."""
        return self.sticks or not (self.named or self.harmless)


KINDS: dict[str, Kind] = {}


def _kind(name: str, about: str, **more: Any) -> Callable[[Edit], Edit]:
    """Register an edit of a JSON document as a kind of fault."""

    def register(edit: Edit) -> Edit:
        KINDS[name] = Kind(name, about, edit=edit, **more)
        return edit

    return register


# -- the answer as a whole ------------------------------------------------------------------------------------------


def _status(status: int, body: bytes = b"{}", **headers: str) -> Callable[[Site, Answer], Answer]:
    return lambda _, answer: replace(answer, status=status, body=body, headers=headers)


def _cut(site: Site, answer: Answer) -> Answer:
    return replace(answer, body=answer.body[: int(len(answer.body) * site.rng.uniform(0.05, 0.95))])


_CREDITS = json.dumps({"message": "Usage quota has been reached.", "error_code": "OUT_OF_USAGE_CREDITS"}).encode()
_EXPIRED = json.dumps({"message": "Event not found", "error_code": "EVENT_NOT_FOUND"}).encode()
_MARKET = json.dumps({"message": "Invalid markets", "error_code": "INVALID_MARKET"}).encode()
_SPOILS: Mapping[str, Callable[[Site, Answer], Answer]] = {
    "403": _status(403),
    "404": _status(404),
    "429": _status(429, **{"Retry-After": "1"}),
    "500": _status(500),
    "lost": lambda _, answer: replace(answer, is_lost=True),
    "cut_off": _cut,
    "block_page": lambda _, answer: replace(answer, body=BLOCK_PAGE),
    "empty": lambda _, answer: replace(answer, body=b""),
}
_BRIEF = ("403", "429", "500", "lost")
for _document in (*PER_GAME, *WHOLE):
    for _what, _spoil in _SPOILS.items():
        _brief = _what in _BRIEF and (_what != "403" or _document in ("schedule", "box_score", "injury_report"))
        _name = f"{_document}.{_what}"
        KINDS[_name] = Kind(_name, "game" if _document in PER_GAME else "", spoil=_spoil, may_be_brief=_brief)
    if _document != "injury_report":
        _bom = f"{_document}.byte_order_mark"
        KINDS[_bom] = Kind(
            _bom,
            "game" if _document in PER_GAME else "",
            spoil=lambda _, answer: replace(answer, body=b"\xef\xbb\xbf" + answer.body),
            named=False,
            harmless=True,
        )
KINDS["event_odds.expired"] = Kind("event_odds.expired", "game", spoil=_status(404, _EXPIRED))
KINDS["event_odds.bad_market"] = Kind("event_odds.bad_market", "game", spoil=_status(422, _MARKET))
KINDS[QUOTA] = Kind(QUOTA, "game", spoil=_status(401, _CREDITS))


def _first(found: Iterable[Any]) -> Any:
    for one in found:
        return one
    raise LookupError("not in this answer")


# -- box scores -------------------------------------------------------------------------------------------------------


def _players(document: Any) -> list[dict[str, Any]]:
    """Those who played, both sides."""
    sides = (document["game"][f"{side}Team"]["players"] for side in ("home", "away"))
    return [p for players in sides for p in players if p["played"] == "1"]


def _one(site: Site, document: Any) -> dict[str, Any]:
    """Some player who played and scored."""
    return site.rng.choice([p for p in _players(document) if p["statistics"]["points"] > 0])


def _side(site: Site, document: Any) -> dict[str, Any]:
    side: dict[str, Any] = document["game"][site.rng.choice(("homeTeam", "awayTeam"))]
    return side


@_kind("box_score.null_starter", "game", named=False, only=GAME_TABLES)
def _null_starter(site: Site, document: Any) -> None:
    for player in site.rng.sample(_players(document), 3):
        player["starter"] = None


@_kind("box_score.null_assists", "game", named=False, only=(*GAME_TABLES, "nba_analytics.team_offense_game_summary"))
def _null_assists(site: Site, document: Any) -> None:
    _one(site, document)["statistics"]["assists"] = None


@_kind("box_score.without_plus_minus", "game", named=False, harmless=True)
def _new_fields(site: Site, document: Any) -> None:
    for player in _players(document):
        player["plusMinusPoints"], player["jerseyNum"] = None, None


@_kind("box_score.same_player_twice", "game", named=False, harmless=True)
def _same_player_twice(site: Site, document: Any) -> None:
    side = _side(site, document)
    side["players"].append(deepcopy(site.rng.choice(side["players"])))


@_kind("box_score.contradicting_player", "game")
def _contradicting_player(site: Site, document: Any) -> None:
    side = _side(site, document)
    player = deepcopy(site.rng.choice([p for p in side["players"] if p["played"] == "1"]))
    player["statistics"]["points"] += 2
    side["players"].append(player)


@_kind("box_score.points_do_not_add_up", "game")
def _points_do_not_add_up(site: Site, document: Any) -> None:
    _one(site, document)["statistics"]["points"] += site.rng.choice((1, 2, 3, 10))


@_kind("box_score.score_behind", "game")
def _score_behind(site: Site, document: Any) -> None:
    _side(site, document)["score"] -= 2


@_kind("box_score.points_null", "game")
def _points_null(site: Site, document: Any) -> None:
    _one(site, document)["statistics"]["points"] = None


@_kind("box_score.points_as_text", "game")
def _points_as_text(site: Site, document: Any) -> None:
    statistics = _one(site, document)["statistics"]
    statistics["points"] = str(statistics["points"])


@_kind("box_score.player_left_out", "game")
def _player_left_out(site: Site, document: Any) -> None:
    player = _one(site, document)
    for side in ("homeTeam", "awayTeam"):
        players = document["game"][side]["players"]
        document["game"][side]["players"] = [p for p in players if p["personId"] != player["personId"]]


@_kind("box_score.wrongly_dnp", "game")
def _wrongly_dnp(site: Site, document: Any) -> None:
    _one(site, document)["played"] = "0"


@_kind("box_score.empty_side", "game")
def _empty_side(site: Site, document: Any) -> None:
    _side(site, document)["players"] = []


@_kind("box_score.one_quarter", "game")
def _one_quarter(site: Site, document: Any) -> None:
    for player in _players(document):
        for name, value in player["statistics"].items():
            if isinstance(value, int):
                player["statistics"][name] = value // 4


@_kind("box_score.not_final", "game")
def _not_final(site: Site, document: Any) -> None:
    document["game"]["gameStatus"], document["game"]["gameStatusText"] = 2, "Q4 0:31"


@_kind("box_score.without_minutes", "game")
def _without_minutes(site: Site, document: Any) -> None:
    _one(site, document)["statistics"]["minutes"] = site.rng.choice(("", "31:14", "PT"))


@_kind("box_score.unknown_team", "game")
def _unknown_team(site: Site, document: Any) -> None:
    _side(site, document)["teamTricode"] = "XYZ"


@_kind("box_score.of_another_game", "game")
def _of_another_game(site: Site, document: Any) -> None:
    earlier = [g for g in site.league.games if g.sides and g.fixture.game_date < site.day]
    document["game"]["gameId"] = site.rng.choice(earlier).fixture.game_id


@_kind("box_score.renamed_player", "game", named=False, only=GAME_TABLES)
def _renamed_player(site: Site, document: Any) -> None:
    player = _one(site, document)
    player["name"] = f"{player['familyName']} {player['firstName']}"


@_kind("box_score.corrected", "game", named=False, sticks=True)
def _corrected(site: Site, document: Any) -> None:
    side = _side(site, document)
    player = site.rng.choice([p for p in side["players"] if p["played"] == "1"])
    player["statistics"]["points"] += 2
    player["statistics"]["fieldGoalsMade"] += 1
    player["statistics"]["fieldGoalsAttempted"] += 1
    side["score"] += 2


# -- the schedule ------------------------------------------------------------------------------------------------------


def _listed(site: Site, document: Any) -> dict[str, Any]:
    games = (g for d in document["leagueSchedule"]["gameDates"] for g in d["games"])
    return _first(g for g in games if g["gameId"] == site.fault.target)


def _remove(site: Site, document: Any) -> dict[str, Any]:
    game = _listed(site, document)
    for day in document["leagueSchedule"]["gameDates"]:
        day["games"] = [g for g in day["games"] if g["gameId"] != site.fault.target]
    return game


@_kind("schedule.withdrawn", "game", sticks=True)
def _withdrawn(site: Site, document: Any) -> None:
    _remove(site, document)


@_kind("schedule.moved_to_another_day", "game", sticks=True)
def _moved_to_another_day(site: Site, document: Any) -> None:
    game = _remove(site, document)
    days = site.rng.choice((1, 2, 5))
    at = datetime.fromisoformat(game["gameDateTimeUTC"]) + timedelta(days=days)
    game["gameDateTimeUTC"] = at.strftime("%Y-%m-%dT%H:%M:%SZ")
    moved = date.fromisoformat(game["gameDateEst"][:10]) + timedelta(days=days)
    game["gameDateEst"], game["gameStatus"], game["gameStatusText"] = f"{moved}T00:00:00Z", 1, "7:00 pm ET"
    document["leagueSchedule"]["gameDates"].append({"gameDate": f"{moved}", "games": [game]})


@_kind("schedule.moved_two_hours_later", "game", named=False, sticks=True)
def _moved_two_hours_later(site: Site, document: Any) -> None:
    game = _listed(site, document)
    at = datetime.fromisoformat(game["gameDateTimeUTC"]) + timedelta(minutes=10)
    game["gameDateTimeUTC"] = at.strftime("%Y-%m-%dT%H:%M:%SZ")


@_kind("schedule.postponed", "game", sticks=True)
def _postponed(site: Site, document: Any) -> None:
    game = _listed(site, document)
    spellings = ("PPD", "Postponed", "postponed", "Cancelled", "CANC", "Susp.", "Suspended")
    game["gameStatus"], game["gameStatusText"] = 1, site.rng.choice(spellings)


@_kind("schedule.final_without_scores", "game", sticks=True)
def _final_without_scores(site: Site, document: Any) -> None:
    game = _listed(site, document)
    game["gameStatus"], game["gameStatusText"] = 3, "Final"
    for side in ("homeTeam", "awayTeam"):
        game[side]["score"] = 0


@_kind("schedule.every_game_flagged", "", named=False, harmless=True)
def _every_game_flagged(site: Site, document: Any) -> None:
    for day in document["leagueSchedule"]["gameDates"]:
        for game in day["games"]:
            game["postponedStatus"] = "Y"


@_kind("schedule.unreadable_game", "game")
def _unreadable_game(site: Site, document: Any) -> None:
    game = _listed(site, document)
    name, value = site.rng.choice((("gameStatus", None), ("gameDateEst", "soon"), ("homeTeam", None)))
    game[name] = value


@_kind("schedule.same_game_twice", "game", named=False, harmless=True)
def _same_game_twice(site: Site, document: Any) -> None:
    game = _listed(site, document)
    document["leagueSchedule"]["gameDates"].append({"gameDate": game["gameDateEst"][:10], "games": [deepcopy(game)]})


@_kind("schedule.behind", "game", runs=("postgame",))
def _behind(site: Site, document: Any) -> None:
    game = _listed(site, document)
    game["gameStatus"], game["gameStatusText"] = 2, "Q4 0:31"


# -- lines -------------------------------------------------------------------------------------------------------------


def _event(site: Site, document: Any) -> dict[str, Any]:
    """The target game's event in a list of events, or the event itself."""
    data = document["data"] if isinstance(document, dict) and "timestamp" in document else document
    if isinstance(data, dict):
        return data
    wanted = odds.event_id(site.game)
    return _first(e for e in data if e["id"] == wanted)


def _outcomes(event: Mapping[str, Any]) -> list[tuple[list[dict[str, Any]], dict[str, Any]]]:
    """Every outcome with the list in which it stands."""
    books = event.get("bookmakers") or ()
    markets = (m for b in books for m in b["markets"])
    return [(m["outcomes"], o) for m in markets for o in m["outcomes"]]


def _some(site: Site, event: Mapping[str, Any]) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """Some outcome with its list; a refused one is named by its player, or by its side."""
    listed, outcome = site.rng.choice(_outcomes(event))
    site.note(f"'{outcome.get('description', outcome['name'])}'")
    return listed, outcome


for _document in ("event_odds", "odds"):  # what both have in common

    @_kind(f"{_document}.null_price", "game")
    def _null_price(site: Site, document: Any) -> None:
        _some(site, _event(site, document))[1]["price"] = None

    @_kind(f"{_document}.same_outcome_twice", "game", named=False, harmless=True)
    def _same_outcome_twice(site: Site, document: Any) -> None:
        listed, outcome = _some(site, _event(site, document))
        listed.append(deepcopy(outcome))

    @_kind(f"{_document}.teams_swapped", "game", named=False)
    def _teams_swapped(site: Site, document: Any) -> None:
        event = _event(site, document)
        event["home_team"], event["away_team"] = event["away_team"], event["home_team"]

    @_kind(f"{_document}.book_without_markets", "game")
    def _book_without_markets(site: Site, document: Any) -> None:
        site.rng.choice(_event(site, document)["bookmakers"])["markets"] = None

    @_kind(f"{_document}.no_books", "game", named=False)
    def _no_books(site: Site, document: Any) -> None:
        _event(site, document)["bookmakers"] = site.rng.choice(([], None))

    @_kind(f"{_document}.no_time_stamp", "game", named=False, stays=True)
    def _no_time_stamp(site: Site, document: Any) -> None:
        for book in _event(site, document)["bookmakers"]:
            book["last_update"] = None
            for market in book["markets"]:
                market["last_update"] = None

    @_kind(f"{_document}.unreadable_time_stamp", "game")
    def _unreadable_time_stamp(site: Site, document: Any) -> None:
        book = site.rng.choice(_event(site, document)["bookmakers"])
        for market in book["markets"]:
            market["last_update"] = "a minute ago"


@_kind("event_odds.contradicting_outcome", "game")
def _contradicting_outcome(site: Site, document: Any) -> None:
    listed, outcome = _some(site, _event(site, document))
    listed.append({**outcome, "price": outcome["price"] + 15})


@_kind("event_odds.of_other_teams", "game")
def _of_other_teams(site: Site, document: Any) -> None:
    event, fixture = _event(site, document), site.game.fixture
    others = [t for t in TEAMS if t not in (fixture.home, fixture.away)]
    event["home_team"], event["away_team"] = (TEAMS[t].name for t in site.rng.sample(others, 2))


@_kind("event_odds.null_point", "game")
def _null_point(site: Site, document: Any) -> None:
    _some(site, _event(site, document))[1]["point"] = None


@_kind("event_odds.unknown_player", "game")
def _unknown_player(site: Site, document: Any) -> None:
    outcome = _some(site, _event(site, document))[1]
    for _, other in _outcomes(_event(site, document)):
        if other is not outcome and other["description"] == outcome["description"]:
            other["description"] = "Nowhere Tobefound"
    outcome["description"] = "Nowhere Tobefound"
    site.note("'Nowhere Tobefound'")


@_kind("event_odds.plain_spelling", "game", named=False, harmless=True)
def _plain_spelling(site: Site, document: Any) -> None:
    folds = str.maketrans("ćéöńÖÅåñóšž", "ceonOAanosz")
    for _, outcome in _outcomes(_event(site, document)):
        outcome["description"] = outcome["description"].translate(folds).upper()


@_kind("event_odds.initials", "game", named=False, harmless=True)
def _initials(site: Site, document: Any) -> None:
    """One player by initial and family name, where that is unique among the players of both teams."""
    fixture = site.game.fixture
    squad = [p for t in (fixture.home, fixture.away) for p in site.league.squads[t]]
    short = [f"{p.given[0]}. {p.family}" for p in squad]
    for player, name in zip(squad, short, strict=True):
        if short.count(name) == 1 and [p.family for p in squad].count(player.family) == 1:
            for _, outcome in _outcomes(_event(site, document)):
                if outcome["description"] == player.name:
                    outcome["description"] = name
            return


@_kind("events.left_out", "game", named=False)  # books may not have opened the game yet
def _left_out(site: Site, document: Any) -> None:
    document.remove(_event(site, document))


@_kind("events.twice", "game", named=False, harmless=True)
def _twice(site: Site, document: Any) -> None:
    document.append(deepcopy(_event(site, document)))


@_kind("events.without_time", "game")
def _without_time(site: Site, document: Any) -> None:
    event = _event(site, document)
    event["commence_time"] = site.rng.choice((None, "tonight"))


@_kind("events.unsafe_id", "game")
def _unsafe_id(site: Site, document: Any) -> None:
    _event(site, document)["id"] = site.rng.choice((None, "../events", 17))


@_kind("events.of_unknown_teams", "", named=False, harmless=True)
def _of_unknown_teams(site: Site, document: Any) -> None:
    event = {"id": "0" * 32, "sport_key": "basketball_nba", "home_team": "Team LeBron", "away_team": "Team Giannis"}
    document.append({**event, "commence_time": f"{site.day}T23:40:00Z"})


@_kind("odds.left_out", "game", named=False)
def _lines_left_out(site: Site, document: Any) -> None:
    document.remove(_event(site, document))


@_kind("odds.contradicting_moneyline", "game")
def _contradicting_moneyline(site: Site, document: Any) -> None:
    markets = [m for b in _event(site, document)["bookmakers"] for m in b["markets"] if m["key"] == "h2h"]
    outcomes = site.rng.choice(markets)["outcomes"]
    outcomes.append({**outcomes[0], "price": outcomes[0]["price"] + 15})


@_kind("odds.null_point", "game")
def _null_total(site: Site, document: Any) -> None:
    outcome = site.rng.choice([o for _, o in _outcomes(_event(site, document)) if "point" in o])
    site.note(f"'{outcome['name']}'")
    outcome["point"] = None


# -- the player list ---------------------------------------------------------------------------------------------------


def _row(site: Site, document: Any) -> tuple[list[list[Any]], list[Any]]:
    rows = document["resultSets"][0]["rowSet"]
    return rows, _first(r for r in rows if str(r[0]) == site.fault.target)


@_kind("player_list.null_name", "player")
def _null_name(site: Site, document: Any) -> None:
    _row(site, document)[1][2] = None


@_kind("player_list.null_id", "player")
def _null_id(site: Site, document: Any) -> None:
    _row(site, document)[1][0] = None


@_kind("player_list.left_out", "player", named=False, sticks=True)
def _list_left_out(site: Site, document: Any) -> None:
    rows, row = _row(site, document)
    rows.remove(row)


@_kind("player_list.old_team", "player", named=False, sticks=True)
def _old_team(site: Site, document: Any) -> None:
    """The list still has the team before a trade."""
    other = site.rng.choice([t for t in TEAMS if t != site.player.team])
    headers, row = document["resultSets"][0]["headers"], _row(site, document)[1]
    row[headers.index("TEAM_ID")], row[headers.index("TEAM_ABBREVIATION")] = TEAMS[other].team_id, other


@_kind("player_list.twice", "player", named=False, harmless=True)
def _list_twice(site: Site, document: Any) -> None:
    rows, row = _row(site, document)
    rows.append(list(row))


@_kind("player_list.renamed", "player", named=False, sticks=True)
def _list_renamed(site: Site, document: Any) -> None:
    _row(site, document)[1][2] = f"{site.player.name} Newname"


# -- around the answers ------------------------------------------------------------------------------------------------

for _what, (_jump, _keeps) in JUMPS.items():
    KINDS[f"clock.{_what}"] = Kind(f"clock.{_what}", "", jump=_jump, named=False, keeps=_keeps)
for _what in OLDER_MAPS:
    _name = f"older_map.{_what}"
    KINDS[_name] = Kind(_name, "", stage=partial(left_open, _what), named=False, harmless=True, runs=("pregame",))


# -- the transformer ---------------------------------------------------------------------------------------------------


@dataclass
class Hits:
    """What the faults have done in a step: the entities that were disturbed, by fault."""

    touched: dict[Fault, Touched] = field(default_factory=dict)
    notes: dict[Fault, list[str]] = field(default_factory=dict)
    counts: dict[tuple[Fault, str], int] = field(default_factory=dict)

    def add(self, other: "Hits") -> None:
        """Add the hits of a further step."""
        for fault, touched in other.touched.items():
            self.touched[fault] = self.touched.get(fault, Touched()) | touched

    @property
    def all(self) -> Touched:
        """Everything touched by faults that may change something."""
        found = Touched()
        for touched in self.touched.values():
            found |= touched
        return found


def set_stage(faults: Iterable[Fault], day: date, app: App) -> None:
    """Do what the faults do to the home before a run."""
    for fault in faults:
        if stage := KINDS[fault.kind].stage:
            stage(Random(fault.seed), day, app)


def jumps_of(faults: Iterable[Fault], league: League, day: date, hits: Hits) -> dict[int, timedelta]:
    """How far the clock jumps during which request of a run; what that touches is added to `hits`."""
    found = {}
    for fault in faults:
        if jump := KINDS[fault.kind].jump:
            rng = Random(fault.seed)
            found[rng.randrange(JUMP_IN)] = jump(rng)
            hits.touched[fault] = touched_by(league, day, fault)
    return found


def transform(faults: Iterable[Fault], league: League, day: date, hits: Hits, path: str, answer: Answer) -> Answer:
    """The answer with every fault applied that is about it; what they touch is added to `hits`."""
    document, game = document_of(path)
    for fault in faults:
        if not answer.is_there or not _is_about(league, fault, document, game, hits):
            continue
        count = hits.counts[fault, path] = hits.counts.get((fault, path), 0) + 1
        if fault.times and count > fault.times:
            continue
        kind, site = KINDS[fault.kind], Site(league, day, fault, Random(fault.seed))
        try:
            answer = kind.applied(site, answer)
        except LookupError:
            continue  # the answer has nothing that could be disturbed so
        hits.notes.setdefault(fault, []).extend(site.notes)
        if not fault.times and not kind.harmless:
            hits.touched[fault] = hits.touched.get(fault, Touched()) | touched_by(league, day, fault)
    return answer


def _is_about(league: League, fault: Fault, document: str, game: str, hits: Hits) -> bool:
    """Whether the fault disturbs this document, about this game (empty: about all)."""
    if fault.kind == QUOTA and document in ("event_odds", "odds") and fault in hits.touched:
        return True  # the site answers nothing more that costs credits
    if fault.document != document:
        return False
    return not (game and fault.target) or game in (fault.target, odds.event_id(league.by_id[fault.target]))


def touched_by(league: League, day: date, fault: Fault) -> Touched:
    """What a fault touches: a player's games of that date, a game with both teams, or every game."""
    about = KINDS[fault.kind].about
    if about == "player":
        site = Site(league, day, fault, Random(fault.seed))
        teams = {site.player.team}
        if fault.kind == "player_list.old_team":
            teams.add(site.rng.choice([t for t in TEAMS if t != site.player.team]))
        games = [g for g in league.slate(day) if {g.fixture.home, g.fixture.away} & teams]
        return _of(league, games, fault.document) | Touched(players=frozenset({site.player.player_id}))
    if about == "game" and fault.kind != QUOTA:
        return _of(league, [league.by_id[fault.target]], fault.document)
    touched = _of(league, league.slate(day), fault.document)
    if fault.document in ("schedule", "clock"):
        return replace(touched, everything=True)
    documents = frozenset({"event_odds", "odds"}) if fault.kind == QUOTA else touched.documents
    everyone = frozenset(p.player_id for squad in league.squads.values() for p in squad)
    return replace(touched, players=everyone, documents=documents)


def _of(league: League, games: list[Game], document: str) -> Touched:
    teams = frozenset(t for g in games for t in (g.fixture.home, g.fixture.away))
    return Touched(
        games=frozenset(g.fixture.game_id for g in games),
        teams=teams,
        players=frozenset(p.player_id for t in teams for p in league.squads[t]),
        documents=frozenset({document}),
    )


def names_of(league: League, day: date, fault: Fault) -> tuple[str, ...]:
    """The texts that name the entity that the fault is about; one of them is enough."""
    about = KINDS[fault.kind].about
    if about == "player":
        player = Site(league, day, fault, Random(0)).player
        return fault.target, player.name, f"{player.family}, {player.given}"
    return game_names(league.by_id[fault.target]) if about == "game" else (fault.document,)


def game_names(game: Game) -> tuple[str, ...]:
    """The texts that name a game."""
    fixture = game.fixture
    home, away = TEAMS[fixture.home].name, TEAMS[fixture.away].name
    return (
        fixture.game_id, f"{fixture.away} at {fixture.home}", f"{away} at {home}", f"{home} at {away}",
        odds.event_id(game), f"'home_team': '{home}'",
    )  # fmt: skip
