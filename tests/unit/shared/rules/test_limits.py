"""What fits into a document of Firestore, whatever a run had to say."""

from shared.rules import limits

FIRESTORE_BYTES = 1_000_000
MOST_UNITS = 10  # of a phase of the map
ESCAPED = 2  # bytes that JSON takes for a character of an ordinary text


def test_a_short_text_stays_and_a_long_one_says_how_long_it_was() -> None:
    """The limit itself is short enough."""
    assert limits.cut("x" * 10, 10) == "x" * 10
    assert limits.cut("x" * 11, 10) == f"{'x' * 10}... (11 characters)"


def test_lists_are_counted_and_nothing_else() -> None:
    """By name."""
    assert limits.counts({"artifacts": [1, 2], "missing": [], "discarded": {"a": 1}}) == {"artifacts": 2, "missing": 0}


def test_the_limits_together_fit_into_a_document() -> None:
    """A verdict has the reasons and the missing entities of every unit of its phase, and its own reason joins those."""
    unit = limits.EVIDENCE_BYTES + 2 * ESCAPED * limits.REASON_CHARS
    assert MOST_UNITS * unit < FIRESTORE_BYTES
    assert limits.NAMED * ESCAPED * (limits.MISSING_CHARS + 300) < FIRESTORE_BYTES / MOST_UNITS * 2
    assert 6 * limits.BODY_CHARS < FIRESTORE_BYTES  # six bytes for a character that JSON escapes
