"""Clocks: the machine's, and one that is set."""

from datetime import UTC, datetime


class SystemClock:
    """The machine's time, UTC."""

    def now(self) -> datetime:
        """The current instant."""
        return datetime.now(UTC)


class VirtualClock:
    """Time that moves only when told to, and never back."""

    def __init__(self, start: datetime) -> None:
        self._now = start

    def now(self) -> datetime:
        """The instant last set."""
        return self._now

    def advance_to(self, instant: datetime) -> None:
        """Move forward to the instant; an earlier one changes nothing."""
        self._now = max(self._now, instant)
