"""The web application: a route a page, security headers, and the stream that says when the home has changed."""

import asyncio
from collections.abc import AsyncIterable, Callable
from datetime import date, timedelta
from http import HTTPStatus
from typing import Annotated, Any, get_args

from fastapi import FastAPI, HTTPException, Query, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse
from fastapi.sse import EventSourceResponse, ServerSentEvent
from fastapi.staticfiles import StaticFiles
from pydantic import BeforeValidator
from starlette.datastructures import MutableHeaders
from starlette.middleware.gzip import GZipMiddleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from shared.adapters.local.readers import HomeRows
from shared.clock import SystemClock
from shared.errors import TipoffError, UserError
from shared.ports import Clock
from tipoff.evaluation.report import By
from tipoff.home import Home
from tipoff.operate import overview
from tipoff.slate import track_record
from tipoff.slate.picks import known_systems
from tipoff.slate.results import results
from tipoff.web.pages import models, pipeline, player, record, tonight
from tipoff.web.rendering import FOLDER, Renderer
from tipoff.web.site import LOOK_EVERY_S, Site

LOCAL = ["127.0.0.1", "localhost", "[::1]"]  # no page of another site may read the home under a name of its own
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self';"
    " connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
}

OptionalDate = BeforeValidator(lambda text: text or None)  # a form sends an empty field too


class Secured:
    """Every answer with the security headers; what is not static is asked for again each time."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on, with headers added."""

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers.update(HEADERS)
                headers.setdefault("Cache-Control", "no-cache")
            await send(message)

        await self.app(scope, receive, send_with_headers)


class Pages:
    """Answers with pages of a home."""

    def __init__(self, site: Site) -> None:
        self.site, self._renderer = site, Renderer(site)

    def answer(
        self, template: str, here: str, day: date | None = None, status: int = 200, **shown: Any
    ) -> HTMLResponse:
        """The page of a template, with the strip of its date."""
        return HTMLResponse(self._renderer.page(template, here, day, **shown), status)

    def kept(self, request: Request, make: Callable[[], Response]) -> Response:
        """The answer that `make` gives to an address, made anew when the home has changed and every minute."""
        minute = self.site.clock.now().replace(second=0, microsecond=0)
        key = (request.url.path, request.url.query, minute)
        return HTMLResponse(self.site.of_stamp(key, lambda: bytes(make().body)))


def create_app(home: Home, clock: Clock | None = None) -> FastAPI:
    """The pages of a home; UserError if it holds no state."""
    site = Site(home, clock or SystemClock())
    pages = Pages(site)
    app = FastAPI(title="Tipoff", docs_url=None, redoc_url=None, openapi_url=None)
    app.add_middleware(GZipMiddleware, minimum_size=1000, compresslevel=5)
    app.add_middleware(TrustedHostMiddleware, allowed_hosts=LOCAL)
    app.add_middleware(Secured)
    app.state.is_leaving = False
    app.mount("/static", StaticFiles(directory=FOLDER / "static"))
    _say_errors(app, pages)
    _stream(app, site)
    _tonight(app, pages)
    _player(app, pages)
    _record(app, pages)
    _pipeline(app, pages)
    _models(app, pages)
    return app


def _say_errors(app: FastAPI, pages: Pages) -> None:
    """A mistake in the address is a page with one sentence, as on the command line."""

    @app.exception_handler(TipoffError)
    def tipoff_error(request: Request, error: TipoffError) -> Response:
        del request
        status = HTTPStatus.NOT_FOUND if isinstance(error, UserError) else HTTPStatus.SERVICE_UNAVAILABLE
        return pages.answer("error.html", "", status=status, sentence=str(error))

    @app.exception_handler(RequestValidationError)
    def invalid(request: Request, error: RequestValidationError) -> Response:
        del request
        named = ", ".join(str(e["loc"][-1]) for e in error.errors())
        return pages.answer("error.html", "", status=422, sentence=f"not a valid {named}")

    @app.exception_handler(404)
    def unknown(request: Request, error: HTTPException) -> Response:
        del error
        return pages.answer("error.html", "", status=404, sentence=f"there is no page {request.url.path}")


def _stream(app: FastAPI, site: Site) -> None:
    @app.get("/events", response_class=EventSourceResponse)
    async def events() -> AsyncIterable[ServerSentEvent]:
        """The home's stamp, now and whenever it changes; the stream ends when its reader or the server leaves."""
        shown = ""
        while not app.state.is_leaving:
            stamp = (await run_in_threadpool(site.stamp)).text
            if stamp != shown:
                yield ServerSentEvent(data=stamp, event="stamp")
                shown = stamp
            await asyncio.sleep(LOOK_EVERY_S)


