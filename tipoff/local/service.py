"""The local service: schedules, the queue and the sweep on the real clock, until it is stopped."""

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from shared.work.app import App
from tipoff.local import scheduler
from tipoff.local.runtime import LocalRuntime

SWEEP_EVERY = timedelta(minutes=1)
FIRST_LOOK_BACK = timedelta(hours=24)  # the schedules that a new home makes up for
SHOW_EVERY = timedelta(minutes=10)
MAX_SLEEP_S = 2.0  # another process may have put a message into the queue
_COLLECTION, _ID = "schedules", "local"
log = logging.getLogger("tipoff.up")


@dataclass
class Service:
    """One process's loop over an app. `stop` may be set from any thread; the current message is finished first."""

    app: App
    runtime: LocalRuntime
    stop: threading.Event
    say: Callable[[str], None] = log.info
    _swept_at: datetime | None = field(default=None)
    _shown_at: datetime | None = field(default=None)

    def run(self) -> None:
        """Loop until stopped."""
        while not self.stop.is_set():
            self.turn()
            self.stop.wait(self.seconds_to_wait())

    def turn(self) -> None:
        """Send what schedules ask for, sweep once a minute, and deliver what is due."""
        self.tick()
        self.sweep()
        while not self.stop.is_set() and (delivery := self.runtime.queue.lease()) is not None:
            self.runtime.deliver(delivery)
        self.show()

    def show(self) -> None:
        """Let readers see the rows now, if no run is at work on them; at the latest ten minutes after the last time."""
        now = self.app.clock.now()
        is_late = self._shown_at is None or now - self._shown_at > SHOW_EVERY
        if is_late or not self.app.state.find("runs", "open", limit=1):
            self.runtime.on_settled()
            self._shown_at = now

    def tick(self) -> None:
        """Send the ticks since the last check, then store its time. A crash in between sends the same ids again."""
        now = self.app.clock.now()
        stored = self.app.state.get(_COLLECTION, _ID)
        after = datetime.fromisoformat(stored.doc["looked_at"]) if stored else now - FIRST_LOOK_BACK
        if after > now:
            self.say(f"the clock was ahead, at {after:%Y-%m-%d %H:%M}Z; schedules go on from a day before now")
            after, self._swept_at, self._shown_at = now - FIRST_LOOK_BACK, None, None
            self.runtime.queue.hasten()
        due = scheduler.due(self.app.map, after, now)
        for tick in due.left_out:
            if tick.schedule.day_offset < 0:
                self.say(f"missed {tick.id}; if nothing did it: tipoff request {tick.schedule.run} {tick.game_date}")
        self.app.events.publish([t.message(self.app.map.request_topics) for t in due.send])
        for tick in due.send:
            self.say(f"schedule {tick.id}" + (f" for {tick.game_date}" if tick.schedule.run else ""))
        doc = {"looked_at": now.isoformat()}
        if stored is None:
            self.app.state.create(_COLLECTION, _ID, doc)
        elif due.send or now - after > SWEEP_EVERY:
            self.app.state.replace(_COLLECTION, _ID, doc, stored.version)

    def sweep(self) -> None:
        """Deadlines, unsent events, units that were too early; at most once a minute."""
        now = self.app.clock.now()
        if self._swept_at is not None and now - self._swept_at < SWEEP_EVERY:
            return
        self._swept_at = now
        done = {name: n for name, n in self.runtime.sweep().items() if n}
        if done:
            self.say(f"sweep: {', '.join(f'{n} {name}' for name, n in done.items())}")

    def seconds_to_wait(self) -> float:
        """Until the next message, tick or look, at most two seconds."""
        now = self.app.clock.now()
        wanted = [scheduler.next_tick(self.app.map, now)]
        due_at = self.runtime.queue.next_due()
        if due_at is not None:
            wanted.append(due_at)
        return min(MAX_SLEEP_S, max(0.0, (min(wanted) - now).total_seconds()))
