"""The page of a date: everything in one file, from the parts of the pages."""

from datetime import date

from shared.errors import UserError
from tipoff.operate import overview
from tipoff.slate.results import results
from tipoff.web.pages import pipeline, tonight
from tipoff.web.rendering import Renderer
from tipoff.web.site import Site


def report(site: Site, day: date, system: str) -> str:
    """The board of a date with its outcomes, the record through it, and its runs; UserError for an unknown system."""
    board = tonight.of_site(site, day, system)
    if board.systems and system not in board.systems:
        raise UserError(f"no prediction of {system}; there are {', '.join(board.systems)}")
    now = site.clock.now()
    shown = overview.look(site.stores, day.isoformat(), now, overview.day_grids(site.stores, day, now))
    about = tonight.about(board, site)
    night = site.of_rows(("night", day, system), lambda tables: results(tables, day, system)) if board.picks else None
    runs = pipeline.runs(site.stores, shown)
    return Renderer(site).alone("report.html", day, t=board, every=board, night=night, runs=runs, **about)
