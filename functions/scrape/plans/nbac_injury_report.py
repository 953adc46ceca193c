"""Plan for the official injury report: the last one published before each game's predictions are made."""

from datetime import datetime, timedelta

from functions.scrape.plans.nba import games_of_window
from shared.contracts.work import FetchPlan, Request, Work
from shared.rules.dates import EASTERN

PUBLISHED_MINUTE = 30  # the report named 05PM is published at 05:30 PM


def last_report(moment: datetime) -> str:
    """The name of the last hourly report published by that moment."""
    at = (moment - timedelta(minutes=PUBLISHED_MINUTE)).astimezone(EASTERN)
    return f"Injury-Report_{at:%Y-%m-%d}_{at:%I%p}.pdf"


def requests(work: Work) -> FetchPlan:
    """For each tip of the window, the last report before tip minus lead; never later than `as_of` or now."""
    games = yield from games_of_window(work)
    lead = timedelta(minutes=work.settings["lead_minutes"])
    latest = min(work.as_of, work.now)
    for name in dict.fromkeys(last_report(m) for m in sorted({min(g.tip - lead, latest) for g in games})):
        yield Request("nba_reports", f"referee/injury/{name}")
