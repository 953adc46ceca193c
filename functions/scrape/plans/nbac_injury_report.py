"""Plan for the official injury report: the last one that is there before each game's predictions are made."""

from datetime import datetime, timedelta
from typing import Any

from functions.scrape.plans.nba import games_of_window
from shared.contracts.work import FetchPlan, Missing, Planned, Request, Work
from shared.rules.dates import EASTERN
from shared.rules.injury_reports import InjuryReport, reports_until

APPEARS_WITHIN = timedelta(seconds=45)  # of its minute: reports appear 2 to 30 s after it
MAX_ABSENT = 240  # names that are not there, of one unit; then the site is taken to have none
_NONE = "no report of the day before is there"
_GIVEN_UP = f"after {MAX_ABSENT} reports that were not there no further one was asked for"


def requests(work: Work) -> FetchPlan:
    """For each tip of the window the last report before tip minus lead, never later than `as_of` or now.

    A report that is not there gives way to the one before it. The evidence has the age of each, in minutes.
    """
    games = yield from games_of_window(work)
    lead = timedelta(minutes=work.settings["lead_minutes"])
    latest = min(work.as_of, work.now)
    is_there: dict[str, bool] = {}
    reports: list[dict[str, Any]] = []
    missing: list[Missing] = []
    for moment in sorted({min(g.tip - lead, latest) for g in games}):
        newest = None
        for report in reports_until(moment):
            newest = newest or report
            if report.name not in is_there and list(is_there.values()).count(False) < MAX_ABSENT:
                is_there[report.name] = (yield _request(report, _entity(moment), newest, work)) is not None
            if is_there.get(report.name):
                reports.append(_evidence(report, moment, is_newest=report.due == newest.due))
                break
        else:
            is_given_up = list(is_there.values()).count(False) >= MAX_ABSENT
            missing.append(Missing(_entity(moment), _GIVEN_UP if is_given_up else _NONE))
    older = [
        f"{r['entity']}: the last one is {r['name']}, {r['age_min']} min old" for r in reports if not r["is_newest"]
    ]
    return Planned(tuple(missing), {"reports": reports}, "; ".join(older))


def _request(report: InjuryReport, entity: str, newest: InjuryReport, work: Work) -> Request:
    """The newest report is asked for with patience: its absence may be a matter of seconds, or of a busy site."""
    is_due_now = work.now - report.due < APPEARS_WITHIN
    patience = 0.0 if report != newest else APPEARS_WITHIN.total_seconds() if is_due_now else None
    path = f"referee/injury/Injury-Report_{report.name}.pdf"
    return Request("nba_reports", path, entity=entity, is_optional=True, patience_s=patience)


def _entity(moment: datetime) -> str:
    return f"report as of {moment.astimezone(EASTERN):%Y-%m-%d %H:%M} ET"


def _evidence(report: InjuryReport, moment: datetime, *, is_newest: bool) -> dict[str, Any]:
    age_min = int((moment - report.due).total_seconds() // 60)
    return {"entity": _entity(moment), "name": report.name, "age_min": age_min, "is_newest": is_newest}
