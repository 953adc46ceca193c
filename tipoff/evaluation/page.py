"""The evaluation as one self-contained HTML page: SVG plots and tables."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

from tipoff.evaluation import claims, plots
from tipoff.evaluation.columns import Column
from tipoff.evaluation.graded_rows import Rows

_STYLE = (
    "body{font:15px/1.45 system-ui,sans-serif;color:#222;background:#fff;margin:2rem auto;max-width:1180px;"
    "padding:0 1rem}h1{font-size:1.5rem}h2{font-size:1.15rem;margin:2.2rem 0 .3rem}p{margin:.2rem 0 .8rem;color:#555}"
    "table{border-collapse:collapse;font-size:13px;font-variant-numeric:tabular-nums}td,th{padding:.3rem .6rem;"
    "text-align:right;white-space:nowrap;border-bottom:1px solid #e3e3e3}td:first-child,th:first-child{text-align:left}"
    "th{border-bottom:2px solid #999}tr.shown{background:#eef4fa}.scroll{overflow-x:auto}"
    ".plots{display:grid;grid-template-columns:repeat(auto-fit,minmax(340px,1fr));gap:1rem}"
    "svg{width:100%;height:auto;max-width:560px}svg text{font-size:11px;fill:#444}svg .t{font-size:13px;fill:#111}"
)


@dataclass(frozen=True)
class Section:
    """A heading, what it shows, SVG plots (on the page only), and a table. ContractError if its text overclaims."""

    heading: str
    about: str
    columns: Sequence[Column]
    rows: Sequence[Mapping[str, Any]]
    plots: str = ""

    def __post_init__(self) -> None:
        """Hold the text to the claim policy."""
        claims.checked(f"{self.heading}. {self.about}")


def page(title: str, sections: Sequence[Section], drawn: Rows, shown: str, by_line: Sequence[Mapping[str, Any]]) -> str:
    """The document: plots of the system `shown` from its rows `drawn`, then the sections."""
    overall = plots.reliability(drawn) + plots.roi(drawn) + plots.errors_by_line(by_line, shown)
    head = (
        '<!doctype html><html lang="en"><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<title>{escape(title)}</title><link rel="icon" href="data:,"><style>{_STYLE}</style>'
    )
    body = "".join(_section(s, shown) for s in sections)
    return (
        f"{head}<h1>{escape(title)}</h1><h2>{escape(shown)}</h2>"
        f'<div class="plots">{overall}</div><h2>{escape(shown)}: reliability by line</h2>'
        f'<div class="plots">{plots.reliability_by_line(drawn)}</div>{body}</html>\n'
    )


def _section(section: Section, shown: str) -> str:
    head = f"<h2>{escape(section.heading)}</h2><p>{escape(section.about)}</p>"
    if section.plots:
        head += f'<div class="plots">{section.plots}</div>'
    if not section.rows:
        return f"{head}<p>no rows</p>"
    names = "".join(f"<th>{escape(c.heading)}</th>" for c in section.columns)
    lines = "".join(_row(section.columns, row, shown) for row in section.rows)
    return f'{head}<div class="scroll"><table><tr>{names}</tr>{lines}</table></div>'


def _row(columns: Sequence[Column], row: Mapping[str, Any], shown: str) -> str:
    marked = ' class="shown"' if row.get("system") == shown else ""
    return f"<tr{marked}>" + "".join(f"<td>{escape(c.cell(row))}</td>" for c in columns) + "</tr>"
