"""A sample season: a seeded, fictional league and a local server that answers as the real sources do."""

from tipoff.sample.league import League
from tipoff.sample.server import Fault, SampleServer, serve

__all__ = ["Fault", "League", "SampleServer", "serve"]
