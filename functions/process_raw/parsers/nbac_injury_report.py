"""Rows of nbac_injury_report from the league's official PDF."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from threading import Lock
from typing import Any

import pyarrow as pa

from functions.process_raw.parsers.matching import matcher_of
from functions.process_raw.results import Tally
from shared.contracts.work import Computed, Payload, Work
from shared.errors import ContractError
from shared.rules.dates import EASTERN
from shared.rules.teams import TRICODES

MAX_PAGES = 60
_PDFIUM = Lock()  # the library is not thread-safe

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


@dataclass
class Entry:
    """One player of a report, as printed (`Family, Given`)."""

    game_date: date
    team: str
    name: str
    status: str
    reason: str


@dataclass
class Report:
    """A whole report: when it was published, its entries, and how many teams had not submitted yet."""

    published: datetime
    entries: list[Entry] = field(default_factory=list)
    not_submitted: int = 0


def parse(payloads: Sequence[Payload], inputs: Mapping[str, pa.Table], work: Work) -> Computed:
    """A row per listed player of a game in the window; names not on the player list are refused as `unknown_player`."""
    matcher = matcher_of(inputs)
    rows: list[dict[str, Any]] = []
    tally = Tally()
    reports = [p for p in payloads if p.artifact.path.endswith(".pdf")]  # the plan chose them by the schedule
    for report, fetched_at in tally.read(reports, lambda p: (read_report(page_texts(p.body)), p.artifact.fetched_at)):
        tally.discarded["team_not_yet_submitted"] += report.not_submitted
        for entry in report.entries:
            if not work.from_date <= entry.game_date <= work.to_date:
                tally.discarded["outside_window"] += 1
                continue
            player = matcher.player(entry.name, (entry.team,))
            if player is None:
                tally.refuse("unknown_player", {"rule": "unknown_player", "name": entry.name, "team": entry.team})
                continue
            rows.append(_row(entry, player, min(report.published, fetched_at)))
    return tally.computed(rows, "no player is listed for the window")


def _row(entry: Entry, player: Mapping[str, Any], known_at: datetime) -> dict[str, Any]:
    return {
        **player,
        "game_date": entry.game_date,
        "team": entry.team,
        "injury_status": entry.status.lower(),
        "reason": entry.reason or None,
        "known_at": known_at,
        "known_at_source": "report",
        "source": "nba_injury_report",
    }


def page_texts(body: bytes) -> list[str]:
    """The text of every page; ContractError for a PDF that does not open or has a page without text."""
    import pypdfium2  # takes 0.1 s, and only this feed needs it

    with _PDFIUM:
        try:
            with pypdfium2.PdfDocument(body) as document:
                if len(document) > MAX_PAGES:
                    raise ContractError(f"injury report of {len(document)} pages")
                texts = [page.get_textpage().get_text_bounded() for page in document]
        except pypdfium2.PdfiumError as error:
            raise ContractError(f"injury report does not open: {error}") from error
    if not texts or not all(t.strip() for t in texts):
        raise ContractError("injury report with an unreadable page")
    return texts


def read_report(pages: Sequence[str]) -> Report:
    """A report from the text of its pages; ContractError if a page is missing or a line cannot be read."""
    title = _TITLE.search(pages[0])
    if title is None:
        raise ContractError("injury report without its title line")
    published = datetime.strptime(title[1], "%m/%d/%y %I:%M %p").replace(tzinfo=EASTERN)
    report = Report(published.astimezone(UTC))
    for number, text in enumerate(pages, 1):
        page = _PAGE.search(text)
        if page is None or (int(page[1]), int(page[2])) != (number, len(pages)):
            raise ContractError(f"injury report: page {number} of {len(pages)} is missing or out of order")
    _read_lines(_lines(pages), report)
    return report


def _lines(pages: Sequence[str]) -> Iterator[str]:
    for text in pages:
        for line in map(str.strip, text.splitlines()):
            if line and not _TITLE.match(line) and not _PAGE.fullmatch(line) and line != _COLUMNS:
                yield line


def _read_lines(lines: Iterator[str], report: Report) -> None:
    """Add the entries. A date or team holds until the next one; text after a player's row continues his reason."""
    game_date: date | None = None
    team = ""
    for line in lines:
        day, rest = _without_game(line)
        name = next((n for n in _TEAM_NAMES if rest.startswith(n)), "")
        game_date, team, rest = day or game_date, TRICODES.get(name, team), rest[len(name) :].strip()
        if rest == _NOT_SUBMITTED:
            report.not_submitted += 1
        elif player := _PLAYER.match(rest):
            if game_date is None or not team:
                raise ContractError(f"injury report: {rest!r} before any game")
            report.entries.append(Entry(game_date, team, player["name"], player["status"], player["reason"] or ""))
        elif rest and report.entries:
            last = report.entries[-1]
            last.reason = f"{last.reason} {rest}".strip()
        elif rest:
            raise ContractError(f"injury report: cannot read {rest!r}")


def _without_game(line: str) -> tuple[date | None, str]:
    """The date at the start of a line, if any, and the line after date, time and matchup."""
    match = _GAME_DATE.match(line)
    day = date(int(match[3]), int(match[1]), int(match[2])) if match else None
    for pattern in (_GAME_DATE, _TIME, _MATCHUP):
        line = pattern.sub("", line, count=1) if pattern.match(line) else line
    return day, line
