"""`tipoff evaluate`: Score predictions beside the market and the moving average."""

from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.markup import escape

from shared.clock import SystemClock
from shared.errors import UserError
from shared.map.loader import pipeline_map
from tipoff.cli import render
from tipoff.cli.options import DEFAULT_HOME, AsJson, AtHome, FromDay, ToDay
from tipoff.cli.render import print_json, rows_of
from tipoff.evaluation import ablation, baselines, columns, filters, outcomes, plots, refusals, shopping
from tipoff.evaluation.graded_rows import Rows, played, read_rows, refuse_seen_dates
from tipoff.evaluation.page import Section, page
from tipoff.evaluation.report import By, beside_baselines, side_by_side
from tipoff.evaluation.report import evaluate as score
from tipoff.home import Home
from tipoff.operate.stores import open_stores

SHOWN = "champion"


def evaluate(
    home: AtHome = DEFAULT_HOME,
    first: FromDay = None,
    last: ToDay = None,
    by: Annotated[By, typer.Option(help="Split the rows.")] = "system",
    system: Annotated[str, typer.Option(help="Whose plots and filters are shown.")] = SHOWN,
    html: Annotated[Path | None, typer.Option(help="Also write one HTML page with plots.")] = None,
    as_json: AsJson = False,
) -> None:
    """Score every system beside the baselines. Where it predicted a player with a line who played.

    Each system is scored on all its own rows, and so is each baseline: the line, the line - 0.5, its price, the market
    of all books, the moving average, last season's over rate; for bets blind OVER and UNDER. A lead above zero is
    better than the baseline; `so` is the word that the interval allows. docs/metrics.md defines every figure.

    Example: tipoff evaluate --home build/r1 --by month --html build/report.html
    """
    _bring_own_up_to_date(home)
    report, systems = _measured(home, (first or date.min, last or date.max), by, system)
    if html is not None:
        _write(html, report, systems)
    if as_json:
        print_json(report)
    else:
        _print(report)


def _bring_own_up_to_date(home: Home) -> None:
    """Have the user's own systems predict what is new; what one of them failed at is a line on stderr."""
    if not home.files.beside("predictions"):
        return
    from tipoff.own import manage

    with render.progress_bar() as progress:
        failed = manage.refresh(home, SystemClock().now(), progress)
    for sentence in failed:
        render.console(stderr=True).print(f"[yellow]![/] {escape(sentence)}", soft_wrap=True)


def _measured(home: Home, dates: tuple[date, date], by: By, system: str) -> tuple[dict[str, Any], dict[str, Rows]]:
    """The report, and the rows behind it; UserError without any rows, or without those of the system."""
    tables, cards = rows_of(home), home.models.cards()
    refuse_seen_dates(tables, cards, *dates)
    graded = read_rows(tables, *dates)
    systems = played(graded)
    if not systems:
        raise UserError("no graded prediction with a line between these dates; run tipoff replay first")
    if system not in systems and system != SHOWN:
        raise UserError(f"{system} has no graded prediction with a line; there are {', '.join(systems)}")
    shown = system if system in systems else min(systems)
    same, left_out = side_by_side(systems, shown)
    rates = baselines.over_rates(tables)
    stores, settings = open_stores(home), pipeline_map().settings
    issued = outcomes.of_rows(tables, stores.state, stores.map, dates, SystemClock().now())
    report = {
        "issued": issued.sentence,
        "outcomes": issued.outcomes,
        "pending_reasons": issued.pending_reasons,
        "from": min(str(r.days.min()) for r in systems.values()),
        "to": max(str(r.days.max()) for r in systems.values()),
        "by": by,
        "shown": shown,
        "systems": _with_trials(score(systems, by, rates), cards),
        "over_rates": rates,
        "baselines": beside_baselines(systems, rates),
        "shopping": shopping.measured(tables, *dates, settings["own_bookmaker"], settings["aligned_minutes"]),
        "same_rows": same,
        "left_out_of_same_rows": left_out,
        "filters": {name: filters.roi_by_filter(rows) for name, rows in graded.items()},
        "ablation": ablation.averaged(systems, cards),
        "quotes": refusals.counted(tables, *dates, by=("bookmaker",)),
        "holds": refusals.holds(tables, *dates),
    }
    return report, systems


