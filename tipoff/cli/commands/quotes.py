"""`tipoff quotes`: Count the quotes of dates by what they may be used for."""

from datetime import date

from rich.markup import escape

from shared.errors import UserError
from shared.rules.quotes import REASONS
from tipoff.cli import render
from tipoff.cli.options import DEFAULT_HOME, AsJson, AtHome, FromDay, ToDay
from tipoff.cli.render import print_json, rows_of
from tipoff.evaluation.refusals import counted
from tipoff.words import minutes


def quotes(
    home: AtHome = DEFAULT_HOME,
    first: FromDay = None,
    last: ToDay = None,
    as_json: AsJson = False,
) -> None:
    """The newest quotes of each date and book at the games' prediction times, by the reason why they are no bet.

    What a quote may be used for is decided by the settings `quotes` of shared/pipeline.yaml; docs/metrics.md has the
    conditions. `tipoff export nba_analytics.player_quotes` writes every quote with its reasons.

    Example: tipoff quotes --home build/r1 --from 2024-01-25 --to 2024-02-14
    """
    rows = counted(rows_of(home), first or date.min, last or date.max)
    if not rows:
        raise UserError("no quote between these dates; run tipoff demo, replay or up with this --home first")
    if as_json:
        print_json(rows)
        return
    headings = ("Date", "Book", "As a bet", ">Quotes", ">Not even input", ">Age (median)", ">Hold (median)", "")
    cells = (
        (
            *(
                str(r["game_date"]),
                escape(r["bookmaker"]),
                r["reason"] or "usable",
                f"{r['quotes']:,}",
                f"{r['refused_input']:,}",
            ),
            *(
                minutes(r["age_minutes"]),
                "-" if r["hold"] is None else f"{r['hold']:.1%}",
                REASONS.get(r["reason"], ""),
            ),
        )
        for r in rows
    )
    render.console().print(render.table(*headings, rows=cells))
