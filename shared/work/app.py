"""What a process is built of: the map, the settings, the clock and an implementation of every port."""

from collections.abc import Callable
from dataclasses import dataclass

from shared.map.model import PipelineMap
from shared.ports import Archive, Clock, Events, Feeds, Models, State, Tables
from shared.protocol.engine import Engine
from shared.settings import Settings


@dataclass(frozen=True)
class App:
    """Everything a function needs, built once per process."""

    map: PipelineMap
    settings: Settings
    clock: Clock
    state: State
    events: Events
    tables: Tables
    archive: Archive
    feeds: Feeds
    models: Models
    engine: Engine
    owner: str
    code_hash: Callable[[str, str], str]  # takes function and unit
