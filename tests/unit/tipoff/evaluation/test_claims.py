"""The claim policy: a figure's word follows from its interval, and no text may say more than it shows."""

import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.errors import ContractError
from tests.support.places import ROOT
from tipoff.evaluation import claims
from tipoff.evaluation.page import Section

SHOWN = claims.Claim("champion", "mae", "the line", 0.06, (0.01, 0.11), 5155, 79)


@pytest.mark.parametrize(
    ("figure", "interval", "word"),
    [
        ("mae", (0.001, 0.2), "better"),
        ("mae", (-0.2, -0.001), "worse"),
        ("mae", (-0.049, 0.049), "level with"),
        ("mae", (-0.051, 0.01), "not shown"),
        ("mae", (-0.01, 0.051), "not shown"),
        ("mae", (0.0, 0.04), "level with"),
        ("mae", (-0.04, 0.0), "level with"),
        ("crps", (-0.04, 0.04), "level with"),
        ("log_score", (-0.011, 0.0), "not shown"),
        ("brier", (-0.001, 0.001), "level with"),
        ("brier", (-0.003, 0.001), "not shown"),
        ("roi", (-0.019, 0.019), "level with"),
        ("roi", (-0.05, 0.03), "not shown"),
        ("mae", "too few dates (12 < 20)", "not shown"),
    ],
)
def test_a_word_follows_from_the_interval(figure: str, interval: claims.Interval, word: str) -> None:
    """Better and worse where it excludes zero, level with where it lies within the margin, otherwise not shown."""
    assert replace(SHOWN, figure=figure, interval=interval).word == word


@pytest.mark.parametrize(("figure", "rows", "word"), [
    ("mae", 499, "not shown"), ("mae", 500, "better"), ("roi", 299, "not shown"), ("roi", 300, "better"),
])  # fmt: skip
def test_few_rows_show_nothing(figure: str, rows: int, word: str) -> None:
    """500 rows, or 300 bets, are the least."""
    assert replace(SHOWN, figure=figure, rows=rows).word == word


@pytest.mark.parametrize(("change", "sentence"), [
    ({}, "champion is better than the line in MAE: +0.060 (+0.010, +0.110), 5,155 rows on 79 dates."),
    ({"lead": -0.06, "interval": (-0.11, -0.01)},
     "champion is worse than the line in MAE: -0.060 (-0.110, -0.010), 5,155 rows on 79 dates."),
    ({"lead": -0.0, "interval": (-0.03, 0.03)},
     "champion is level with the line in MAE: +0.000 (-0.030, +0.030), 5,155 rows on 79 dates."),
    ({"figure": "roi", "baseline": "blind UNDER", "lead": 0.01, "interval": (-0.05, 0.07)},
     "champion is not shown to be better or worse than blind UNDER in ROI: +1.0% (-5.0%, +7.0%), 5,155 bets on 79 dates."),
    ({"interval": "too few dates (12 < 20)"}, "champion beside the line in MAE: not shown, too few dates (12 < 20)."),
    ({"rows": 20}, "champion beside the line in MAE: not shown, too few (20 rows on 79 dates; 500 are needed)."),
])  # fmt: skip
def test_a_rendered_sentence_is_downgraded_by_itself(change: dict[str, object], sentence: str) -> None:
    """The words, the figure, its interval, rows and dates; and the check of texts accepts it."""
    assert replace(SHOWN, **change).sentence == sentence  # type: ignore[arg-type]
    assert claims.refusals(sentence) == []


@given(st.floats(-1, 1), st.floats(0.0, 1), st.integers(1, 9999), st.integers(20, 99), st.sampled_from([*claims.NAMES]))
def test_no_rendered_sentence_is_refused(lead: float, half: float, rows: int, dates: int, figure: str) -> None:
    """Whatever the figure, unless rounding hides on which side of zero the interval ends."""
    claim = claims.Claim("champion", figure, "the market", lead, (lead - half, lead + half), rows, dates)
    if min(abs(lead - half), abs(lead + half)) > 0.001:
        assert claims.refusals(claim.sentence) == []


