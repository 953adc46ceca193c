"""What a source answers, and which document of the pipeline's sources a path is."""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

# A group of a path is the id by which it names its game.
_PATHS = {
    "schedule": re.compile(r".*(?:scheduleLeagueV2\.json|/scheduleleaguev2)"),
    "player_list": re.compile(r".*/commonallplayers"),
    "box_score": re.compile(r".*/boxscore_(\d+)\.json"),
    "injury_report": re.compile(r".*/Injury-Report_.*\.pdf"),
    "events": re.compile(r".*/basketball_nba/events"),
    "event_odds": re.compile(r".*/events/(\w+)/odds"),
    "odds": re.compile(r".*/basketball_nba/odds"),
}


@dataclass(frozen=True)
class Answer:
    """Status, body and headers; `is_lost`: the connection breaks before the body is complete."""

    status: int
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)
    is_lost: bool = False

    @property
    def is_there(self) -> bool:
        """Whether the source has what was asked for."""
        return self.status == 200 and not self.is_lost

    def edited(self, edit: Callable[[Any], Any]) -> "Answer":
        """The JSON document changed in place by `edit`, or replaced by what it returns."""
        document = json.loads(self.body)
        made = edit(document)
        body = json.dumps(document if made is None else made, ensure_ascii=False).encode()
        return replace(self, body=body)


def document_of(path: str) -> tuple[str, str]:
    """The document's name and, where it is about one game, the id by which the path names it; empty for others."""
    for name, pattern in _PATHS.items():
        if match := pattern.fullmatch(path):
            return name, "".join(match.groups())
    return "", ""
