"""Small made-up payloads that are no JSON: tables of web pages, CSV and PDFs, in the layout of their sources."""

import re
from collections.abc import Mapping, Sequence

BASKETBALL_REFERENCE, GAMEBOOK, REPORT, PLAYS = (
    "basketball_reference",
    "nba_gamebook",
    "nba_injury_report",
    "bigdataball",
)
_STATS = (
    "mp",
    "fg",
    "fga",
    "fg3",
    "fg3a",
    "ft",
    "fta",
    "orb",
    "drb",
    "ast",
    "stl",
    "blk",
    "tov",
    "pf",
    "pts",
    "plus_minus",
)


def _cells(row: Mapping[str, str], codes: Mapping[str, str]) -> str:
    """The cells of a row; the first one is its heading."""
    cells = []
    for number, (name, value) in enumerate(row.items()):
        tag, code = "td" if number else "th", f' data-append-csv="{codes[name]}"' if name in codes else ""
        cells.append(f'<{tag}{code} data-stat="{name}">{value}</{tag}>')
    return "".join(cells)


def _line(code: str, name: str, *values: str) -> str:
    return f"<tr>{_cells({'player': name, **dict(zip(_STATS, values, strict=True))}, {'player': code})}</tr>"


def _box(team: str, code: str, total: int) -> str:
    """A team's table: one who played and scored, one who did not."""
    counts = ("48:00", "2", "4", "1", "2", "1", "2", "1", "2", "3", "1", "0", "1", "2", "6", "+5")
    idle = (
        f'<tr><th data-append-csv="{code}02" data-stat="player">C D</th><td data-stat="reason">Did Not Play</td></tr>'
    )
    totals = _cells({"player": "Team Totals", **dict(zip(_STATS, counts, strict=True)), "pts": str(total)}, {})
    return (
        f'<table id="box-{team}-game-basic"><tbody>{_line(f"{code}01", "Á B", *counts)}'
        f'<tr class="thead"><th>Reserves</th></tr>{idle}</tbody><tfoot><tr>{totals}</tr></tfoot></table>'
    )


def boxscore_page(home_total: int = 6) -> str:
    """A box score of New York at Boston: six points each, an inactive player, an official."""
    return (
        "<h1>New York Knicks at Boston Celtics Box Score, January 15, 2024</h1>"
        f"{_box('NYK', 'n', 6)}<!-- {_box('BOS', 'b', home_total)} -->"
        '<div><strong>Inactive:&nbsp;</strong><span><strong>BOS</strong>&nbsp;</span><a href="/players/x/xx01.html">E F</a></div>'
        '<div><strong>Officials:&nbsp;</strong><a href="/referees/r1r.html">G H</a></div>'
    )


def schedule_page() -> str:
    """Two games of a month; the second one is below the divider of the playoffs and has not been played."""

    def game(code: str, day: str, home_pts: str, visitor_pts: str, note: str) -> str:
        row = {
            "date_game": day, "game_start_time": "7:30p", "visitor_team_name": "New York Knicks", "visitor_pts": visitor_pts,
            "home_team_name": "Boston Celtics", "home_pts": home_pts, "arena_name": "TD Garden", "game_remarks": note,
        }  # fmt: skip
        return f"<tr>{_cells(row, {'date_game': code})}</tr>"

    rows = game("202404010BOS", "Mon, Apr 1, 2024", "101", "99", "") + '<tr class="thead"><th>Playoffs</th></tr>'
    return f'<table id="schedule"><tbody>{rows}{game("202404200BOS", "Sat, Apr 20, 2024", "", "", "")}</tbody></table>'


def roster_page() -> str:
    """A roster of one player."""
    row = {
        "number": "7", "player": "A B (TW)", "pos": "G", "height": "6-4", "weight": "206", "birth_date": "May 6, 1998",
        "birth_country": "us", "years_experience": "R", "college": "Florida",
    }  # fmt: skip
    table = f'<table id="roster"><tbody><tr>{_cells(row, {"player": "ab01"})}</tr></tbody></table>'
    return f"<h1><span>2023-24</span> <span>Boston Celtics</span> <span>Roster and Stats</span></h1>{table}"


def day_page() -> str:
    """One game of a day."""
    lines = "".join(
        f'<tr><td><a href="/teams/{team}/2024.html">x</a></td><td class="right">{points}</td>{link}</tr>'
        for team, points, link in (
            ("NYK", 99, '<td class="gamelink"><a href="/boxscores/202401150BOS.html">Final</a></td>'),
            ("BOS", 101, "<td></td>"),
        )
    )
    summary = f'<div class="game_summary"><table class="teams"><tbody>{lines}</tbody></table></div>'
    return f"<h1>NBA Games Played on January 15, 2024</h1>{summary}"


