"""Pages from templates: with the strip and the other pages around them, or alone in one file."""

from collections.abc import Callable
from datetime import date
from importlib.metadata import version
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from markupsafe import Markup

from tipoff import words
from tipoff.slate.picks import why_passed
from tipoff.web.pages import record
from tipoff.web.site import Site
from tipoff.web.strip import strip

FOLDER = Path(__file__).parent
PAGES = (("Tonight", "/"), ("Record", "/record"), ("Pipeline", "/pipeline"), ("Models", "/models"))


def templates() -> Environment:
    """The environment of every template; a name that a page does not give is an error."""
    found = Environment(
        loader=FileSystemLoader(FOLDER / "templates"), autoescape=select_autoescape(), undefined=StrictUndefined,
        trim_blocks=True, lstrip_blocks=True,
    )  # fmt: skip
    filters: dict[str, Callable[..., Any]] = {
        "clock": lambda at: words.eastern(at, with_day=False),
        "moment": words.eastern,
        "odds": words.odds,
        "share": words.share,
        "signed": words.signed,
        "interval": words.interval,
        "why": lambda reason: why_passed(reason) or reason.replace("_", " "),
        "pair": lambda value: (value, value),
        "filled": record.filled,
        "markup": Markup,
    }
    found.filters |= filters
    found.globals |= {"PAGES": PAGES, "version": version("tipoff")}
    return found


class Renderer:
    """Renders the templates for a home."""

    def __init__(self, site: Site) -> None:
        self._site, self._templates = site, templates()

    def page(self, template: str, here: str, day: date | None = None, **shown: Any) -> str:
        """A page among the others, with the strip of its date."""
        return self._render(template, day, here=here, is_alone=False, **shown)

    def alone(self, template: str, day: date, **shown: Any) -> str:
        """A page that needs nothing beside it: its style is in it, and nothing leads elsewhere."""
        style = Markup((FOLDER / "static" / "style.css").read_text("utf-8"))  # noqa: S704 - a file of ours
        return self._render(template, day, here="", is_alone=True, style=style, **shown)

    def _render(self, template: str, day: date | None, **shown: Any) -> str:
        site, now, stamp = self._site, self._site.clock.now(), self._site.stamp()
        shown |= {"stamp": stamp, "home": str(site.home), "is_replay": site.is_replay}
        shown |= {"strip": strip(site, day or site.day(), stamp, now)}
        return self._templates.get_template(template).render(shown)
