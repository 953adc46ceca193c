"""A short run of the fuzzer over all feeds at once; `make fuzz` runs it for longer, feed by feed."""

import json
from importlib.util import find_spec

import pytest

from functions.process_raw.feeds.frame import read_payload
from tests.fuzz.changes import changed
from tests.fuzz.run import run
from tests.support.feed_payloads import document_of, seeds


@pytest.mark.skipif(find_spec("atheris") is None, reason="needs atheris, which there is for Linux on x86-64 only")
def test_no_body_makes_a_parser_raise() -> None:
    """Five hundred bodies through every feed: each gives rows, or a refusal with its reason."""
    passed, line = run("all", 500, seed=1)
    assert passed, line


def test_a_change_leaves_a_document() -> None:
    """The fuzzer's structured changes give bodies that can be decoded: only they reach the parsers."""
    bodies = [changed(seed.body, number) for seed in seeds()[:5] for number in range(50)]
    assert all(body is not None and document_of(body) is not None for body in bodies)
    assert len(set(bodies)) > 200


@pytest.mark.parametrize("text", ["\\ud800", "\\udc00 and \\ud83d", "\\ud83d\\ude00 \\udbff"])
def test_half_a_character_is_refused(text: str) -> None:
    """An escape that no file can hold would end a command with a traceback where its row is printed."""
    body = json.dumps([{"commence_time": "T"}]).replace("T", text).encode()
    assert read_payload("odds_api", body).rule == "damaged"
    page = next(seed for seed in seeds() if seed.name == "espn.roster_page").body.replace(b"Bo Roe", text.encode())
    assert read_payload("espn", page).rule == "damaged"


def test_whole_characters_in_escapes_are_read() -> None:
    """Two halves together are one character."""
    page = next(seed for seed in seeds() if seed.name == "espn.roster_page").body.replace(
        b"Bo Roe", b"Bo \\ud83d\\ude00"
    )
    (rows,) = read_payload("espn", page).rows.values()
    assert [row["player_name"] for row in rows] == ["Ann Dòe", "Bo \U0001f600"]
