"""The track record: every figure of `tipoff evaluate`, with its plots, the denominator and the last date's results."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from tipoff.evaluation import plots
from tipoff.evaluation.columns import Column
from tipoff.evaluation.graded_rows import Rows
from tipoff.evaluation.page import Section
from tipoff.slate import track_record
from tipoff.slate.results import Results


@dataclass(frozen=True)
class Shown:
    """A report with its tables, and its plots of the shown system."""

    report: Mapping[str, Any]
    sections: tuple[Section, ...]
    overall: Markup
    by_line: Markup
    night: Results | None

    @property
    def systems(self) -> list[str]:
        """Those with a graded prediction."""
        return sorted({row["system"] for row in self.report["systems"]})


def shown(report: Mapping[str, Any], systems: Mapping[str, Rows], night: Callable[[str], Results]) -> Shown:
    """What the page shows of a report; `night` gives a system's results of the last graded date."""
    drawn, name = systems[report["shown"]], report["shown"]
    sections, by_line = track_record.with_lines(report, systems)
    overall = plots.reliability(drawn) + plots.roi(drawn) + plots.errors_by_line(by_line, name)
    return Shown(
        report,
        tuple(sections),
        Markup(overall),  # noqa: S704 - names in plots are escaped where they are drawn
        Markup(plots.reliability_by_line(drawn)),  # noqa: S704 - the same
        night(name),
    )


def filled(section: Section) -> Sequence[Column]:
    """The columns of which some row has a figure; the first one always."""
    rows = section.rows
    return [c for i, c in enumerate(section.columns) if i == 0 or any(r.get(c.key) is not None for r in rows)]
