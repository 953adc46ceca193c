"""Injuries of the sample players, and their statuses on the injury reports before a game."""

# ruff: noqa: PLR2004 - the league is made of chosen numbers

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

import numpy as np

from shared.rules.dates import eastern_instant
from tipoff.sample.players import SamplePlayer

DAILY_HAZARD: Final = 0.018
_PARTS = (
    "Left Ankle; Sprain",
    "Right Knee; Soreness",
    "Lower Back; Tightness",
    "Right Hamstring; Strain",
    "Left Wrist; Contusion",
    "N/A; Illness",
    "Right Achilles Tendon; Injury Management",
    "Left Calf; Strain",
)


@dataclass(frozen=True)
class Spell:
    """The first and last day out, both included, and the reason."""

    first: int
    last: int
    reason: str


@dataclass(frozen=True)
class Report:
    """A player's status for one game from `known_at` on."""

    known_at: datetime
    status: str
    reason: str


def spells(seed: int, squads: dict[str, tuple[SamplePlayer, ...]], days: int) -> dict[int, tuple[Spell, ...]]:
    """The injuries of every player over the season, by player id."""
    rng = np.random.default_rng([seed, 3])
    spells_of: dict[int, tuple[Spell, ...]] = {}
    for squad in squads.values():
        for player in squad:
            mine, day = [], 0
            while (day := day + int(rng.geometric(DAILY_HAZARD * player.durability))) < days:
                last = day + int(rng.geometric(0.13))
                mine.append(Spell(day, last, f"Injury/Illness - {_PARTS[int(rng.integers(len(_PARTS)))]}"))
                day = last + 4
            spells_of[player.player_id] = tuple(mine)
    return spells_of


def spell_on(mine: tuple[Spell, ...], day: int) -> Spell | None:
    """The spell that keeps a player out on that day of the season, if any."""
    return next((s for s in mine if s.first <= day <= s.last), None)


def reports(
    rng: np.random.Generator, mine: tuple[Spell, ...], day: int, game_date: date, tip: datetime
) -> tuple[Report, ...]:
    """A player's statuses before a game: often uncertain at noon, final 75 minutes before the tip.

    A spell that starts on the game day is sometimes a late scratch, first reported 40 minutes before the tip.
    """
    noon, settled = eastern_instant(game_date, 12), tip - timedelta(minutes=75)
    spell = spell_on(mine, day)
    doubt = float(rng.random())
    if spell is not None:
        if spell.first == day and doubt < 0.25:
            return (Report(tip - timedelta(minutes=40), "Out", spell.reason),)
        ends_soon = spell.last - day <= 1 or spell.first == day
        if ends_soon and doubt < 0.6:
            early = "Doubtful" if doubt < 0.3 else "Questionable"
            return (Report(noon, early, spell.reason), Report(settled, "Out", spell.reason))
        return (Report(noon, "Out", spell.reason),)
    back = next((s for s in mine if 0 < day - s.last <= 3), None)
    if back is None:
        return ()
    early = "Questionable" if doubt < 0.35 else "Probable"
    return (Report(noon, early, back.reason), Report(settled, "Available", back.reason))
