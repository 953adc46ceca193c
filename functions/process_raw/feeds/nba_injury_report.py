"""The official injury report: who is listed for which game, page by page, in the PDF of every era since 2021."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime

from functions.process_raw.feeds.kind import Kind, Row, Rows
from functions.process_raw.feeds.pdf import page_texts
from functions.process_raw.feeds.refusal import Refusal
from functions.process_raw.results import Tally
from shared.rules.dates import EASTERN
from shared.rules.teams import TRICODES

TABLE = "nbac_injury_report"
_TITLE = re.compile(r"Injury Report: (\d\d/\d\d/\d\d \d\d:\d\d [AP]M)")
_PAGE = re.compile(r"Page (\d+) of (\d+)")
_GAME_DATE = re.compile(r"(\d\d)/(\d\d)/(\d{4})\s*")
_TIME = re.compile(r"\d\d:\d\d \(ET\)\s*")
_MATCHUP = re.compile(r"([A-Z]{3})@([A-Z]{3})\s*")
_PLAYER = re.compile(
    r"(?P<name>[^,]+, .+?) (?P<status>Out|Doubtful|Questionable|Probable|Available)(?: (?P<reason>.*))?$"
)
_TEAM_NAMES = sorted(TRICODES, key=len, reverse=True)
_COLUMNS = "Game Date Game Time Matchup Team Player Name Current Status Reason"
_NOT_SUBMITTED = "NOT YET SUBMITTED"


@dataclass(frozen=True)
class Place:
    """Where an entry stands: the game and the team that hold until the next ones."""

    game_date: date | None = None
    tip: str | None = None  # Eastern time as printed
    matchup: str | None = None  # AWAY@HOME
    team: str = ""


@dataclass
class Entry:
    """One player of a report, as printed (`Family, Given`)."""

    place: Place
    name: str
    status: str
    reason: str

    @property
    def game_date(self) -> date:
        """The date of the game; entries before any date are refused."""
        assert self.place.game_date is not None
        return self.place.game_date

    @property
    def team(self) -> str:
        """The tricode of the player's team."""
        return self.place.team


@dataclass
class Report:
    """A whole report: when it was published, its entries, and which teams had not submitted yet."""

    published: datetime
    entries: list[Entry] = field(default_factory=list)
    awaited: list[Place] = field(default_factory=list)

    @property
    def not_submitted(self) -> int:
        """How many teams had not submitted yet."""
        return len(self.awaited)


def recognises(body: bytes) -> bool:
    """Whether it is an injury report, by the title line of its first page."""
    return _TITLE.search(page_texts(body)[0]) is not None


def read(body: bytes, tally: Tally) -> Rows:
    """A row per listed player, and one per team that had not submitted its list."""
    del tally
    report = read_report(page_texts(body))
    listed = [
        {"player_name": e.name, "injury_status": e.status.lower(), "reason": e.reason or None, **_columns(e.place)}
        for e in report.entries
    ]
    awaited = [{"injury_status": "not_submitted", **_columns(place)} for place in report.awaited]
    return {TABLE: [{**row, "published_at": report.published} for row in (*listed, *awaited)]}


def _columns(place: Place) -> Row:
    return {"game_date": place.game_date, "tip_eastern": place.tip, "matchup": place.matchup, "team": place.team}


def read_report(pages: Sequence[str]) -> Report:
    """A report from the text of its pages; Refusal if a page is missing or a line cannot be read."""
    title = _TITLE.search(pages[0])
    if title is None:
        raise Refusal("contract", "injury report without its title line")
    published = datetime.strptime(title[1], "%m/%d/%y %I:%M %p").replace(tzinfo=EASTERN)
    report = Report(published.astimezone(UTC))
    for number, text in enumerate(pages, 1):
        page = _PAGE.search(text)
        if page is None or (int(page[1]), int(page[2])) != (number, len(pages)):
            raise Refusal("damaged", f"injury report: page {number} of {len(pages)} is missing or out of order")
    _read_lines(_lines(pages), report)
    return report


def _lines(pages: Sequence[str]) -> Iterator[str]:
    for text in pages:
        for line in map(str.strip, text.splitlines()):
            if line and not _TITLE.match(line) and not _PAGE.fullmatch(line) and line != _COLUMNS:
                yield line


def _read_lines(lines: Iterator[str], report: Report) -> None:
    """Add the entries. A date or team holds until the next one; text after a player's row continues his reason."""
    place = Place()
    for line in lines:
        place, rest = _placed(place, line)
        player = _PLAYER.match(rest)
        if (player or rest == _NOT_SUBMITTED) and not (place.game_date and place.team):
            raise Refusal("contract", f"injury report: {rest!r} before any game")
        if rest == _NOT_SUBMITTED:
            report.awaited.append(place)
        elif player:
            report.entries.append(Entry(place, player["name"], player["status"], player["reason"] or ""))
        elif rest and report.entries:
            last = report.entries[-1]
            last.reason = f"{last.reason} {rest}".strip()
        elif rest:
            raise Refusal("contract", f"injury report: cannot read {rest!r}")


def _placed(place: Place, line: str) -> tuple[Place, str]:
    """The place after what a line states of date, time, matchup and team, and the rest of the line."""
    if match := _GAME_DATE.match(line):
        place = replace(place, game_date=date(int(match[3]), int(match[1]), int(match[2])))
        line = line[match.end() :]
    if match := _TIME.match(line):
        place, line = replace(place, tip=match[0].strip()), line[match.end() :]
    if match := _MATCHUP.match(line):
        place, line = replace(place, matchup=match[0].strip()), line[match.end() :]
    name = next((n for n in _TEAM_NAMES if line.startswith(n)), "")
    return (replace(place, team=TRICODES[name]) if name else place), line[len(name) :].strip()


KINDS = (Kind("injury_report", "pdf", recognises, read, if_empty="a report without any team"),)
