"""Fictional players on the thirty real teams, with names made of syllables, roles, skills and ages."""

# ruff: noqa: SIM905 - lists of syllables are easiest to read as text

from dataclasses import dataclass
from typing import Final

import numpy as np

from shared.rules.names import player_lookup
from shared.rules.teams import TEAMS

ROSTER_SIZE: Final = 15
FIRST_PLAYER_ID: Final = 1_900_001
_ROLE_MINUTES = (35.0, 33.0, 31.0, 29.0, 26.5, 22.5, 19.0, 16.5, 13.0, 10.0, 7.0, 4.0, 3.0, 2.0, 1.0)

_GIVEN = tuple("Dar Mal Jor Tre Kev Zan Luk Mik Bor Eli Theo Nik Ras Oza Cal Dev Ty Qua Ser Ivo".split())
_GIVEN_END = tuple("an en in on ius ell eq is io as ric vin".split())
_FAMILY = tuple("Bram Cald Dor Fen Gar Hol Kest Lan Mor Nev Pell Quin Rad Stav Tal Ven Wex Yar Zim Ös Né Åk".split())
_FAMILY_END = tuple("ley ford son wick ano vić man er court dale ström -Reed ington bury é ov".split())
_SUFFIXES = ("", "", "", "", "", "", "", "", "", " Jr.", " II", " III")


@dataclass(frozen=True)
class SamplePlayer:
    """One player. Rates are per minute relative to team-mates, shares and percentages 0 to 1."""

    player_id: int
    given: str
    family: str
    team: str
    age: int
    rank: int
    minutes: float
    usage: float
    three_share: float
    three_pct: float
    two_pct: float
    free_throw_rate: float
    free_throw_pct: float
    big: float
    durability: float

    @property
    def name(self) -> str:
        """`Given Family`, accents and suffix included."""
        return f"{self.given} {self.family}"


def rosters(seed: int) -> dict[str, tuple[SamplePlayer, ...]]:
    """Fifteen players per team, by rank of playing time; every player of the league has another lookup."""
    rng = np.random.default_rng([seed, 1])
    taken: set[str] = set()
    squads: dict[str, tuple[SamplePlayer, ...]] = {}
    for team in TEAMS:
        strength = rng.normal(0.0, 0.012)
        squad = []
        for rank in range(ROSTER_SIZE):
            name = _name(rng, taken)
            squad.append(_player(rng, FIRST_PLAYER_ID + len(taken) - 1, name, (team, rank), strength))
        squads[team] = tuple(squad)
    return squads


def _name(rng: np.random.Generator, taken: set[str]) -> tuple[str, str]:
    while True:
        given = str(rng.choice(_GIVEN)) + str(rng.choice(_GIVEN_END))
        family = str(rng.choice(_FAMILY)) + str(rng.choice(_FAMILY_END)) + str(rng.choice(_SUFFIXES))
        lookup = player_lookup(f"{given} {family}")
        if lookup not in taken:
            taken.add(lookup)
            return given, family


def _player(
    rng: np.random.Generator, player_id: int, name: tuple[str, str], place: tuple[str, int], strength: float
) -> SamplePlayer:
    (given, family), (team, rank) = name, place
    big = float(np.clip(rng.beta(1.4, 1.8), 0, 1))
    star = max(0.0, 1.0 - rank / 6)
    return SamplePlayer(
        player_id=player_id,
        given=given,
        family=family,
        team=team,
        age=int(rng.integers(19, 37)),
        rank=rank,
        minutes=float(np.clip(_ROLE_MINUTES[rank] + rng.normal(0, 1.2), 1, 38)),
        usage=float(np.exp(rng.normal(0.42 * star - 0.12, 0.16))),
        three_share=float(np.clip(rng.normal(0.55 - 0.38 * big, 0.07), 0.02, 0.75)),
        three_pct=float(np.clip(rng.normal(0.362, 0.02) + strength, 0.28, 0.43)),
        two_pct=float(np.clip(rng.normal(0.515 + 0.06 * big, 0.02) + strength, 0.44, 0.66)),
        free_throw_rate=float(np.clip(rng.normal(0.22 + 0.1 * star, 0.06), 0.05, 0.5)),
        free_throw_pct=float(np.clip(rng.normal(0.80 - 0.1 * big, 0.05), 0.5, 0.93)),
        big=big,
        durability=float(rng.uniform(0.5, 1.6)),
    )