def _with_trials(figures: list[dict[str, Any]], cards: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The figures with how many variants were tried before the system's model was chosen; none for a formula."""
    units = pipeline_map().functions["predict"].units
    tried = {
        name: max((c.get("trials", 0) for c in cards if c["system_id"] == unit.model), default=0)
        for name, unit in units.items()
        if unit.model
    }
    return [{**row, "trials": tried.get(row["system"])} for row in figures]


def _sections(report: Mapping[str, Any]) -> list[Section]:
    """The tables of a report, for the page and for the terminal."""
    about_systems, about_bets = _of_scores(report), _of_bets(report)
    return [*about_systems, *about_bets, *_of_quotes(report), *_of_groups(report["ablation"], report["shown"])]


def _of_scores(report: Mapping[str, Any]) -> list[Section]:
    by, rows, shown = report["by"], report["systems"], report["shown"]
    skipped = ", ".join(report["left_out_of_same_rows"])
    without = f"; without {skipped}, which predicted fewer" if skipped else ""
    return [
        Section(
            "Points",
            "Each system and the line on all player-games with a line that the system predicted; the moving average on"
            " those of them that it predicted. MAE is of the distribution's median. Coverage: how many results lie"
            " inside the 80 % prediction interval.",
            columns.labelled(by, columns.POINTS),
            rows,
        ),
        Section(
            "Chances against the line",
            "P(over) at the line, pushes left out. Over rate: how often the points were above it. Hit rate: of the"
            " likelier side. Slope: 1 is calibrated, below 1 overconfident.",
            columns.labelled(by, columns.CHANCES),
            rows,
        ),
        Section(
            "Beside the best baseline",
            "For each score the lead on the baseline that scores best on the same rows; above zero is better than it."
            " So: what the interval allows to say; below 20 dates, or of too few rows, nothing is shown.",
            columns.labelled(by, columns.BEST),
            rows,
        ),
        Section(
            "Baselines",
            "Each baseline's scores and the system's lead on it, on the rows that the baseline covers. Line: a"
            " distribution with the line as its median; line's price: by its no-vig price; market: of all books.",
            columns.labelled("system", columns.BASELINES),
            report["baselines"],
        ),
        Section(
            "Side by side",
            f"On the rows that all these systems predicted{without}.",
            columns.labelled("system", columns.same_rows(shown)),
            report["same_rows"],
        ),
    ]


def _of_bets(report: Mapping[str, Any]) -> list[Section]:
    by, shown = report["by"], report["shown"]
    return [
        Section(
            "Bets",
            "One unit on each pick at the best line and price that were offered, beside the EV that was claimed. Blind:"
            " one unit on that side of every priced row, at the line's book. More bets to significance: how many"
            " more like these until the 95 % interval of ROI excludes zero. CLV: how far the bet's book moved in"
            " favour of the side until its last quote before the tip, in points and in no-vig chance at the bet's line."
            " Variants tried: on earlier seasons, before this one was chosen.",
            columns.labelled(by, columns.BETS),
            report["systems"],
        ),
        Section(
            "Shopping",
            "ROI of the same picks at the best book for the pick, at the book of the prediction's line, at the median"
            " book (by line, then price) and at one's own book, where it quoted the player. Gained: the best price's"
            " profit per unit less that at the line's book.",
            columns.labelled("system", columns.SHOPPING),
            report["shopping"],
        ),
        Section(
            "The next snapshot",
            "ROI of the same picks at the quotes of the first snapshot after the prediction, where there was one before"
            " the tip. Lost by waiting: the best price's profit per unit less that at the same book's next quote.",
            columns.labelled("system", columns.NEXT_SNAPSHOT),
            report["shopping"],
        ),
        Section(
            f"Filters of {shown}",
            "One unit on each bet that a filter removed; for rules not in use, on each pick that they would remove. A"
            " filter is useful if the units saved are above zero.",
            columns.FILTERS,
            report["filters"].get(shown, []),
        ),
    ]


def _of_quotes(report: Mapping[str, Any]) -> list[Section]:
    return [
        Section(
            "Quotes",
            "Each book's newest quotes at the prediction times, by the reason why they are no bet; `usable` may be"
            " bet on. Age: since the newest snapshot that listed the quote.",
            columns.QUOTES,
            [{**row, "reason": row["reason"] or "usable"} for row in report["quotes"]],
        ),
        Section(
            "Hold by book",
            "The margin in each book's two prices of a main line that a prediction may use.",
            columns.HOLDS,
            report["holds"],
        ),
    ]


def _of_groups(importances: Mapping[str, Sequence[Mapping[str, Any]]], shown: str) -> list[Section]:
    """The table of how much each group of features improves the system shown, if its models' cards have figures."""
    if shown not in importances:
        return []
    models, share = importances[shown][0]["models"], importances[shown][0]["of_rows"]
    behind, weighed = "the model", "held back from it"
    if models > 1:
        behind, weighed = f"the {models} models", "held back from each, each weighted by its predictions here"
    about = (
        f"Of {behind} behind {share:.0%} of these predictions, on the games {weighed}."
        " Withheld after training, without training again: a permuted group gives each player another player's values,"
        " a missing one is as if no book had offered a line. Groups with similar information replace each other, so"
        " the figures do not add up; a model trained without a group would mostly lose less."
    )
    drawn = [shown, *(s for s in importances if s != shown)]
    drawings = "".join(plots.ablation(importances[s], s) for s in drawn)
    return [Section(f"Importance of feature groups to {shown}", about, columns.ABLATION, importances[shown], drawings)]


def _write(path: Path, report: Mapping[str, Any], systems: Mapping[str, Rows]) -> None:
    shown, sections = report["shown"], _sections(report)
    drawn = systems[shown]
    by_line = report["systems"] if report["by"] == "line" else score(systems, "line", report["over_rates"])
    if report["by"] != "line":
        listed = columns.labelled("line", (*columns.POINTS, *columns.BEST[:8], *columns.BETS[:4]))
        mine = [r for r in by_line if r["system"] == shown]
        sections.insert(3, Section(f"{shown} by line", "The same figures by bucket of lines.", listed, mine))
    title = f"Tipoff, {report['from']} to {report['to']}: {len(drawn):,} player-games with a line"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(page(title, sections, drawn, shown, by_line), "utf-8")
    except OSError as error:
        raise UserError(f"cannot write {path}: {error.strerror or error}") from error


def _print(report: Mapping[str, Any]) -> None:
    out = render.console()
    out.print(f"[bold]{report['from']} to {report['to']}[/], predictions with a line of players who played")
    out.print(f"[dim]{escape(report['issued'])}[/]", soft_wrap=True)
    for section in _sections(report):
        out.print(f"\n[bold]{escape(section.heading)}[/]  [dim]{escape(section.about)}[/]", soft_wrap=False)
        render.show(_table(section.columns, section.rows))


def _table(columns: Sequence[Any], rows: Sequence[Mapping[str, Any]]) -> Any:
    filled = [c for i, c in enumerate(columns) if i == 0 or any(r.get(c.key) is not None for r in rows)]
    headings = (c.heading if i == 0 else f">{c.heading}" for i, c in enumerate(filled))
    return render.table(*headings, rows=([escape(c.cell(row)) for c in filled] for row in rows))
