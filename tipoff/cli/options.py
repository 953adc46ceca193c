"""Options that several commands share, so that they read the same everywhere."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from shared.clock import SystemClock
from shared.rules.dates import eastern_date
from tipoff.home import Home

DAY_HELP = "A US Eastern game date, today, yesterday or latest."
_LATEST = date.max  # the home tells which it is
DEFAULT_HOME, DEMO_HOME = Home(Path("build/home")), Home(Path("build/demo"))
PLAYER_CONTEXT = {"ignore_unknown_options": True}  # of a command with a player's id, which may be negative
HASH_CHARS = 12  # of a hash, where one is shown
NOT_WHOLE = 5  # the exit code of `status`, `replay` and `demo` when a phase failed
INTERRUPTED = 130  # the exit code after Ctrl-C


def home_of(given: str | Home) -> Home:
    """A home by its folder, as an option's parser; the default is one already."""
    return Home(Path(given)) if isinstance(given, str) else given


def game_date(text: str) -> date:
    """A US Eastern game date, as an option's parser."""
    today = eastern_date(SystemClock().now())
    try:
        return {"today": today, "yesterday": today - timedelta(days=1)}.get(text) or date.fromisoformat(text)
    except ValueError as error:
        raise typer.BadParameter(f"'{text}' is not a date; write 2024-02-26, today or yesterday") from error


def _date_or_latest(text: str) -> date:
    return _LATEST if text == "latest" else game_date(text)


def _told(context: typer.Context, day: date | None) -> date | None:
    """The date; for `latest` that of the latest daily run, as `tipoff status` shows it."""
    if day != _LATEST:
        return day
    from tipoff.operate.overview import latest_date
    from tipoff.operate.stores import open_stores

    return latest_date(open_stores(context.params["home"]))


def instant_of(text: str) -> datetime:
    """An aware UTC instant from ISO 8601 text, as an option's parser."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise typer.BadParameter(f"'{text}' is not an ISO 8601 time") from error
    if moment.tzinfo is None:
        raise typer.BadParameter(f"'{text}' has no offset; write it as 2024-02-26T18:00:00-05:00")
    return moment.astimezone(UTC)


AtHome = Annotated[
    Home,
    typer.Option(
        "--home",
        parser=home_of,
        metavar="PATH",
        envvar="TIPOFF_HOME",
        is_eager=True,  # before a date, which may be its latest
        help="Folder of state, queue, warehouse, archive and models.",
    ),
]
WrittenHome = Annotated[
    Home,
    typer.Option("--home", parser=home_of, metavar="PATH", help="Where state, warehouse, archive and models are kept."),
]
Source = Annotated[
    str | None,
    typer.Option(
        envvar="TIPOFF_SOURCE",
        help="nba (HTTP) or history (a folder).",
        show_default="what the home was made from, or nba",
    ),
]
Data = Annotated[Path | None, typer.Option(envvar="TIPOFF_DATA", help="The folder, for history.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document and nothing else.")]
Day = Annotated[date, typer.Argument(parser=_date_or_latest, callback=_told, metavar="DATE", help=DAY_HELP)]
MaybeDay = Annotated[
    date | None, typer.Argument(parser=_date_or_latest, callback=_told, metavar="[DATE]", help=DAY_HELP)
]
Bankroll = Annotated[
    float | None,
    typer.Option(min=0.01, envvar="TIPOFF_BANKROLL", help="What there is to stake from, in any currency."),
]
PlayerName = Annotated[str, typer.Argument(help="Name, accents or not, or player id.")]
FromDay = Annotated[
    date | None, typer.Option("--from", parser=_date_or_latest, callback=_told, metavar="DATE", help="First date.")
]
ToDay = Annotated[
    date | None,
    typer.Option("--to", parser=_date_or_latest, callback=_told, metavar="DATE", help="Last date, included."),
]


class HelpfulGroup(TyperGroup):
    """Commands of which none was named: their help, with the exit code of a mistake."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Parse the arguments of the group; without any, show its help and exit."""
        if not args:
            typer.echo(ctx.get_help())
            ctx.exit(2)
        return super().parse_args(ctx, args)
