"""Player names as keys: the lookup of a spelling, and an id made of the lookup for feeds without ids."""

import re
import unicodedata
from functools import lru_cache
from zlib import crc32

_LETTERS = {"ø": "o", "đ": "d", "ð": "d", "ł": "l", "ß": "ss", "æ": "ae", "œ": "oe", "þ": "th", "\u0131": "i"}
_SUFFIXES = {"jr", "sr", "ii", "iii", "iv", "v"}


@lru_cache(maxsize=16_384)
def player_lookup(name: str) -> str:
    """Lower-case letters only, without accents or suffix: `Luka Dončić` and `Doncic, Luka` give `lukadoncic`.

    `Family, Given` is put in order first. A name without letters gives the empty string.
    """
    family, comma, given = name.partition(",")
    plain = f"{given} {family}" if comma else name
    folded = "".join(_LETTERS.get(c, c) for c in plain.lower())
    ascii_only = unicodedata.normalize("NFKD", folded).encode("ascii", "ignore").decode()
    words = [w for w in (re.sub(r"[^a-z]", "", part) for part in ascii_only.split()) if w]
    kept = [w for i, w in enumerate(words) if i == 0 or w not in _SUFFIXES]
    return "".join(kept)


def made_up_player_id(lookup: str) -> int:
    """A stable negative id for a player whose feed has no ids: -(1 + CRC-32 of the lookup)."""
    return -1 - crc32(lookup.encode())
