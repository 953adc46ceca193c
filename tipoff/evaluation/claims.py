"""Which words a figure may carry: the claim policy of docs/metrics.md, and the check of texts by it. Pure.

A comparison is a lead on a baseline, above zero where ours is better. Its word follows from its interval alone; a text
that says more does not render.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from shared.errors import ContractError
from tipoff.evaluation.intervals import LEAST_DATES, Interval

BETTER, WORSE, LEVEL, NOT_SHOWN = "better", "worse", "level with", "not shown"
LEAST_ROWS = {"roi": 300}  # bets; of every other figure:
LEAST_OTHER_ROWS = 500
# Leads within these are of no use to anyone: an interval inside is "level with".
MARGINS = {"mae": 0.05, "crps": 0.05, "log_score": 0.01, "brier": 0.002, "roi": 0.02}
NAMES = {"mae": "MAE", "crps": "CRPS", "log_score": "log score", "brier": "Brier score", "roi": "ROI"}
_FORMS = {"mae": "+.3f", "crps": "+.4f", "log_score": "+.4f", "brier": "+.4f", "roi": "+.1%"}


@dataclass(frozen=True)
class Claim:
    """A system's lead on a baseline in a figure (`mae`, `roi` and so on), its interval, and how much it is based on."""

    system: str
    figure: str
    baseline: str
    lead: float
    interval: Interval
    rows: int
    dates: int

    @property
    def word(self) -> str:
        """`better`, `worse`, `level with` or `not shown`."""
        if self._why_not:
            return NOT_SHOWN
        low, high = self._ends
        if low > 0.0 or high < 0.0:
            return BETTER if low > 0.0 else WORSE
        margin = MARGINS[self.figure]
        return LEVEL if -margin < low and high < margin else NOT_SHOWN

    @property
    def sentence(self) -> str:
        """`champion is better than the line in MAE: +0.019 (+0.008, +0.030), 5,155 rows on 79 dates.`."""
        name, form = NAMES[self.figure], _FORMS[self.figure]
        if self._why_not:
            return f"{self.system} beside {self.baseline} in {name}: not shown, {self._why_not}."
        verbs = {
            BETTER: "is better than",
            WORSE: "is worse than",
            LEVEL: "is level with",
            NOT_SHOWN: "is not shown to be better or worse than",
        }
        low, high = self._ends
        figures = f"{_number(self.lead, form)} ({_number(low, form)}, {_number(high, form)})"
        return f"{self.system} {verbs[self.word]} {self.baseline} in {name}: {figures}, {self._size}."

    @property
    def _size(self) -> str:
        return f"{self.rows:,} {'bets' if self.figure == 'roi' else 'rows'} on {self.dates} dates"

    @property
    def _why_not(self) -> str:
        least = LEAST_ROWS.get(self.figure, LEAST_OTHER_ROWS)
        if isinstance(self.interval, str):
            return self.interval
        return f"too few ({self._size}; {least} are needed)" if self.rows < least else ""

    @property
    def _ends(self) -> tuple[float, float]:
        if isinstance(self.interval, str):
            raise ContractError(f"{self.system}: {self.interval}")
        return self.interval


def of(figures: Mapping[str, Any], figure: str) -> Claim | None:
    """The claim that a system's figures beside its best baseline allow; None where they have none."""
    if f"{figure}_lead" not in figures:
        return None
    count, dates = ("bets", "bet_dates") if figure == "roi" else (f"{figure}_rows", f"{figure}_dates")
    return Claim(
        system=str(figures["system"]),
        figure=figure,
        baseline=str(figures[f"{figure}_best"]),
        lead=figures[f"{figure}_lead"],
        interval=figures[f"{figure}_lead_95"],
        rows=int(figures[count]),
        dates=int(figures[dates]),
    )


def together(claims: list[Claim]) -> str:
    """The word of several seasons: the one that all of them have, otherwise `not shown`."""
    words = {claim.word for claim in claims}
    return words.pop() if len(words) == 1 else NOT_SHOWN


