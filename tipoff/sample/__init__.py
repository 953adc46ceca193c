"""A bundled sample season: a seeded, fictional league and a local server that answers like the real sources."""

from tipoff.sample.league import League
from tipoff.sample.server import Fault, SampleServer, serve

__all__ = ["Fault", "League", "SampleServer", "serve"]