def plays_csv(changes: Mapping[str, str] | None = None) -> str:
    """A made three and a free throw: 3 to 1."""
    fives = {f"{side}{n}": f"{side.upper()} {n}" for side in "ah" for n in range(1, 6)}
    common = {"game_id": "22300001", "date": "2024-01-15", **fives, "period": "1"}
    three = {"away_score": "0", "home_score": "3", "remaining_time": "0:11:30", "play_id": "1", "team": "BOS",
             "event_type": "shot", "assist": "H 2", "block": "", "steal": "", "player": "H 1", "points": "3", "result": "made",
             "type": "3pt jump shot", "shot_distance": "25", "original_x": "0", "original_y": "250", "description": "x"}  # fmt: skip
    free = {**three, "away_score": "1", "play_id": "2", "team": "NYK", "event_type": "free throw", "assist": "",
            "player": "A 1", "points": "1", "type": "free throw 1/1", "shot_distance": "", "original_x": "", "original_y": ""}  # fmt: skip
    rows = [{**common, **three, **(changes or {})}, {**common, **free}]
    return "\n".join([",".join(rows[0]), *(",".join(row.values()) for row in rows)]) + "\n"


def pdf_of(pages: Sequence[Sequence[str]]) -> bytes:
    """A PDF with these lines on its pages."""
    from fpdf import FPDF

    pdf = FPDF(orientation="landscape", format="letter")
    pdf.set_font("helvetica", size=8)
    for lines in pages:
        pdf.add_page()
        for number, line in enumerate(lines):
            pdf.text(8, 10 + 5 * number, line)
    return bytes(pdf.output())


def scattered_pdf_of(lines: Sequence[str]) -> bytes:
    """A PDF with these lines on one page, each word by itself, the last line first."""
    from fpdf import FPDF

    pdf = FPDF(orientation="landscape", format="letter")
    pdf.set_font("helvetica", size=8)
    pdf.add_page()
    for number, line in reversed(list(enumerate(lines))):
        for word in reversed(list(re.finditer(r"\S+", line))):
            pdf.text(8 + pdf.get_string_width(line[: word.start()]), 10 + 5 * number, word[0])
    return bytes(pdf.output())


def gamebook_lines(home_points: int = 6) -> list[str]:
    """The lines of a gamebook of New York at Boston."""
    counts = "2 4 1 2 1 2 1 2 3 3 2 1 1 0"
    return [
        "NATIONAL BASKETBALL ASSOCIATION OFFICIAL SCORER'S REPORT", "Monday, January 15, 2024 TD Garden, Boston, MA",
        "Officials: #24 Kevin Scott, #36 Brent Barnaky", "Game Duration: 2:10", "VISITOR: New York Knicks (20-10)",
        "POS MIN FG FGA 3P 3PA FT FTA OR DR TOT A PF ST TO BS +/- PTS", f"11 Jalen Brunson G 48:00 {counts} -5 6",
        "0 Donte DiVincenzo DNP - Coach's Decision", f"240:00 {counts} 6", "50% 50%", "HOME: BOSTON CELTICS (25-5)",
        f"0 Jayson Tatum F 47:59 {counts} 5 6", "12 Grant Williams III NWT - Injury/Illness - Left Knee; Sprain",
        f"240:00 {counts} {home_points}", "SCORE BY PERIODS 1 2 3 4 FINAL",
        "Inactive: Knicks - Toppin (Injury/Illness - Ankle; Sprain), Grimes (G League)",
        "Inactive: Celtics - Porzingis (Rest)", "Points in the Paint: Knicks 2",
    ]  # fmt: skip


def report_lines() -> list[str]:
    """The lines of an injury report with two players and a team that has not submitted its list."""
    return [
        "Injury Report: 01/15/24 12:30 PM", "Page 1 of 1", "Game Date Game Time Matchup Team Player Name Current Status Reason",
        "01/15/2024 07:30 (ET) NYK@BOS New York Knicks NOT YET SUBMITTED",
        "Boston Celtics Tatum, Jayson Questionable Injury/Illness - Left Ankle;", "Sprain", "Brown, Jaylen Out Rest",
    ]  # fmt: skip


def payloads() -> dict[str, tuple[str, bytes]]:
    """A whole payload of each kind, with its feed."""
    return {
        "boxscore": (BASKETBALL_REFERENCE, boxscore_page().encode()),
        "schedule": (BASKETBALL_REFERENCE, schedule_page().encode()),
        "roster": (BASKETBALL_REFERENCE, roster_page().encode()),
        "games_of_a_day": (BASKETBALL_REFERENCE, day_page().encode()),
        "play_by_play": (PLAYS, plays_csv().encode()),
        "gamebook": (GAMEBOOK, pdf_of([gamebook_lines()])),
        "injury_report": (REPORT, pdf_of([report_lines()])),
    }
