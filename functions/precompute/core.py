"""Zones need shot locations; a top-up needs players without a cache. Pure."""

from collections.abc import Mapping

from shared.contracts.work import Computed

IMPLEMENTS: Mapping[str, tuple[str, ...]] = {}  # every unit is a query


def ready(unit: str, facts: Mapping[str, int]) -> Computed | None:
    """None to run, or how the unit ends without it: no feed has shot locations, or no player lacks a cache.

    `facts` counts the games `with_locations`, or the players whose cache is `missing`: on most dates there are none.
    """
    if any(facts.values()):
        return None
    if "missing" in facts:
        return Computed(outcome="empty", reason="nothing_missing", expected=0)
    return Computed(outcome="no_source", reason=f"no feed has the shot locations {unit} needs", expected=0)


def judge(unit: str, facts: Mapping[str, int], found: int) -> Computed:
    """Any number of rows is right: one for each player with locations, or without a cache. No rows are reported.

    No cache although some were counted as missing is a failure: the count is wrong.
    """
    del unit
    if found:
        return Computed()
    if "missing" in facts:
        return Computed(outcome="failed", reason=f"none of {facts['missing']} missing caches was made")
    return Computed(outcome="no_source", reason="no player of the slate has locations")
