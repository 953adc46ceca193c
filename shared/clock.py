"""Clocks: the machine's, and a virtual one that tests and replays set."""

from datetime import UTC, datetime


class SystemClock:
    """The machine's time, UTC."""

    def now(self) -> datetime:
        """The current instant."""
        return datetime.now(UTC)


class VirtualClock:
    """A clock that moves only when it is set, and never back."""

    def __init__(self, start: datetime) -> None:
        self._now = start

    def now(self) -> datetime:
        """The instant last set."""
        return self._now

    def advance_to(self, instant: datetime) -> None:
        """Move forward to the instant; an earlier one changes nothing."""
        self._now = max(self._now, instant)