# -- texts ------------------------------------------------------------------------------------------------------------

_UP = r"better|best|beats?|beaten|outperforms?|superior|ahead of|profitable|(?:makes?|made|making) (?:money|a profit)"
_DOWN = r"worse|worst|inferior|(?:loses?|lost|losing) money"
_WORDS = {BETTER: re.compile(rf"\b(?:{_UP})\b", re.IGNORECASE), WORSE: re.compile(rf"\b(?:{_DOWN})\b", re.IGNORECASE),
          LEVEL: re.compile(r"\blevel with\b", re.IGNORECASE)}  # fmt: skip
# Whose worth a sentence may claim; others, such as a price, may be the best without proof.
_SUBJECT = re.compile(
    r"\b(?:systems?|models?|champion\w*|ensemble\w*|catboost\w*|xgboost\w*|moving_average|similarity_\w+|zone_matchup\w*"
    r"|tipoff|picks?|bets?|betting|shopping|predictions?|forecasts?|edge)\b",
    re.IGNORECASE,
)
# What is no claim: a definition, a condition, or that something is not shown.
_NO_CLAIM = re.compile(
    r"\b(?:not shown|nothing is shown|no \w+ is shown|none (?:of \w+ )?is shown|above zero is|smaller is|when smaller"
    r"|if|whether|best (?:price|line|book|baselines?|first|quote)|before)\b",
    re.IGNORECASE,
)
_NUMBER = r"([+-]?\d+(?:\.\d+)?)%?"
_INTERVAL = re.compile(rf"\({_NUMBER}(?:, | to ){_NUMBER}\)")
_SIZE = re.compile(r"([\d,]+) (rows|bets) on ([\d,]+) dates")


def refusals(text: str) -> list[str]:
    """The sentences of a text, Markdown or plain, that claim more than the interval that they give; with the reason."""
    return [f"{why}: {sentence}" for sentence in _sentences(text) if (why := _overclaims(sentence))]


def checked(text: str) -> str:
    """The text itself; ContractError with its sentences that claim more than they show."""
    if found := refusals(text):
        raise ContractError("a text claims more than it shows (docs/metrics.md, Claims): " + "; ".join(found))
    return text


def _overclaims(sentence: str) -> str:
    """Why a sentence claims more than it shows; the empty string if it does not."""
    said = [word for word, pattern in _WORDS.items() if pattern.search(sentence)]
    if not said or _NO_CLAIM.search(sentence) or not _SUBJECT.search(sentence):
        return ""
    intervals, size = _INTERVAL.findall(sentence), _SIZE.search(sentence)
    if not intervals:
        return "no interval"
    if size is None:
        return "no number of rows and dates"
    least = LEAST_ROWS["roi"] if size[2] == "bets" else LEAST_OTHER_ROWS
    if int(size[1].replace(",", "")) < least or int(size[3].replace(",", "")) < LEAST_DATES:
        return "too few rows or dates"
    ends = [(float(low), float(high)) for low, high in intervals]
    allowed = {
        BETTER: all(low > 0.0 for low, _ in ends),
        WORSE: all(high < 0.0 for _, high in ends),
        LEVEL: all(low <= 0.0 <= high for low, high in ends),
    }
    return "" if all(allowed[word] for word in said) else "the interval does not show it"


def _sentences(text: str) -> Iterator[str]:
    """The sentences of a text, without code, comments and tables."""
    prose = re.sub(r"```.*?```|<!--.*?-->", "\n\n", text, flags=re.DOTALL)
    prose = re.sub(r"^\|.*$", "", prose, flags=re.MULTILINE)
    prose = re.sub(r"^(?:#+|[-*]|\d+\.) ", "\n\n", prose, flags=re.MULTILINE)
    for paragraph in re.split(r"\n\s*\n", prose):
        yield from re.split(r"(?<=[.!?:])\s+(?=[A-Z`*\"])|;\s+", " ".join(paragraph.split()))


def _number(value: float, form: str) -> str:
    return f"{0.0 + value:{form}}"