def _tonight(app: FastAPI, pages: Pages) -> None:
    site = pages.site

    @app.get("/")
    def page(
        request: Request,
        day: Annotated[date | None, OptionalDate, Query(alias="date")] = None,
        system: str = track_record.SHOWN,
        game: str = "",
        side: str = "",
        book: str = "",
        q: str = "",
    ) -> Response:
        def make() -> Response:
            when = day or site.day()
            every = tonight.of_site(site, when, system)
            names = {g["game_id"]: f"{g['away_team']} @ {g['home_team']}" for g in every.games}
            return pages.answer(
                "tonight.html", "/", when, t=every.only(game, side, book, q), every=every, game_names=names.items(),
                asked={"game": game, "side": side, "book": book, "q": q}, **tonight.about(every, site),
            )  # fmt: skip

        return pages.kept(request, make)


def _player(app: FastAPI, pages: Pages) -> None:
    site = pages.site

    @app.get("/player/{player_id}")
    def page(
        request: Request,
        player_id: int,
        day: Annotated[date | None, OptionalDate, Query(alias="date")] = None,
        system: str = track_record.SHOWN,
        why: Annotated[bool, Query()] = False,  # noqa: FBT002 - a parameter of the address
    ) -> Response:
        def make() -> Response:
            when = day or site.day()
            key = (player_id, when, system)
            seen = site.of_rows(("player", *key), lambda tables: player.seen(tables, *key))
            systems = site.of_rows(("systems",), known_systems)
            moved = site.of_rows(("why", *key), lambda tables: player.why(tables, site.home, seen)) if why else ((), "")
            return pages.answer(
                "player.html", "/player", when, s=seen, systems=systems, stages=moved[0], no_why=moved[1]
            )

        return pages.kept(request, make)


def _record(app: FastAPI, pages: Pages) -> None:
    site = pages.site

    @app.get("/record")
    def page(
        request: Request,
        system: str = track_record.SHOWN,
        by: By = "system",
        first: Annotated[date | None, OptionalDate, Query(alias="from")] = None,
        last: Annotated[date | None, OptionalDate, Query(alias="to")] = None,
    ) -> Response:
        dates = (first or date.min, last or date.max)

        def read(tables: HomeRows) -> record.Shown:
            cards, now = site.home.models.cards(), site.clock.now()
            measured = track_record.measured(tables, cards, site.stores, dates, by, system, now)
            return record.shown(*measured, lambda shown: results(tables, None, shown))

        def make() -> Response:
            asked: dict[str, Any] = {"system": system, "by": by, "first": first, "last": last, "splits": get_args(By)}
            try:
                found = site.of_rows(("record", system, by, dates), read)
            except UserError as error:
                return pages.answer("record.html", "/record", s=None, sentence=str(error), asked=asked)
            return pages.answer("record.html", "/record", s=found, asked={**asked, "system": found.report["shown"]})

        return pages.kept(request, make)


def _pipeline(app: FastAPI, pages: Pages) -> None:
    site = pages.site

    @app.get("/pipeline")
    def page(request: Request, day: Annotated[date | None, OptionalDate, Query(alias="date")] = None) -> Response:
        def make() -> Response:
            when, now, stores = day or site.day(), site.clock.now(), site.stores
            rows = pipeline.grid(stores, max(when, site.day()), now)
            if rows and when < rows[-1].day:
                rows = pipeline.grid(stores, when, now)
            shown = overview.look(stores, when.isoformat(), now, overview.day_grids(stores, when, now))
            return pages.answer(
                "pipeline.html", "/pipeline", when, rows=rows, shown=shown, queue=stores.queue.counts(),
                runs=pipeline.runs(stores, shown), sources=pipeline.sources(stores, shown.grids),
                older=rows[-1].day - timedelta(days=1) if len(rows) == pipeline.DATES else None,
            )  # fmt: skip

        return pages.kept(request, make)


def _models(app: FastAPI, pages: Pages) -> None:
    site = pages.site

    @app.get("/models")
    def page(request: Request) -> Response:
        def make() -> Response:
            used = site.of_rows(("models used",), models.used)
            return pages.answer("models.html", "/models", systems=models.registry(site.home.models, used))

        return pages.kept(request, make)
