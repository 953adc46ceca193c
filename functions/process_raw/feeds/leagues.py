"""Whose rows these are: the league of a record, and the NBA's tricodes under other sources' abbreviations."""

from collections.abc import Iterable
from typing import Any

from shared.rules.teams import TEAMS, TRICODES

NBA = "NBA"
_OTHER_TRICODES = {
    "GS": "GSW", "NO": "NOP", "NY": "NYK", "SA": "SAS", "UTAH": "UTA", "UTH": "UTA", "WSH": "WAS", "PHO": "PHX",
    "BRK": "BKN", "CHO": "CHA", "NOR": "NOP",
}  # fmt: skip
_WNBA = """Atlanta Dream, Chicago Sky, Connecticut Sun, Dallas Wings, Golden State Valkyries, Indiana Fever,
Las Vegas Aces, Los Angeles Sparks, Minnesota Lynx, New York Liberty, Phoenix Mercury, Portland Fire, Seattle Storm,
Toronto Tempo, Washington Mystics""".replace("\n", " ").split(", ")

_SPORTS = {"nba": "NBA", "wnba": "WNBA", "ncaab": "NCAAB", "nfl": "NFL", "ncaaf": "NCAAF", "mlb": "MLB", "nhl": "NHL"}


def league_of_sport(key: Any) -> str | None:
    """The league of a sport like `basketball_nba`: NBA; of a sport that is not known its key in capitals."""
    if not isinstance(key, str) or not key:
        return None
    sport = key.rpartition("_")[2].lower()
    return _SPORTS.get(sport, key.upper())


def leagues(found: Iterable[str | None]) -> str:
    """The leagues of a document, each once, in the order of the alphabet; empty where it names none."""
    return ", ".join(sorted({league for league in found if league}))


def league_of_team(full_name: str) -> str | None:
    """The league of a team by city and nickname; None for a team of neither the NBA nor the WNBA."""
    return NBA if full_name in TRICODES else "WNBA" if full_name in _WNBA else None


def tricode(abbreviation: str, league: str | None) -> str | None:
    """The tricode of an NBA team under any source's abbreviation, None if it is none; of other leagues as it is."""
    if league != NBA:
        return abbreviation
    found = _OTHER_TRICODES.get(abbreviation, abbreviation)
    return found if found in TEAMS else None
