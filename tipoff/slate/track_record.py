"""The track record of a home: every figure of its graded predictions, and the tables that show them."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from shared.adapters.local.readers import HomeRows
from shared.errors import UserError
from shared.map.loader import pipeline_map
from tipoff.evaluation import ablation, baselines, columns, filters, outcomes, plots, refusals, shopping
from tipoff.evaluation.graded_rows import Rows, played, read_rows, refuse_seen_dates
from tipoff.evaluation.page import Section
from tipoff.evaluation.report import By, beside_baselines, side_by_side
from tipoff.evaluation.report import evaluate as score
from tipoff.operate.stores import Stores

SHOWN = "champion"


def measured(
    tables: HomeRows,
    cards: Sequence[Mapping[str, Any]],
    stores: Stores,
    dates: tuple[date, date],
    by: By,
    system: str,
    now: datetime,
) -> tuple[dict[str, Any], dict[str, Rows]]:
    """The report, and the rows behind it; UserError without any rows, or without those of the system."""
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
    settings = pipeline_map().settings
    issued = outcomes.of_rows(tables, stores.state, stores.map, dates, now)
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


def sections(report: Mapping[str, Any]) -> list[Section]:
    """The tables of a report, for pages and for the terminal."""
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


def with_lines(report: Mapping[str, Any], systems: Mapping[str, Rows]) -> tuple[list[Section], list[dict[str, Any]]]:
    """The tables of a page, with one of the shown system by bucket of lines; and the figures by bucket of lines."""
    shown, listed = report["shown"], sections(report)
    by_line = report["systems"] if report["by"] == "line" else score(systems, "line", report["over_rates"])
    if report["by"] != "line":
        chosen = columns.labelled("line", (*columns.POINTS, *columns.BEST[:8], *columns.BETS[:4]))
        mine = [r for r in by_line if r["system"] == shown]
        listed.insert(3, Section(f"{shown} by line", "The same figures by bucket of lines.", chosen, mine))
    return listed, by_line
