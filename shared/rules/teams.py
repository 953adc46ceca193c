"""The thirty teams: tricode, NBA team id, and their names in other feeds."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Team:
    """One team of the league."""

    tricode: str
    team_id: int
    city: str
    nickname: str

    @property
    def name(self) -> str:
        """City and nickname, as sportsbooks and the injury report write it."""
        return f"{self.city} {self.nickname}"


_ROWS = """ATL Atlanta|Hawks, BOS Boston|Celtics, CLE Cleveland|Cavaliers, NOP New Orleans|Pelicans, CHI Chicago|Bulls,
DAL Dallas|Mavericks, DEN Denver|Nuggets, GSW Golden State|Warriors, HOU Houston|Rockets, LAC LA|Clippers,
LAL Los Angeles|Lakers, MIA Miami|Heat, MIL Milwaukee|Bucks, MIN Minnesota|Timberwolves, BKN Brooklyn|Nets,
NYK New York|Knicks, ORL Orlando|Magic, IND Indiana|Pacers, PHI Philadelphia|76ers, PHX Phoenix|Suns,
POR Portland|Trail Blazers, SAC Sacramento|Kings, SAS San Antonio|Spurs, OKC Oklahoma City|Thunder, TOR Toronto|Raptors,
UTA Utah|Jazz, MEM Memphis|Grizzlies, WAS Washington|Wizards, DET Detroit|Pistons, CHA Charlotte|Hornets"""
FIRST_TEAM_ID = 1610612737  # the ids run in the order of the list above


def _teams() -> dict[str, Team]:
    teams = {}
    for number, row in enumerate(_ROWS.replace("\n", " ").split(",")):
        tricode, _, name = row.strip().partition(" ")
        city, _, nickname = name.partition("|")
        teams[tricode] = Team(tricode, FIRST_TEAM_ID + number, city, nickname)
    return teams


TEAMS = _teams()
TRICODES = {team.name: team.tricode for team in TEAMS.values()} | {"Los Angeles Clippers": "LAC"}
