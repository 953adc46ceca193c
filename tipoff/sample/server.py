"""The sample sources over HTTP: the real hosts' paths, answers as known at the clock's time, faults on demand."""

import re
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock, Thread
from typing import Any
from urllib.parse import parse_qs, urlsplit

from shared.contracts.sources import SITES
from shared.ports import Clock
from shared.rules.dates import eastern_date, eastern_instant, parse_utc, season_year
from shared.rules.injury_reports import reports_until
from tipoff.sample import odds, payloads
from tipoff.sample.injury_pdf import injury_report
from tipoff.sample.league import League

_BLOCK_PAGE = b"<!DOCTYPE html><html><title>Just a moment...</title><body>Checking your browser</body></html>"
_BOX = re.compile(r"/static/json/liveData/boxscore/boxscore_(\d{10})\.json")
_REPORT = re.compile(r"/referee/injury/Injury-Report_((\d{4}-\d\d-\d\d)_.{4,7})\.pdf")
_EVENT = re.compile(r"/v4/sports/basketball_nba/events/([0-9a-f]{32})/odds")


@dataclass
class Fault:
    """A fault on a path: a status, a delay, a redirect or a corrupted body; `times` is how often (None: always)."""

    status: int = 200
    error_code: str = ""  # in the body, as The Odds API gives it
    retry_after_s: int | None = None
    hang_s: float = 0.0
    body: str = ""  # truncate, cut_off (the connection ends too early), block_page, text, empty, huge
    redirect: str = ""
    times: int | None = None


@dataclass
class SampleServer:
    """A running server. `faults` maps a part of a path to its fault; `requests` lists the paths requested.

    `credits` is what the account has at The Odds API, of which answers with odds `spent` some.
    """

    league: League
    clock: Clock
    url: str = ""
    faults: dict[str, Fault] = field(default_factory=dict)
    requests: list[str] = field(default_factory=list)
    credits: int = 1_000_000
    spent: int = 0
    _lock: Lock = field(default_factory=Lock)

    @property
    def base_urls(self) -> dict[str, str]:
        """This server's address for every source of the host list."""
        return dict.fromkeys(SITES, self.url)

    def fault_of(self, path: str) -> Fault | None:
        """Log the request; the fault that applies to it, if any, which counts as one of its times."""
        with self._lock:
            self.requests.append(path)
            for part, fault in self.faults.items():
                if part in path and fault.times != 0:
                    if fault.times is not None:
                        fault.times -= 1
                    return fault
        return None

    def charge(self, path: str, query: Mapping[str, str]) -> dict[str, str] | None:
        """The headers of a paid answer, charged to the account; None if it has too few credits."""
        cost = _cost(path, query)
        with self._lock:
            if self.spent + cost > self.credits:
                return None
            self.spent += cost
            figures = {"last": cost, "used": self.spent, "remaining": self.credits - self.spent}
        return {f"x-requests-{name}": str(figure) for name, figure in figures.items()}


@dataclass(frozen=True)
class _Reply:
    """What goes over the wire."""

    status: int
    kind: str
    body: bytes
    headers: Mapping[str, str]


def _cost(path: str, query: Mapping[str, str]) -> int:
    """Credits of an answer of The Odds API: markets times regions, ten times as much for the past."""
    if not path.endswith("/odds"):
        return int("/historical/" in path)
    markets, regions = (query.get(name, "h2h").count(",") + 1 for name in ("markets", "regions"))
    return markets * regions * (10 if "/historical/" in path else 1)


def answer(league: League, path: str, query: Mapping[str, str], now: datetime) -> tuple[str, bytes] | None:
    """Content type and body for a path at a moment; None where the real host would answer 404."""
    if path == "/static/json/staticData/scheduleLeagueV2.json":
        return "application/json", payloads.schedule(league, now)
    if path == "/stats/leaguegamelog":
        return "application/json", payloads.game_log(league, query, now)
    if path == "/stats/commonallplayers":
        return "application/json", payloads.player_list(league, season_year(eastern_date(now)))
    if match := _BOX.fullmatch(path):
        game = league.by_id.get(match[1])
        body = payloads.box_score(game, now) if game else None
        return ("application/json", body) if body else None
    if match := _REPORT.fullmatch(path):
        midnight = eastern_instant(date.fromisoformat(match[2]) + timedelta(days=1), 0)
        due = [report.due for report in reports_until(midnight) if report.name == match[1]]
        return ("application/pdf", injury_report(league, due[0])) if due and due[0] <= now else None
    return _odds_answer(league, path, query, now)


