"""Which events of The Odds API can be asked for: read by the plan that asks and the parser that reports the others."""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from shared.rules.dates import parse_utc

_ID = re.compile(r"[0-9A-Za-z]{1,64}")  # ids go into paths


def commence_of(event: Mapping[str, Any]) -> datetime | None:
    """When an event starts (UTC); None if its time cannot be read or its id cannot go into a path."""
    try:
        commence = parse_utc(event["commence_time"])
    except ValueError:
        return None
    return commence if _ID.fullmatch(event["id"]) else None
