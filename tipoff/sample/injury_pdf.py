"""The sample injury report as a PDF in the official layout, for the same parser."""

from datetime import datetime, timedelta
from textwrap import wrap
from typing import TYPE_CHECKING, Final

from shared.rules.dates import EASTERN, eastern_date
from shared.rules.teams import TEAMS
from tipoff.sample.league import Game, League

if TYPE_CHECKING:
    from fpdf import FPDF

_COLUMNS: Final = (
    ("Game Date", 8),
    ("Game Time", 32),
    ("Matchup", 56),
    ("Team", 78),
    ("Player Name", 122),
    ("Current Status", 172),
    ("Reason", 206),
)
_ROW_MM: Final = 6.0
_ROWS_PER_PAGE: Final = 26
_REASON_CHARACTERS: Final = 43
_SUBMITTED_BEFORE_TIP: Final = timedelta(hours=30)
Row = tuple[str, ...]


def injury_report(league: League, published: datetime) -> bytes:
    """The report of that hour: the statuses that each team of today's and tomorrow's games has submitted so far."""
    from fpdf import FPDF  # slow to import, and only reports need it

    today = eastern_date(published)
    slates = (league.slate(today + timedelta(days=d)) for d in range(2))
    rows: list[Row] = []
    for slate in slates:
        for game in slate:
            rows += _game_rows(league, game, published)
    pages = [rows[i : i + _ROWS_PER_PAGE] for i in range(0, len(rows), _ROWS_PER_PAGE)] or [[]]
    pdf = FPDF(orientation="landscape", format="letter")
    pdf.set_auto_page_break(False)
    pdf.set_creation_date(published)
    pdf.set_font("helvetica", size=8)
    title = f"Injury Report: {published.astimezone(EASTERN):%m/%d/%y %I:%M %p}"
    for number, page in enumerate(pages, 1):
        pdf.add_page()
        pdf.text(8, 12, title)
        _write(pdf, 20, tuple(name for name, _ in _COLUMNS))
        for i, row in enumerate(page):
            _write(pdf, 26 + _ROW_MM * i, row)
        pdf.text(130, 205, f"Page {number} of {len(pages)}")
    return bytes(pdf.output())


def _write(pdf: "FPDF", y: float, row: Row) -> None:
    for (_, x), text in zip(_COLUMNS, row, strict=True):
        if text:
            pdf.text(x, y, text)


def _game_rows(league: League, game: Game, published: datetime) -> list[Row]:
    fixture = game.fixture
    first = (
        f"{fixture.game_date:%m/%d/%Y}",
        f"{fixture.tip.astimezone(EASTERN):%I:%M} (ET)",
        f"{fixture.away}@{fixture.home}",
    )
    rows: list[Row] = []
    for tricode in (fixture.away, fixture.home):
        team_rows = _team_rows(league, game, tricode, published)
        rows += [(*(first if not rows and i == 0 else ("", "", "")), *row) for i, row in enumerate(team_rows)]
    return rows


def _team_rows(league: League, game: Game, tricode: str, published: datetime) -> list[Row]:
    name = TEAMS[tricode].name
    if eastern_date(published) != game.fixture.game_date and published < game.fixture.tip - _SUBMITTED_BEFORE_TIP:
        return [(name, "NOT YET SUBMITTED", "", "")]
    rows: list[Row] = []
    for player in league.squads[tricode]:
        reports = [r for r in game.reports.get(player.player_id, ()) if r.known_at <= published]
        if reports:
            parts = wrap(reports[-1].reason, _REASON_CHARACTERS, break_on_hyphens=False)
            shown = f"{_plain(player.family)}, {_plain(player.given)}"
            rows.append((name if not rows else "", shown, reports[-1].status, parts[0]))
            rows += [("", "", "", part) for part in parts[1:]]
    return rows


def _plain(name: str) -> str:
    """The name without accents, as the report prints it."""
    folds = str.maketrans("ćéöńÖÅåñóšž", "ceonOAanosz")
    return name.translate(folds)
