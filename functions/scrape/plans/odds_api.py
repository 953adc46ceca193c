"""Plans for The Odds API v4: current odds for a slate to come, historical snapshots for past dates."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from shared.contracts.feeds import examine
from shared.contracts.work import Request, Requests, Work
from shared.errors import ContractError
from shared.rules.dates import eastern_date, eastern_days, eastern_instant
from shared.rules.odds_events import commence_of
from shared.rules.schedule import read_json

SPORT = "sports/basketball_nba"
_PROPS = {"regions": "us", "oddsFormat": "american"}
_LINES = {"regions": "us", "markets": "h2h,spreads,totals", "oddsFormat": "american"}


def is_past(work: Work) -> bool:
    """Whether the window is over, so that only the historical endpoints have its odds."""
    return work.to_date < eastern_date(work.now)


def player_points(work: Work) -> Requests:
    """The events of the window, then the points lines of each."""
    props = {**_PROPS, "markets": work.settings["market"]}
    if not is_past(work):
        body = yield Request("odds_api", f"v4/{SPORT}/events")
        for event in _events(body, work.from_date, work.to_date):
            if event.commence > work.now:
                until = event.commence - timedelta(minutes=work.settings["lead_minutes"])
                path = f"v4/{SPORT}/events/{event.id}/odds"
                yield Request("odds_api", path, props, event.teams, until, _cost(props))
        return
    for day in eastern_days(work.from_date, work.to_date):
        opening = eastern_instant(day, work.settings["opening_hour_eastern"])
        body = yield _historical("events", opening, {}, "events")
        for event in _events(body, day, day):
            for moment in _moments(work, opening, [event.commence]):
                yield _historical(f"events/{event.id}/odds", moment, props, event.teams)


def game_lines(work: Work) -> Requests:
    """Spreads, totals and moneylines of the window's games; for past dates at the opening hour and before each tip."""
    if not is_past(work):
        yield Request("odds_api", f"v4/{SPORT}/odds", _LINES, "game lines", credits=_cost(_LINES))
        return
    for day in eastern_days(work.from_date, work.to_date):
        opening = eastern_instant(day, work.settings["opening_hour_eastern"])
        body = yield _historical("events", opening, {}, "events")
        commences = {event.commence for event in _events(body, day, day)}
        for moment in _moments(work, opening, commences):
            yield _historical("odds", moment, _LINES, "game lines")


def closing_lines(work: Work) -> Requests:
    """The points lines of each game of past dates so many minutes before its tip; none of a date that is not over."""
    if not is_past(work):
        return
    props = {**_PROPS, "markets": work.settings["market"]}
    for day in eastern_days(work.from_date, work.to_date):
        body = yield _historical("events", eastern_instant(day, work.settings["opening_hour_eastern"]), {}, "events")
        for event in _events(body, day, day):
            for minutes in work.settings["closing_minutes"]:
                moment = event.commence - timedelta(minutes=minutes)
                yield _historical(f"events/{event.id}/odds", moment, props, event.teams)


def _moments(work: Work, opening: datetime, commences: Iterable[datetime]) -> list[datetime]:
    """The opening hour and each tip minus lead, none after `as_of`; empty without a game."""
    lead = timedelta(minutes=work.settings["lead_minutes"])
    before_tips = sorted({c - lead for c in commences})
    moments = dict.fromkeys([opening, *before_tips]) if before_tips else ()
    return [moment for moment in moments if moment <= work.as_of]


def _historical(path: str, moment: datetime, parameters: dict[str, str], what: str) -> Request:
    """A snapshot of the past, which costs ten times as much as the current odds, and a list of events one credit."""
    stamp = moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    params, cost = {**parameters, "date": stamp}, 10 * _cost(parameters) or 1
    return Request("odds_api", f"v4/historical/{SPORT}/{path}", params, f"{what} at {stamp}", credits=cost)


def _cost(parameters: Mapping[str, str]) -> int:
    """Credits of an answer with current odds: markets times regions; a list of events, without either, is free.

    Source: https://the-odds-api.com/liveapi/guides/v4/#usage-quota-costs
    """
    markets, regions = (parameters[p].count(",") + 1 if p in parameters else 0 for p in ("markets", "regions"))
    return markets * regions


@dataclass(frozen=True)
class _Event:
    """One event of the list: its id, when it starts, and its teams as `New York Knicks at Boston Celtics`."""

    id: str
    commence: datetime
    teams: str


def _events(body: bytes | None, first: date, last: date) -> list[_Event]:
    """The events on those Eastern dates; one without an id that may go into a path, or without a time, is left out.

    The parser of the same answer refuses it by name. None of a list that is missing.
    """
    if body is None:
        return []
    document: Any = read_json(body, "list of events")
    listed = document.get("data") if isinstance(document, dict) else document
    if not isinstance(listed, list):
        raise ContractError("list of events: not a list")
    events = []
    for event in examine("odds_api.event", listed).kept:
        commence = commence_of(event)
        if commence is not None and first <= eastern_date(commence) <= last:
            events.append(_Event(event["id"], commence, f"{event['away_team']} at {event['home_team']}"))
    return events