@pytest.mark.parametrize(("text", "reason"), [
    ("The champion is better than the line.", "no interval"),
    ("Our picks beat the close.", "no interval"),
    ("Intro. Shopping with the model is profitable, by +3.0%.", "no interval"),
    ("Nothing here.\n\n- `xgboost_v1` outperforms the market", "no interval"),
    ("No system is shown to be better; the best systems are level with the line.", "no interval"),
    ("The system makes money (+1.0%, +3.0%).", "no number of rows and dates"),
    ("The system is better: +0.06 (+0.01, +0.11), 400 rows on 79 dates.", "too few rows or dates"),
    ("The system is better: +0.06 (+0.01, +0.11), 5,000 rows on 19 dates.", "too few rows or dates"),
    ("Its picks are ahead of blind bets: +3.0% (+1.0%, +5.0%), 299 bets on 79 dates.", "too few rows or dates"),
    ("The system is better: +0.06 (-0.01, +0.11), 5,000 rows on 79 dates.", "the interval does not show it"),
    ("The system is worse: -0.06 (-0.01, +0.11), 5,000 rows on 79 dates.", "the interval does not show it"),
    ("The system is level with it: +0.06 (+0.01 to +0.11), 5,000 rows on 79 dates.", "the interval does not show it"),
    ("The system is better: +0.06 (+0.00, +0.11), 5,000 rows on 79 dates.", "the interval does not show it"),
    ("The system is worse: -0.06 (-0.11, -0.00), 5,000 rows on 79 dates.", "the interval does not show it"),
    ("The system is level with it: -0.06 (-0.11, -0.01), 5,000 rows on 79 dates.", "the interval does not show it"),
    ("The champion beats the line. It has (+0.01, +0.11), 5,000 rows on 79 dates.", "no interval"),
    ("The champion beats the line\n\n(+0.01, +0.11), 5,000 rows on 79 dates", "no interval"),
    ("- The champion beats the line\n- (+0.01, +0.11), 5,000 rows on 79 dates", "no interval"),
    ("| a |\nThe champion beats the line", "no interval"),
    ("The champion beats the line\n```\nx\n```\n(+0.01, +0.11), 5,000 rows on 79 dates", "no interval"),
    ("Better and worse is the system: +0.06 (+0.01, +0.11), 5,000 rows on 79 dates.", "the interval does not show it"),
])  # fmt: skip
def test_a_text_that_claims_more_does_not_render(text: str, reason: str) -> None:
    """The sentence is named with what it lacks, and rendering fails."""
    (refused,) = claims.refusals(text)
    assert refused.startswith(f"{reason}: ")
    with pytest.raises(ContractError, match=re.escape(reason)):
        claims.checked(text)
    with pytest.raises(ContractError):
        Section("Heading", text, (), ())


@pytest.mark.parametrize("text", [
    "No system is shown to be better than the line.",
    "A lead above zero is better than the baseline; CRPS of a system: smaller is better.",
    "```\nthe champion beats the line\n```",
    "<!-- the champion beats the line -->",
    "| champion | beats line by |",
    "The best price of a pick is that of its best book.",
    "The weather is better.",
    "The system is level with it: +0.06 (+0.00, +0.11), 5,000 rows on 79 dates.",
    "The system is level with it: -0.06 (-0.11, +0.00), 5,000 rows on 79 dates.",
    "The system is better: +0.06 (+0.01, +0.11), 5,000 rows on 1,020 dates.",
    "Picks are ahead of blind bets: +3.0% (+1.0%, +5.0%), 300 bets on 20 dates.",
    "The system is worse: -0.06 (-0.11, -0.01), 5,000 rows on 79 dates.",
])  # fmt: skip
def test_what_claims_nothing_beyond_its_interval_renders(text: str) -> None:
    """Definitions, negations, code, tables, other subjects, and claims that their interval shows."""
    assert claims.checked(text) == text


def test_the_refusal_names_every_sentence_with_its_reason() -> None:
    """In the words that a user reads: where the policy is, then each sentence."""
    with pytest.raises(ContractError) as refused:
        claims.checked("The champion beats the line. Fine. Our picks made money.")
    assert str(refused.value) == (
        "a text claims more than it shows (docs/metrics.md, Claims): no interval: The champion beats the line.;"
        " no interval: Our picks made money."
    )


def test_several_seasons_have_a_word_only_if_it_is_the_same() -> None:
    """Better in one and level in another is not shown."""
    level = replace(SHOWN, interval=(-0.01, 0.01))
    assert claims.together([SHOWN, SHOWN]) == "better"
    assert claims.together([SHOWN, level]) == "not shown"
    assert claims.together([]) == "not shown"


def test_figures_without_a_lead_make_no_claim() -> None:
    """A system without bets has no claim on ROI; one with a lead has all of its facts."""
    figures = {"system": "s", "crps_lead": 0.1, "crps_lead_95": (0.0, 0.2), "crps_best": "line", "crps_rows": 9,
               "crps_dates": 3, "roi_lead": 0.2, "roi_lead_95": "few", "roi_best": "blind OVER", "bets": 7,
               "bet_dates": 2}  # fmt: skip
    assert claims.of(figures, "mae") is None
    assert claims.of(figures, "crps") == claims.Claim("s", "crps", "line", 0.1, (0.0, 0.2), 9, 3)
    assert claims.of(figures, "roi") == claims.Claim("s", "roi", "blind OVER", 0.2, "few", 7, 2)


@pytest.mark.parametrize("page", [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))], ids=lambda p: p.name)
def test_no_page_claims_more_than_it_shows(page) -> None:  # type: ignore[no-untyped-def]
    """README and documentation are held to the policy."""
    assert claims.refusals(page.read_text("utf-8")) == []