def _odds_answer(league: League, path: str, query: Mapping[str, str], now: datetime) -> tuple[str, bytes] | None:
    is_historical = path.startswith("/v4/historical/")
    moment = min(parse_utc(query["date"]), now) if is_historical else now
    live_path = path.replace("/historical", "", 1) if is_historical else path
    data: Any
    markets = set(query.get("markets", "h2h").split(","))
    if live_path == "/v4/sports/basketball_nba/events":
        data = odds.events(league, moment)
    elif live_path == "/v4/sports/basketball_nba/odds":
        data = odds.odds(league, moment, markets)
    elif (match := _EVENT.fullmatch(live_path)) and (game := odds.find_event(league, match[1])):
        data = odds.event_odds(league, game, moment, markets)
    else:
        return None
    return "application/json", payloads.dump(odds.historical(data, moment) if is_historical else data)


def _reply(server: SampleServer, path: str, query: Mapping[str, str], fault: Fault) -> _Reply:
    """The answer at the clock's time, as the fault leaves it."""
    if fault.status != HTTPStatus.OK or fault.redirect:
        return _refusal(fault.status, fault.error_code)
    answered = answer(server.league, path, query, server.clock.now())
    if answered is None:
        return _refusal(404, "EVENT_NOT_FOUND" if "/events/" in path else "")
    charged = server.charge(path, query) if path.startswith("/v4/") else {}
    if charged is None:
        return _refusal(401, "OUT_OF_USAGE_CREDITS")
    return _Reply(200, *_corrupted(fault.body, *answered), charged)


def _refusal(status: int, error_code: str) -> _Reply:
    stated = {"message": "refused", **({"error_code": error_code} if error_code else {})}
    return _Reply(status, "application/json", payloads.dump(stated), {})


def _handler(server: SampleServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def do_GET(self) -> None:
            """Answer, with the fault that applies."""
            parts = urlsplit(self.path)
            fault = server.fault_of(parts.path) or Fault()
            time.sleep(fault.hang_s)
            query = {k: v[-1] for k, v in parse_qs(parts.query).items()}
            reply = _reply(server, parts.path, query, fault)
            self.send_response(reply.status)
            self.send_header("Content-Type", reply.kind)
            self.send_header("Content-Length", str(len(reply.body)))
            for name, text in reply.headers.items():
                self.send_header(name, text)
            if fault.retry_after_s is not None:
                self.send_header("Retry-After", str(fault.retry_after_s))
            if fault.redirect:
                self.send_header("Location", fault.redirect)
            self.end_headers()
            if fault.body == "cut_off":
                self.close_connection = True
            self.wfile.write(reply.body[: len(reply.body) // 2] if fault.body == "cut_off" else reply.body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
            """Requests are listed in `SampleServer.requests`, not on the terminal."""

    return Handler


def _corrupted(how: str, kind: str, body: bytes) -> tuple[str, bytes]:
    damaged = {
        "truncate": (kind, body[: len(body) // 2]),
        "block_page": ("text/html", _BLOCK_PAGE),
        "text": ("text/plain", b"Service temporarily unavailable"),
        "empty": (kind, b""),
    }
    return (kind, body + b" " * (64 * 1024 * 1024)) if how == "huge" else damaged.get(how, (kind, body))


class _Http(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Ignore clients that disconnect early, as tests of time-outs do."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


@contextmanager
def serve(league: League, clock: Clock, port: int = 0) -> Iterator[SampleServer]:
    """Serve the league on a port of 127.0.0.1 (0: a free one) until the block ends."""
    server = SampleServer(league, clock)
    with _Http(("127.0.0.1", port), _handler(server)) as http:
        server.url = f"http://127.0.0.1:{http.server_address[1]}"
        thread = Thread(target=http.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        thread.start()
        try:
            yield server
        finally:
            http.shutdown()
            thread.join()
