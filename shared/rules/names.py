"""Player names: how a spelling becomes a lookup, and when two spellings may mean one player."""

import re
import unicodedata
from functools import cache, lru_cache
from itertools import takewhile
from pathlib import Path
from typing import Any
from zlib import crc32

_LETTERS = {"ø": "o", "đ": "d", "ð": "d", "ł": "l", "ß": "ss", "æ": "ae", "œ": "oe", "þ": "th", "\u0131": "i"}
_SUFFIXES = {"jr", "sr", "ii", "iii", "iv", "v"}
_BRACKETS = re.compile(r"\([^)]*\)")
_PAIRS = {"dj": "d", "ae": "a", "oe": "o", "ue": "u"}
_SHORTEST_PAIR = 4  # letters of a word; below, "DJ" are initials


@lru_cache(maxsize=16_384)
def player_lookup(name: str) -> str:
    """Lower-case letters only, without accents or suffix: `Luka Dončić` and `Doncic, Luka` give `lukadoncic`.

    `Family, Given` is put in order first. A name without letters gives the empty string.
    """
    return "".join(name_words(name))


@lru_cache(maxsize=16_384)
def name_words(name: str) -> tuple[str, ...]:
    """The words of a name, given name first, as `player_lookup` spells them; `(Jay)` in brackets is left out."""
    family, comma, given = _BRACKETS.sub(" ", name).partition(",")
    plain = f"{given} {family}" if comma else family
    folded = "".join(_LETTERS.get(c, c) for c in plain.lower())
    ascii_only = unicodedata.normalize("NFKD", folded).encode("ascii", "ignore").decode()
    words = [w for part in ascii_only.split() for w in re.sub(r"[^a-z-]", "", part).split("-") if w]
    return tuple(w for i, w in enumerate(words) if i == 0 or w not in _SUFFIXES)


@lru_cache(maxsize=65_536)
def may_be_same(one: str, other: str) -> bool:
    """Whether two spellings may mean one player: among the players of two teams, a single such match is that player.

    The given names must be equal, one the beginning of the other (`Herb`, `Herbert`; `J.`, `Jonathan`), the initials of
    two (`J.J.`, `Jose Juan`), or nicknames of each other in `names.yaml`; the family names must share a word (`Prince`,
    `Waller-Prince`). Also the same words in another order (`Zhou Qi`, `Qi Zhou`), a slug (`robertwilliams-c`), and the
    names of a player who was renamed.
    """
    (given, *family), (other_given, *other_family) = _spelled(one), _spelled(other)
    if sorted((given, *family)) == sorted((other_given, *other_family)) or _is_renamed(one, other):
        return True
    if not family:  # a slug: all in one word
        given, family = _cut(given, other_family)
    elif not other_family:
        other_given, other_family = _cut(other_given, family)
    shared = set(family) & set(other_family)
    return bool(shared) and any(
        _given_fit(a, b) for a in _givens(given, family, shared) for b in _givens(other_given, other_family, shared)
    )


def _givens(given: str, family: list[str], shared: set[str]) -> list[str]:
    """What may stand for a given name: itself and, where more words come before the family name, their initials."""
    before = [given, *takewhile(lambda word: word not in shared, family)]
    return [given, "".join(word[:1] for word in before)] if len(before) > 1 else [given]


def _is_renamed(one: str, other: str) -> bool:
    pair = {player_lookup(one), player_lookup(other)}
    return any(pair <= set(names) for names in _listed("renamed"))


def _cut(slug: str, family: list[str]) -> tuple[str, list[str]]:
    """A slug's given and family name, by the family name that it may end with; no family name if it does not."""
    end = "".join(family)
    return (slug.removesuffix(end), family) if end and slug.endswith(end) else (slug, [])


def _given_fit(one: str, other: str) -> bool:
    formal = [(name, *_listed("nicknames").get(name, ())) for name in (one, other)]
    return any(a.startswith(b) or b.startswith(a) for a in formal[0] for b in formal[1] if a and b)


def _spelled(name: str) -> tuple[str, ...]:
    """The words of a name, letters written as two (`Dj` for `Đ`, `oe` for `ö`) as the one letter is folded."""
    words = [_folded(w) if len(w) >= _SHORTEST_PAIR else w for w in name_words(name)]
    is_slug = len(words) > 1 and len(words[-1]) == 1  # `robertwilliams-c` ends with the position
    return tuple(words[:-1] if is_slug else words) or ("",)


def _folded(word: str) -> str:
    for pair, letter in _PAIRS.items():
        word = word.replace(pair, letter)
    return word


@cache
def _listed(kind: str) -> Any:
    """`nicknames` (given name -> formal ones) or `renamed` (groups of lookups) of names.yaml."""
    import yaml

    return yaml.safe_load(Path(__file__).with_suffix(".yaml").read_text("utf-8"))[kind]


def made_up_player_id(lookup: str) -> int:
    """A stable negative id for a player whose feed has no ids: -(1 + CRC-32 of the lookup)."""
    return -1 - crc32(lookup.encode())
